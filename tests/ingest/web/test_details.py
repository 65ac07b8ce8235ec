"""A call in full, as JSON."""

from datetime import timedelta
from typing import Any

import pytest

from callscribe.contracts import names
from callscribe.contracts.links import PageRole
from callscribe.contracts.status import LocaleInForce, StreamStatus
from callscribe.transcript.facts import Interval, Verdict, VerdictKind
from callscribe.transcript.formats import FORMATS
from ingest.web.details import COMMANDS, detail, why_not
from tests.ingest.web.stage import ADA, BEGAN
from tests.ingest.web.test_listing import look


@pytest.mark.parametrize(
    ("doing", "possible"),
    [
        ("off", {names.UPDATE_START}),
        ("starting", {names.UPDATE_LOCALE, names.UPDATE_STOP}),
        ("on", {names.UPDATE_LOCALE, names.UPDATE_PAUSE, names.UPDATE_STOP}),
        ("paused", {names.UPDATE_START, names.UPDATE_LOCALE, names.UPDATE_RESUME, names.UPDATE_STOP}),
        ("stopped", {names.UPDATE_START}),
        ("failed", {names.UPDATE_START, names.UPDATE_STOP}),
    ],
)
def test_what_a_call_would_refuse(doing: str, possible: set[str]) -> None:
    """As its workflow does (workflows/transcription.py); hanging up is always possible while it runs."""
    call = look(connected_at=BEGAN, transcription=doing)
    assert {name for name in COMMANDS if not why_not(name, call)} == possible | {names.UPDATE_HANG_UP}


def test_outside_the_call() -> None:
    """Nothing but a hang-up before it is connected; nothing at all after its end."""
    assert [name for name in COMMANDS if not why_not(name, look(transcription="off"))] == [names.UPDATE_HANG_UP]
    for over in (look(live=False), look(ended_at=BEGAN)):
        assert {why_not(name, over) for name in COMMANDS} == {"The call is over."}
    for unknown in (look(connected_at=BEGAN), look()):
        assert not why_not(names.UPDATE_PAUSE, unknown), "where nobody knows, the workflow decides"


def test_everything_that_is_known() -> None:
    """Under the names of the page."""
    shape = detail(
        look(
            key="a/b",
            verdict=Verdict(kind=VerdictKind.COMPLETE, reason="All of it."),
            locales=(LocaleInForce(at=BEGAN, locale="en-US"),),
            intervals=(Interval(start=BEGAN),),
            streams=(StreamStatus(id="s", opened_at=BEGAN, segments=3, close_reason="closed"),),
        ),
        PageRole.OPERATOR,
        temporal_ui="http://ui/namespaces/default/workflows/",
    )
    assert shape["temporal_url"] == "http://ui/namespaces/default/workflows/call-a%2Fb"
    assert shape["participants"] == [{"id": ADA, "name": "Zoë", "label": "Zoë"}]
    assert shape["locales"] == [{"at": "2026-01-02T03:04:05.000Z", "locale": "en-US"}]
    assert shape["intervals"] == [{"start": "2026-01-02T03:04:05.000Z", "end": None}]
    assert (shape["verdict"], shape["verdict_reason"], shape["counts"]["stored"]) == ("complete", "All of it.", 0)
    assert shape["streams"][0]["close_reason"] == "closed"
    assert shape["downloads"]["srt"] == "/api/calls/a%2Fb/transcript.srt"


def test_nothing_is_offered_that_cannot_be_taken_away() -> None:
    """No transcript before the first words; a sealed one also where there were none."""

    def offered(**changes: Any) -> object:
        return list(detail(look(**changes), PageRole.VIEWER, temporal_ui=None)["downloads"])

    assert offered() == []
    assert offered(segments=1) == list(FORMATS)
    assert offered(verdict=Verdict(kind=VerdictKind.EMPTY, reason="Nothing was said.")) == list(FORMATS)


def test_times_count_from_where_exports_count_from() -> None:
    """From the first stream that brought words; from any stream, the connection or the start, as long as none has."""

    def zero(**changes: Any) -> object:
        return detail(look(**changes), PageRole.VIEWER, temporal_ui=None)["zero_at"]

    later = [BEGAN + timedelta(seconds=seconds) for seconds in range(4)]
    silent, speaking = StreamStatus(id="a", opened_at=later[2]), StreamStatus(id="b", opened_at=later[3], segments=1)
    assert zero() == "2026-01-02T03:04:05.000Z"
    assert zero(connected_at=later[1]) == "2026-01-02T03:04:06.000Z"
    assert zero(connected_at=later[1], streams=(silent,)) == "2026-01-02T03:04:07.000Z"
    assert zero(connected_at=later[1], streams=(silent, speaking)) == "2026-01-02T03:04:08.000Z"


@pytest.mark.parametrize("role", [PageRole.VIEWER, PageRole.GUEST])
def test_those_who_may_only_look(role: PageRole) -> None:
    """Are told so at every command; Temporal's page is not for guests."""
    shape: dict[str, Any] = detail(look(connected_at=BEGAN), role, temporal_ui="http://ui/")
    assert {one["why"] for one in shape["commands"].values()} == {"Your link lets you look, not control."}
    assert (shape["temporal_url"] is None) == (role is PageRole.GUEST)
