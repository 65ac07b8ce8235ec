"""`page`: links to the live page."""

import json
import webbrowser
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from callscribe.contracts.links import PageRole, read_page_token
from cli.errors import CliError
from cli.main import run
from cli.page import granted, validity


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A known secret and address."""
    monkeypatch.setenv("CALLSCRIBE_HOME", str(tmp_path))
    monkeypatch.setenv("CALLSCRIBE_LINK_SECRET", "s")
    monkeypatch.setenv("CALLSCRIBE_PUBLIC_HTTP_URL", "https://calls.example")


def test_a_link_is_all_that_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """So that it can be piped; what it is worth is said on standard error."""
    assert run(["page", "call-a/b", "--role", "operator", "--valid", "30m"]) == 0
    said = capsys.readouterr()
    link = urlsplit(said.out.strip())
    assert (link.netloc, link.path) == ("calls.example", "/enter")
    asked = parse_qs(link.query)
    assert asked["to"] == ["/calls/a%2Fb"]
    opened = read_page_token("s", asked["key"][0])
    assert opened is not None
    assert (opened.role, opened.call) == (PageRole.OPERATOR, None)
    assert abs(opened.expires - (datetime.now(UTC) + timedelta(minutes=30)).timestamp()) < 60
    assert said.err.startswith("callscribe: Opens the page for an operator until ")


def test_a_browser_that_is_not_there_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As over SSH: the link is printed all the same."""
    opened: list[str] = []
    monkeypatch.setattr("typer.launch", opened.append)
    monkeypatch.setattr("webbrowser.get", lambda: None)
    assert run(["page", "--open"]) == 0
    assert opened == [capsys.readouterr().out.strip()]

    def none() -> None:
        raise webbrowser.Error

    monkeypatch.setattr("webbrowser.get", none)
    assert run(["page", "--open"]) == 0
    assert "No browser can be opened here" in capsys.readouterr().err
    assert len(opened) == 1


def test_a_guest_reads_the_call_that_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """And a guest of none is refused."""
    assert run(["page", "a", "--role", "guest", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    opened = read_page_token("s", parse_qs(urlsplit(made["url"]).query)["key"][0])
    assert opened is not None
    assert (opened.call, made["call"]) == ("a", "a")
    assert run(["page", "--role", "guest"]) == 2
    assert "name it" in capsys.readouterr().err
    with pytest.raises(CliError):
        granted(PageRole.GUEST, None, datetime.now(UTC))


@pytest.mark.parametrize(("text", "length"), [("30m", 1800), ("8h", 28_800), (" 7D ", 604_800), ("366d", 31_622_400)])
def test_times(text: str, length: int) -> None:
    """Minutes, hours, days."""
    assert validity(text).total_seconds() == length


@pytest.mark.parametrize("text", ["", "0h", "8", "h", "-1h", "367d", "1.5h", "8h8m", "999999d"])
def test_times_that_are_none(text: str) -> None:
    """Are refused with an example."""
    with pytest.raises(CliError, match="30m, 8h or 7d"):
        validity(text)
