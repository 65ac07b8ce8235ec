"""The README is never ahead of the code: its example is the one that runs, its links lead somewhere."""

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from temporalio.client import Client

from callscribe.contracts import names
from callscribe.runtime.settings import Settings
from cli.ports import Ports
from cli.stack import StackPlan, wiring
from tests.end_to_end.stack import running_stack
from tests.support.temporal_server import environment_of

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def test_the_example_stands_in_the_readme() -> None:
    """The Python in the README is part of the example file, line by line."""
    (block,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    example = (ROOT / "examples" / "start_a_call.py").read_text(encoding="utf-8")
    body = "\n".join(line.removeprefix("    ") for line in example.splitlines())
    assert block.strip() in body


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\((?!http)([^)#]+)", README))))
def test_links_lead_somewhere(target: str) -> None:
    """Every relative link names a file or folder of the project."""
    assert (ROOT / target).exists()


GUARANTEES = (ROOT / "docs" / "guarantees.md").read_text(encoding="utf-8")
TESTS = [
    path.relative_to(ROOT).as_posix() + path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py")
]


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\((?!http)([^)#]+)", GUARANTEES))))
def test_links_of_the_guarantees_lead_somewhere(target: str) -> None:
    """They are relative to the docs."""
    assert (ROOT / "docs" / target).exists()


@pytest.mark.parametrize("shown", sorted(set(re.findall(r"`([a-z0-9_]+)`(?=[,` a-z_]*\|$)", GUARANTEES, re.MULTILINE))))
def test_every_guarantee_names_a_test_that_exists(shown: str) -> None:
    """What shows a promise is the name of a test, or of a file of tests."""
    name = rf"(def test_\w*{shown}|/{shown}\.py|/test_{shown}\.py)"
    assert any(re.search(name, text) for text in TESTS)


@pytest.mark.parametrize("verb", sorted(set(re.findall(r"`make (\w+)", README))))
def test_make_knows_every_verb(verb: str) -> None:
    """Every `make …` of the README is a target."""
    assert re.search(rf"^{verb}:", MAKEFILE, re.MULTILINE)


@pytest.mark.parametrize("command", sorted(set(re.findall(r"callscribe ((?:emulator )?[a-z-]+)(?: |`)", README))))
def test_the_command_line_knows_every_command(command: str) -> None:
    """Every `callscribe …` of the README is documented, and so it exists."""
    assert f"## `callscribe {command}`" in (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")


def test_the_stack_by_hand_is_the_stack() -> None:
    """What stands in the docs of each process on its own is what `dev` wires, and every command in it is one."""
    text = (ROOT / "docs" / "chaos.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    wired = wiring(StackPlan(home=Path(), ports=Ports(), settings=Settings(_env_file=None)))
    for name in ("CALLSCRIBE_ACS_CONNECTION_STRING", "CALLSCRIBE_COGNITIVE_SERVICES_ENDPOINT"):
        (told,) = re.findall(rf"^export {name}='?([^'\n]+)", block, re.MULTILINE)
        assert told == wired[name]
    documented = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    for command in re.findall(r"callscribe ((?:emulator )?[a-z]+)", block):
        assert f"## `callscribe {command}`" in documented


async def test_the_example_runs(client: Client, tmp_path: Path) -> None:
    """As its reader would run it: a program of its own, against a running stack."""
    async with running_stack(client, tmp_path, names.TASK_QUEUE, hangup_at_end=0.2):
        program = await asyncio.create_subprocess_exec(
            sys.executable,
            str(ROOT / "examples" / "start_a_call.py"),
            stdout=subprocess.PIPE,
            env={**os.environ, **environment_of(client)},
        )
        said, _ = await program.communicate()
    assert program.returncode == 0
    assert said.decode().startswith("complete: 15 segments.")
