"""A command that becomes what it was asked to run. That it dies with its parent is shown in `test_supervisor`."""

import os
import subprocess
import sys
from pathlib import Path

import cli.tether


def test_the_command_takes_the_place_of_the_tether() -> None:
    """Same process, its own output and exit code."""
    code = "import os, sys; print(os.getpid()); sys.exit(7)"
    process = subprocess.Popen(
        [sys.executable, "-I", str(Path(cli.tether.__file__)), str(os.getpid()), sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
    )
    out, _ = process.communicate(timeout=20)
    assert int(out) == process.pid
    assert process.returncode == 7


def test_a_tether_whose_parent_is_gone_runs_nothing() -> None:
    """The parent may die before the kernel knows that somebody wants to be told."""
    arguments = [sys.executable, "-I", str(Path(cli.tether.__file__)), "1", sys.executable, "-c", "print('ran')"]
    ended = subprocess.run(arguments, capture_output=True, text=True, timeout=20, check=False)
    if sys.platform == "linux" and os.getpid() != 1:
        assert (ended.returncode, ended.stdout) == (1, "")
