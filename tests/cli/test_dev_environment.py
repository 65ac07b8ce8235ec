"""How a second terminal finds the stack of the first."""

import os
from pathlib import Path

import pytest

from cli.dev_environment import FILE_NAME, adopt, published, read
from cli.errors import CliError


def test_what_a_running_stack_publishes_is_read(tmp_path: Path) -> None:
    """As long as it runs, and not longer."""
    with published(tmp_path, {"CALLSCRIBE_HTTP_PORT": "20001"}):
        assert read(tmp_path) == {"CALLSCRIBE_HTTP_PORT": "20001"}
        assert (tmp_path / FILE_NAME).stat().st_mode & 0o077 == 0
    assert read(tmp_path) == {}


def test_a_file_that_nobody_holds_is_left_over(tmp_path: Path) -> None:
    """After a SIGKILL the file stays, and is ignored."""
    (tmp_path / FILE_NAME).write_text("CALLSCRIBE_HTTP_PORT=20001\n")
    assert read(tmp_path) == {}


def test_two_stacks_do_not_share_a_folder(tmp_path: Path) -> None:
    """The second is told so, and the first is not disturbed."""
    with published(tmp_path, {"A": "1"}):
        with pytest.raises(CliError, match="already runs"), published(tmp_path, {"A": "2"}):
            pass
        assert read(tmp_path) == {"A": "1"}


def test_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what is unset is taken over."""
    monkeypatch.setenv("CALLSCRIBE_HTTP_PORT", "9999")
    monkeypatch.setenv("CALLSCRIBE_WEBSOCKET_PORT", "placeholder")
    monkeypatch.delenv("CALLSCRIBE_WEBSOCKET_PORT")
    with published(tmp_path, {"CALLSCRIBE_HTTP_PORT": "20001", "CALLSCRIBE_WEBSOCKET_PORT": "20002"}):
        adopt(tmp_path)
    assert os.environ["CALLSCRIBE_HTTP_PORT"] == "9999"
    assert os.environ["CALLSCRIBE_WEBSOCKET_PORT"] == "20002"
