"""`list`, in a terminal and in a pipe."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest
import typer

from callscribe.acs.locales import check_locale
from cli.listing import part_of_locale, since_when
from tests.cli.dev_stack import Tell, until


def test_live_calls_come_first(tell: Tell) -> None:
    """A call that has ended is listed after one that goes on, and not at all with --live."""
    assert tell("call", "+12025550100", "--start", "on-request", "--key", "goes-on")[0] == 0
    assert tell("call", "+12025550100", "--start", "on-request", "--key", "ends")[0] == 0
    until(tell, "ends", lambda shown: shown.get("state") == "connected")
    assert tell("hangup", "ends")[0] == 0
    until(tell, "ends", lambda shown: bool(shown.get("verdict") and shown.get("ended_at")))

    lines = [json.loads(line) for line in tell("list", "--json")[1].splitlines()]
    keys = [line["key"] for line in lines]
    assert keys.index("goes-on") < keys.index("ends")
    live = tell("list", "--live", "--since", "1h")[1]
    assert "goes-on" in live
    assert "ends" not in live
    assert not any(line.endswith(" ") for line in live.splitlines())
    assert tell("list", "--since", "2999-01-01") == (0, "No call fits.\n", "")
    assert tell("hangup", "goes-on")[0] == 0


@pytest.mark.parametrize(
    ("text", "ago"),
    [("30m", timedelta(minutes=30)), ("2 h", timedelta(hours=2)), ("3d", timedelta(days=3)), ("1w", timedelta(7))],
)
def test_a_time_ago(text: str, ago: timedelta) -> None:
    """In the units that people think in."""
    assert abs(datetime.now(UTC) - ago - since_when(text)) < timedelta(seconds=5)


def test_a_date_is_one_of_here() -> None:
    """Unless it names its zone."""
    assert since_when("2026-01-31") == datetime(2026, 1, 31).astimezone()
    assert since_when("2026-01-31T08:00:00+00:00") == datetime(2026, 1, 31, 8, tzinfo=UTC)


def test_a_date_of_a_time_with_odd_zones_is_one_that_temporal_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Amsterdam was 19 min 32 s ahead until 1937, and who wants all calls may write any year."""
    monkeypatch.setenv("TZ", "Europe/Amsterdam")
    time.tzset()
    try:
        since = since_when("1900-01-01")
    finally:
        monkeypatch.undo()
        time.tzset()
    assert since.isoformat() == "1899-12-31T23:40:28+00:00"


@pytest.mark.parametrize("text", ["yesterday", "99999999999999d", "2026-13-01", ""])
def test_what_is_no_time_is_refused(text: str) -> None:
    """With what to write."""
    with pytest.raises(typer.BadParameter, match="is no time: write 30m"):
        since_when(text)


def test_a_locale_or_its_language() -> None:
    """As Azure writes it; nothing that could mean more to Temporal."""
    assert part_of_locale("DE-de") == "de-DE"
    assert part_of_locale("de") == "de"
    for locale in ("sr-Latn-RS", "zh-CN-sichuan", "es-419"):
        assert (
            part_of_locale(locale.lower()) == part_of_locale(locale.upper()) == check_locale(locale.lower()) == locale
        )
    with pytest.raises(typer.BadParameter, match="is no locale"):
        part_of_locale("de' OR '")
