"""Addresses to configure."""

from pathlib import Path

import pytest

from cli.main import run


def test_links_carry_their_keys(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The Event Grid webhook is ready to be pasted."""
    monkeypatch.setenv("CALLSCRIBE_PUBLIC_HTTP_URL", "https://calls.example.org/")
    monkeypatch.setenv("CALLSCRIBE_HOME", str(tmp_path))
    assert run(["links"]) == 0
    assert "https://calls.example.org/incoming?key=" in capsys.readouterr().out
