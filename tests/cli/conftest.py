"""A stack that runs for all tests of the command line, and the second terminal beside it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.main import run
from tests.cli.dev_stack import Tell, clean_environment, dev_stack


@pytest.fixture(scope="package")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The home folder of a running stack whose people speak fast."""
    folder = tmp_path_factory.mktemp("home")
    with dev_stack(folder, "--emulator-speed", "10", "--hangup-at-end", "3"):
        yield folder


@pytest.fixture
def second_terminal(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the home folder is known; everything else is found there, and forgotten after the test."""
    for name in os.environ:
        if name.startswith(("CALLSCRIBE_", "TEMPORAL_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "200")  # a table as wide as it wants to be, whatever runs the tests
    values = clean_environment(home) | dict(line.split("=", 1) for line in (home / "dev.env").read_text().splitlines())
    for name, value in values.items():
        if name.startswith(("CALLSCRIBE_", "TEMPORAL_")):
            monkeypatch.setenv(name, value)


@pytest.fixture
def tell(second_terminal: None, capsys: pytest.CaptureFixture[str]) -> Tell:
    """Run a command; returns exit code, standard output, standard error."""

    def carry_out(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(list(arguments))
        stdout, stderr = capsys.readouterr()
        return code, stdout, stderr

    return carry_out
