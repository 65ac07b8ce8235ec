"""What is told of a call's status, and that it is told once."""

from datetime import UTC, datetime, timedelta
from typing import Any

from callscribe.contracts.errors import Problem
from callscribe.contracts.status import CallState, CallStatus, TranscriptionState
from callscribe.transcript.facts import Gap, GapCause
from cli.call_clock import CallClock
from cli.call_marks import CallMarks

NOW = datetime(2026, 1, 1, tzinfo=UTC)
STATE = {
    TranscriptionState.ON: CallState.TRANSCRIBING,
    TranscriptionState.PAUSED: CallState.PAUSED,
    TranscriptionState.STOPPED: CallState.STOPPED,
}


def status(transcription: TranscriptionState = TranscriptionState.ON, **values: Any) -> CallStatus:
    """A call whose transcription is so."""
    values = {"state": STATE.get(transcription, CallState.CONNECTED)} | values
    return CallStatus(key="k", transcription=transcription, locale="en-US", started_at=NOW, **values)


def marks() -> CallMarks:
    """Of a call whose first stream opened at `NOW`."""
    return CallMarks(CallClock({"s": NOW}))


def at(seconds: float) -> datetime:
    """So long into the call."""
    return NOW + timedelta(seconds=seconds)


def test_a_pause_is_told_once_and_so_is_its_end() -> None:
    """With how long it was; the start of transcription is no news."""
    known = marks()
    assert known.take(status(), at(0)) == []
    assert known.take(status(TranscriptionState.PAUSED), at(10)) == ["paused"]
    assert known.quiet
    assert known.take(status(TranscriptionState.PAUSED), at(12)) == []
    assert known.take(status(TranscriptionState.STARTING), at(21)) == []
    assert known.take(status(), at(22)) == ["transcribed again after 12.0 s"]
    assert not known.quiet


def test_who_comes_while_it_is_paused_is_told() -> None:
    """Else nobody would know why nothing comes; and in the end how long it was, not how long it was watched."""
    known = marks()
    first = Gap(start=at(0), end=at(10), cause=GapCause.PAUSED)
    assert known.take(status(TranscriptionState.PAUSED, gaps=(first,)), at(3595)) == ["paused"]
    second = Gap(start=at(60), end=at(3600), cause=GapCause.PAUSED)
    assert known.take(status(gaps=(first, second)), at(3601)) == ["transcribed again after 59 min 00 s"]


def test_a_failure_says_why() -> None:
    """In the words of the last problem."""
    failed = status(TranscriptionState.FAILED, problem=Problem(message="ACS refused."))
    assert marks().take(failed, at(0)) == ["transcription failed: ACS refused."]


def test_a_gap_is_told_once_it_has_stopped_growing() -> None:
    """Times are those of the captions; a pause is told as such, and not as a gap."""
    known = marks()

    def growing(end: float) -> CallStatus:
        gap = Gap(start=at(42), end=at(end), cause=GapCause.STREAM_INTERRUPTED)
        return status(gaps=(gap, Gap(start=at(1), end=at(2), cause=GapCause.PAUSED)))

    assert known.take(growing(45), at(45)) == []
    assert known.take(growing(47), at(47)) == []
    assert known.take(growing(47), at(49)) == ["gap 0:42 to 0:47 (5.00 s): stream interrupted"]
    assert known.take(growing(47), at(51)) == []


def test_the_end_of_the_call_is_told_before_its_verdict() -> None:
    """The last words may take a while; that transcription is off by then is no news."""
    known = marks()
    known.take(status(), at(0))
    ended = status(TranscriptionState.STOPPED, state=CallState.DRAINING)
    assert known.take(ended, at(1)) == ["the call has ended; its last words are being collected"]
    assert known.take(ended, at(2)) == []


def test_a_gap_before_all_that_is_known_of_the_call_has_the_time_of_day() -> None:
    """And not 0:00 twice: the call's first stream is not known to who came while nobody told of it."""
    late = CallMarks(CallClock({"s": at(60)}))
    gap = Gap(start=at(10), end=at(14), cause=GapCause.STREAM_INTERRUPTED)
    late.take(status(gaps=(gap,)), at(61))
    (told,) = late.take(status(gaps=(gap,)), at(62))
    assert told == f"gap {at(10).astimezone():%H:%M:%S} to {at(14).astimezone():%H:%M:%S} (4.00 s): stream interrupted"
