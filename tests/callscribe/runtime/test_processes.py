"""Beginnings and ends of processes, each in one of its own."""

import subprocess
import sys
from pathlib import Path

import pytest


def run_python(program: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """A program in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("code", [0, 6, 130])
def test_leaves_with_its_code_and_all_that_was_printed(tmp_path: Path, code: int) -> None:
    """Even while a thread would keep the interpreter from ending."""
    program = (
        "import threading; from callscribe.runtime.processes import leave\n"
        "threading.Thread(target=threading.Event().wait).start()\n"
        f"print('said', end=''); leave({code})"
    )
    done = run_python(program, tmp_path)
    assert (done.returncode, done.stdout) == (code, "said")


def test_files_are_their_owners_alone(tmp_path: Path) -> None:
    """No group, nobody else."""
    program = "from callscribe.runtime.processes import keep_files_private as keep\nkeep(); open('words', 'w').close()"
    assert run_python(program, tmp_path).returncode == 0
    assert (tmp_path / "words").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("end", ["pass", "import no_such_module"])
def test_modules_are_read_without_the_collector_which_works_afterwards(tmp_path: Path, end: str) -> None:
    """Also where one of them cannot be read."""
    program = (
        "import contextlib, gc; from callscribe.runtime.processes import reading_modules\n"
        "with contextlib.suppress(ImportError), reading_modules():\n"
        f"    print(gc.isenabled()); {end}\n"
        "print(gc.isenabled(), gc.get_freeze_count() > 1000)"
    )
    done = run_python(program, tmp_path)
    assert done.stdout.split() == ["False", "True", "True"]
