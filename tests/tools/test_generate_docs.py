"""Generated documentation: up to date, and noticed when it is not."""

from pathlib import Path

import pytest

from callscribe.runtime.settings import Settings
from tools import generate_docs


def test_the_pages_in_the_project_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    """What `make lint` checks."""
    assert generate_docs.main(["--check"]) == 0, capsys.readouterr().out


def test_a_stale_page_is_named_and_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """--check writes nothing; without it the page is what the code says."""
    monkeypatch.setattr(generate_docs, "DOCS", tmp_path)
    assert generate_docs.main([]) == 0
    (tmp_path / "settings.md").write_text("old")
    capsys.readouterr()
    assert generate_docs.main(["--check"]) == 1
    assert capsys.readouterr().out == "docs/settings.md is stale: run make docs\n"
    assert (tmp_path / "settings.md").read_text() == "old"
    assert generate_docs.main([]) == 0
    assert generate_docs.main(["--check"]) == 0


def test_every_setting_and_every_command_is_there() -> None:
    """Groups within groups too."""
    settings, cli = generate_docs.settings_page(), generate_docs.cli_page()
    assert all(f"`CALLSCRIBE_{name.upper()}`" in settings for name in Settings.model_fields)
    for command in ("demo", "dev", "call", "server-call", "list", "export", "hangup", "worker", "emulator incoming"):
        assert f"`callscribe {command}`" in cli


def test_every_command_has_an_example() -> None:
    """One example each, as its help ends."""
    sections = generate_docs.cli_page().split("\n## ")[2:]
    commands = [part for section in sections for part in section.split("\n### ") if "\n```\n" in part]
    assert len(commands) > 20
    assert all("Example: `callscribe " in command for command in commands)
