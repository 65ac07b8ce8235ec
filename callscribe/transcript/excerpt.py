"""A transcript laid out on its time line, whole or a part of it: what every format writes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from callscribe.acs.ticks import TICKS_PER_MILLISECOND
from callscribe.transcript.facts import Gap
from callscribe.transcript.model import Transcript
from callscribe.transcript.timeline import Timed, lay_out, zero_of


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What begins at `since` or later and before `until`. All ticks of 100 ns on the transcript's time line, whose zero
    is that of the whole: times in a part are those in the whole.
    """

    transcript: Transcript
    timed: tuple[Timed, ...]
    zero: datetime | None
    """The instant at which the time line begins; None where nothing was said."""
    since: int | None = None
    until: int | None = None

    @property
    def is_part(self) -> bool:
        """Whether anything was left out by request."""
        return self.since is not None or self.until is not None

    def covers(self, start: int, end: int | None = None) -> bool:
        """Whether an instant, or a stretch up to `end`, is within it."""
        after = self.since is None or (start if end is None else end) >= self.since
        return after and (self.until is None or start < self.until)

    def gaps(self) -> list[tuple[int, int, Gap]]:
        """The verdict's gaps that it touches, each with start and end on the time line, in order; never before zero."""
        if self.transcript.verdict is None or self.zero is None:
            return []
        placed = [
            (ticks(gap.start - self.zero), ticks(gap.end - self.zero), gap) for gap in self.transcript.verdict.gaps
        ]
        return [(max(start, 0), max(end, 0), gap) for start, end, gap in placed if self.covers(start, end)]


def excerpt(transcript: Transcript, *, since: int | None = None, until: int | None = None) -> Excerpt:
    """The transcript on its time line; `since` and `until` are ticks on it. A segment is never cut: it is in the part
    in which it begins.
    """
    timed = lay_out(transcript.segments, transcript.streams)
    whole = Excerpt(transcript, timed, zero_of(transcript.segments, transcript.streams), since, until)
    if not whole.is_part:
        return whole
    kept = tuple(one for one in timed if whole.covers(one.start))
    return Excerpt(transcript, kept, whole.zero, since, until)


def ticks(span: timedelta) -> int:
    """A length of time in ticks of 100 ns."""
    return span // timedelta(milliseconds=1) * TICKS_PER_MILLISECOND
