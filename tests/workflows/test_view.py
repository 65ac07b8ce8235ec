"""What is shown of a call."""

from datetime import UTC, datetime, timedelta

import pytest

from callscribe.contracts.call import CallRequest
from callscribe.contracts.carried import Phase, TranscriptionChange
from callscribe.contracts.errors import Problem
from callscribe.contracts.status import StreamStatus
from callscribe.transcript.facts import Gap, GapCause, Verdict, VerdictKind
from callscribe.transcript.model import Segment
from workflows import ledger, view

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
REQUEST = CallRequest.model_validate(
    {"origin": {"kind": "connect", "room_id": "r"}, "participants": {"4:+12025550100": "Anna | Support"}}
)
CONNECTED = ledger.fresh(REQUEST, NOW).model_copy(update={"connected_at": NOW, "phase": Phase.IN_CALL})


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (None, "connected"),
        (TranscriptionChange.ON, "transcribing"),
        (TranscriptionChange.PAUSED, "paused"),
        (TranscriptionChange.OFF, "stopped"),
        (TranscriptionChange.FAILED, "connected"),
    ],
)
def test_state_in_one_word(change: TranscriptionChange | None, word: str) -> None:
    """A connected call is named after what its transcription does."""
    state = ledger.with_transition(CONNECTED, NOW, change) if change else CONNECTED
    assert view.call_state(state) == word


def test_state_before_and_after_the_call() -> None:
    """Connecting, draining, and what the verdict makes of it."""
    assert view.call_state(ledger.fresh(REQUEST, NOW)) == "connecting"
    ended = ledger.ended(CONNECTED, NOW, "over")
    assert view.call_state(ended) == "draining"
    assert view.call_state(ended, Verdict(kind=VerdictKind.COMPLETE, reason="")) == "sealed"
    assert view.call_state(ended, Verdict(kind=VerdictKind.FAILED, reason="")) == "failed"


def test_details_are_a_table_that_no_name_can_break() -> None:
    """The web UI's details name people and problems; a bar in a name does not open a new column."""
    stream = StreamStatus(id="s-1", opened_at=NOW, mark=3, last_seq=4, closed_at=NOW, segments=9)
    state = CONNECTED.model_copy(update={"problem": Problem(message="late", advice="Wait."), "streams": (stream,)})
    text = view.details(REQUEST, state, Verdict(kind=VerdictKind.PARTIAL, reason="a gap"), (), ())
    assert "| Participants | Anna \\| Support |" in text
    assert "| Last problem | late Wait. |" in text
    assert "**partial**: a gap" in text
    assert "- s-1: opened 12:30:00, closed 12:30:00, 3 of 4 chunks, 9 segments" in text


def test_the_locales_of_a_whole_call() -> None:
    """In turn; one that waits for the next start is named as that, and ends no call."""
    state = ledger.with_locale(ledger.with_locale(CONNECTED, "en-US", NOW), "de-DE", NOW)
    assert "| Locale | en-US → de-DE |" in view.details(REQUEST, state, None, ())
    state = ledger.with_locale_to_come(state, "fr-FR")
    assert "| Locale | en-US → de-DE; fr-FR from the next start on |" in view.details(REQUEST, state, None, ())
    over = ledger.ended(state, NOW, "over")
    verdict = Verdict(kind=VerdictKind.COMPLETE, reason="")
    assert "| Locale | en-US → de-DE |" in view.details(REQUEST, over, verdict, ())
    assert view.result("k", over, verdict, 1, NOW).locale == "de-DE"
    never = ledger.ended(CONNECTED, NOW, "over")
    assert view.result("k", never, verdict, 1, NOW).locale == CONNECTED.locale


def test_the_result_names_the_call_as_acs_does() -> None:
    """By the connection, and by the server call that others are found by."""
    verdict = Verdict(kind=VerdictKind.COMPLETE, reason="All of it.")
    known = CONNECTED.model_copy(update={"server_call_id": "server-1"})
    result = view.result("k", known, verdict, 1, NOW)
    assert (result.call_connection_id, result.server_call_id) == (CONNECTED.call_connection_id, "server-1")


GAP = Gap(start=NOW, end=NOW + timedelta(seconds=12), cause=GapCause.STREAM_INTERRUPTED)
PAUSE = Gap(start=NOW, end=NOW + timedelta(seconds=5), cause=GapCause.PAUSED)


def test_details_name_gaps_and_only_the_words_that_they_are_given() -> None:
    """So far, while the call goes on; names instead of raw ids; no word where none may be shown."""
    said = Segment(stream="s", position=1, participant="4:+12025550100", text="Hello | all.", offset=0, received_at=NOW)
    text = view.details(REQUEST, CONNECTED, None, (GAP,), (said,))
    assert "**Gaps so far**\n\n- 12:30:00 to 12:30:12, 12 s: stream interrupted" in text
    assert "- Anna \\| Support: Hello \\| all." in text
    assert "Last words" not in view.details(REQUEST, CONNECTED, None, ())


def test_details_name_the_newest_of_many() -> None:
    """A call of a week on a bad line has thousands; nobody reads them, and they are written at every step."""
    many = [GAP.model_copy(update={"note": f"number {number}"}) for number in range(60)]
    streams = tuple(StreamStatus(id=f"s-{number}", opened_at=NOW) for number in range(60))
    text = view.details(REQUEST, CONNECTED.model_copy(update={"streams": streams}), None, many)
    assert text.count("- and 10 before these") == 2
    assert [f"(number {number})" in text for number in (9, 10, 59)] == [False, True, True]
    assert [f"- s-{number}: " in text for number in (9, 10, 59)] == [False, True, True]


def test_a_pause_is_no_gap_to_search_by() -> None:
    """Somebody has asked for it."""
    found = view.attributes(REQUEST, CONNECTED, None, (PAUSE,))
    assert (found.has_gap, found.participants, found.verdict) == (False, 1, None)
    assert view.attributes(REQUEST, CONNECTED, None, (PAUSE, GAP)).has_gap


def test_gaps_of_a_call_that_goes_on() -> None:
    """What transcription has lost by now is known before any verdict; a verdict has the last word."""
    failed = ledger.with_transition(CONNECTED, NOW, TranscriptionChange.FAILED, "8578")
    (gap,) = view.gaps(failed, NOW + timedelta(seconds=9), None)
    assert (gap.cause, gap.end - gap.start) == (GapCause.TRANSCRIPTION_FAILED, timedelta(seconds=9))
    status = view.status("c", REQUEST, failed, NOW + timedelta(seconds=9), starting=False, verdict=None)
    assert status.gaps == (gap,)
    assert view.gaps(failed, NOW, Verdict(kind=VerdictKind.PARTIAL, reason="", gaps=(GAP,))) == (GAP,)
