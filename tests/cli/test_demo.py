"""The demo before it starts anything; the demo itself runs in `tests/end_to_end/test_demo.py`."""

from pathlib import Path

import pytest

from cli.exit_codes import ExitCode
from cli.main import run


def test_a_script_that_cannot_be_spoken_is_named_with_file_and_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before any process starts."""
    script = tmp_path / "broken.jsonl"
    script.write_text("{}\n")
    assert run(["demo", "--script", str(script)]) == ExitCode.USAGE
    assert f"{script}:1" in capsys.readouterr().err
