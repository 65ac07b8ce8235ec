"""The viewer in a browser: without one, the rest is measured, and a line says what is left out and how to get it."""

import sys
from pathlib import Path

import pytest

from benchmarks.viewers.chromium import GET_CHROMIUM, GET_PLAYWRIGHT, chromium


async def test_without_playwright(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Only developers have it."""
    monkeypatch.setitem(sys.modules, "playwright.async_api", None)
    async with chromium() as browser:
        assert browser is None
    told = capsys.readouterr().err
    assert (
        told == f"viewers: the page in a browser is left out, because Playwright is not installed: {GET_PLAYWRIGHT}\n"
    )


async def test_without_chromium(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither the system's nor Playwright's own."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    async with chromium() as browser:
        assert browser is None
    told = capsys.readouterr().err
    assert told == f"viewers: the page in a browser is left out, because there is no Chromium: {GET_CHROMIUM}\n"


async def test_a_chromium_that_does_not_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The line names the program."""
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    async with chromium() as browser:
        assert browser is None
    assert f"because {broken} does not start" in capsys.readouterr().err
