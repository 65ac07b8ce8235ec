"""What happens to a running call's transcript beside words, told once each as its status changes. Pure."""

from datetime import datetime, timedelta
from typing import Final

from callscribe.contracts.status import CallState, CallStatus, TranscriptionState
from callscribe.transcript.facts import Gap, GapCause
from cli.call_clock import CallClock
from cli.caption_view import position_text
from cli.console import one_line
from cli.outcome import seconds

_QUIET: Final = {
    TranscriptionState.PAUSED: GapCause.PAUSED,
    TranscriptionState.STOPPED: GapCause.STOPPED,
    TranscriptionState.FAILED: GapCause.TRANSCRIPTION_FAILED,
}
"""State in which nothing that was being said will be finished → the gap that it makes."""


class CallMarks:
    """Compares a call's status with the one before."""

    def __init__(self, clock: CallClock) -> None:
        self._clock = clock
        self._transcription: TranscriptionState | None = None
        self._since: datetime | None = None
        self._ending = False
        self._gaps: dict[tuple[datetime, GapCause], datetime] = {}
        self._told: set[tuple[datetime, GapCause]] = set()

    def take(self, status: CallStatus, now: datetime) -> list[str]:
        """What is new in `status`, asked for at `now`, as words between brackets or dashes."""
        told = [*self._gap_marks(status)]
        if status.transcription is not self._transcription:
            told += self._transcription_marks(status, now)
            if status.transcription is not TranscriptionState.STARTING:
                self._transcription, self._since = status.transcription, now
        if status.state is CallState.DRAINING and not self._ending:
            self._ending = True
            told.append("the call has ended; its last words are being collected")
        return told

    @property
    def quiet(self) -> bool:
        """Whether nobody is being transcribed, so that no line is still open."""
        return self._transcription in _QUIET

    def _transcription_marks(self, status: CallStatus, now: datetime) -> list[str]:
        if status.state in {CallState.DRAINING, CallState.SEALED}:
            return []
        match status.transcription:
            case TranscriptionState.PAUSED:
                return ["paused"]
            case TranscriptionState.STOPPED:
                return ["transcription stopped"]
            case TranscriptionState.FAILED:
                return [f"transcription failed: {status.problem.message}" if status.problem else "transcription failed"]
            case TranscriptionState.ON if self._transcription in _QUIET and self._since is not None:
                return [f"transcribed again after {seconds(_length(self._transcription, status) or now - self._since)}"]
            case _:
                return []

    def _gap_marks(self, status: CallStatus) -> list[str]:
        """Gaps that have not grown since the status before: until then nobody knows where they end."""
        now = {(gap.start, gap.cause): gap for gap in status.gaps if gap.is_loss}
        over = [place for place, gap in now.items() if self._gaps.get(place) == gap.end and place not in self._told]
        self._told.update(over)
        self._gaps = {place: gap.end for place, gap in now.items()}
        return [self._gap(now[place]) for place in over]

    def _gap(self, gap: Gap) -> str:
        end_ticks = self._clock.at(gap.end)
        # Before the line's zero, all times would be 0:00: who came late while nobody told of the call begins in its middle.
        shown = _of_day if end_ticks is not None and end_ticks <= 0 else self._time
        start, end = shown(gap.start), shown(gap.end)
        note = f" ({one_line(gap.note)})" if gap.note else ""
        return f"gap {start} to {end} ({seconds(gap.end - gap.start)}): {gap.cause}{note}"

    def _time(self, instant: datetime) -> str:
        return position_text(self._clock.at(instant)) or _of_day(instant)


def _length(before: TranscriptionState, status: CallStatus) -> timedelta | None:
    """How long the newest pause was, or whatever it was, by the call itself: who watches may have come in its middle."""
    those = [gap for gap in status.gaps if gap.cause is _QUIET[before]]
    return max(((gap.end, gap.end - gap.start) for gap in those), default=(None, None))[1]


def _of_day(instant: datetime) -> str:
    return f"{instant.astimezone():%H:%M:%S}"
