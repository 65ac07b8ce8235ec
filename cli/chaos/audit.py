"""One call's account after the chaos: what the far end said, against what is stored and what the verdict claims. Pure.

The far end is the emulator, which is never killed and knows nothing of Callscribe. See docs/chaos.md for the terms.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from callscribe.transcript.facts import GapCause, Verdict, VerdictKind
from callscribe.transcript.model import Segment, Stream
from callscribe.transcript.sequencing import order
from emulator.control_models import CallRecord, SaidFinal, SocketLife

SLACK: Final = 1.0
"""Seconds by which the far end's clock of a word and ingest's clock of a gap may differ."""
_OF_DELIVERY: Final = frozenset({GapCause.NEVER_DELIVERED, GapCause.NOT_CLOSED, GapCause.UNREADABLE})
"""Gaps that claim words were taken and did not arrive: a socket that was not open is no cause of them."""
_OF_TRANSCRIPTION: Final = frozenset({GapCause.TRANSCRIPTION_FAILED, GapCause.RESTARTED})
"""Gaps that claim nothing was transcribed: what the far end calls inactive is a cause of them."""
_Identity = tuple[str | None, str, int | None, str]


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """All that is known of one call when it is over."""

    key: str
    record: CallRecord
    lines: int
    """Lines of the script."""
    segments: Sequence[Segment]
    """Every row of the store, repeats included."""
    streams: Sequence[Stream]
    verdict: Verdict | None
    """None where the call did not end with one."""
    problem: str = ""
    ingest_deaths: Sequence[float] = ()
    """When ingest was killed (Unix seconds)."""


@dataclass(frozen=True, kw_only=True)
class Word:
    """One final result that was said, and how it fared."""

    final: SaidFinal
    copies: int
    """How often it is stored."""
    accepted: bool

    @property
    def is_missing(self) -> bool:
        """Whether it is nowhere in the store."""
        return self.copies == 0

    @property
    def is_lost(self) -> bool:
        """Whether ingest had it, and the store has not."""
        return self.accepted and self.is_missing


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What the audit of a call says."""

    key: str
    words: tuple[Word, ...]
    strays: tuple[Segment, ...]
    """Stored segments that are one too many, or that nobody said."""
    disorders: tuple[Segment, ...]
    """Segments that stand behind one that the same participant said later."""
    verdict: VerdictKind | None
    untruths: tuple[str, ...]
    """What is wrong with the verdict."""

    @property
    def doubled(self) -> int:
        """Segments stored more than once."""
        return len(self.strays)

    @property
    def is_sound(self) -> bool:
        """Whether nothing accepted is lost or doubled, all is in order, and the verdict is true."""
        lost = any(word.is_lost for word in self.words)
        return not (lost or self.strays or self.disorders or self.untruths)

    def complaints(self) -> Iterator[str]:
        """One line for each thing that is wrong: ids, offsets and instants, never what was said."""
        for word in self.words:
            if word.is_lost:
                yield f"lost: {described(word.final)}"
        for segment in self.strays:
            yield f"doubled: stream {segment.stream}, position {segment.position}, offset {segment.offset}"
        for segment in self.disorders:
            yield f"out of order: stream {segment.stream}, position {segment.position}, offset {segment.offset}"
        yield from (f"untrue verdict: {untruth}" for untruth in self.untruths)


def described(final: SaidFinal) -> str:
    """A final by everything but its text."""
    at = datetime.fromtimestamp(final.said_at, UTC)
    where = f"socket {final.stream}, offset {final.offset}" if final.fate == "sent" else final.fate
    return f"{at:%H:%M:%S.%f} {final.participant}, {len(final.text)} characters, {where}"


def audit(evidence: Evidence) -> Finding:
    """Account for every word and every claim of one call."""
    copies = Counter(_stored_identity(segment) for segment in evidence.segments)
    words = tuple(_words(evidence.record, copies, evidence.ingest_deaths))
    return Finding(
        key=evidence.key,
        words=words,
        strays=tuple(_strays(evidence)),
        disorders=tuple(_disorders(evidence)),
        verdict=evidence.verdict.kind if evidence.verdict else None,
        untruths=tuple(_untruths(evidence, words)),
    )


def _stored_identity(segment: Segment) -> _Identity:
    return segment.subscription, segment.participant, segment.offset, segment.text


def _said_identity(final: SaidFinal) -> _Identity:
    return final.subscription, final.participant, final.offset, final.text


def _words(record: CallRecord, copies: Counter[_Identity], deaths: Sequence[float]) -> Iterator[Word]:
    """Ingest takes a socket's packets in order and makes each durable before it takes the next: a final was accepted
    if a later one of its socket is stored, or if the socket was closed in good order after it.
    """
    closed = {life.stream for life in record.sockets if _in_good_order(life, deaths)}
    last: dict[int, int] = {}
    for place, final in enumerate(record.finals):
        if final.fate == "sent" and copies[_said_identity(final)]:
            last[final.stream] = place
    for place, final in enumerate(record.finals):
        sent = final.fate == "sent"
        count = copies[_said_identity(final)] if sent else 0
        accepted = sent and (count > 0 or final.stream in closed or place < last.get(final.stream, -1))
        yield Word(final=final, copies=count, accepted=accepted)


def _in_good_order(life: SocketLife, deaths: Sequence[float]) -> bool:
    """Whether the far end closed the socket, and ingest lived on long enough to take what was still in it."""
    ended = life.ended_at
    if life.ended_by != "emulator" or ended is None:
        return False
    return not any(ended - SLACK <= death <= ended + 2 * SLACK for death in deaths)


def _strays(evidence: Evidence) -> Iterator[Segment]:
    expected = Counter(_said_identity(final) for final in evidence.record.finals if final.fate == "sent")
    for segment in evidence.segments:
        identity = _stored_identity(segment)
        if expected[identity] == 0:
            yield segment
        expected[identity] -= 1 if expected[identity] else 0


def _disorders(evidence: Evidence) -> Iterator[Segment]:
    places = {_said_identity(final): place for place, final in enumerate(evidence.record.finals)}
    furthest: dict[str, int] = defaultdict(lambda: -1)
    for segment in order(evidence.segments, evidence.streams):
        place = places.get(_stored_identity(segment), furthest[segment.participant])
        if place < furthest[segment.participant]:
            yield segment
        furthest[segment.participant] = max(place, furthest[segment.participant])


@dataclass(frozen=True)
class _Span:
    start: float
    end: float

    @property
    def length(self) -> float:
        return self.end - self.start

    def touches(self, other: "_Span") -> bool:
        return self.start - SLACK <= other.end and other.start <= self.end + SLACK


def _untruths(evidence: Evidence, words: Sequence[Word]) -> Iterator[str]:
    verdict = evidence.verdict
    if len(evidence.record.finals) < evidence.lines:
        yield f"only {len(evidence.record.finals)} of {evidence.lines} lines were said: the call stood still"
    if verdict is None:
        yield f"there is none: {evidence.problem or 'the call did not end'}"
        return
    missing = [word.final for word in words if word.is_missing]
    yield from _wrong_figures(verdict, len(evidence.segments), len(missing))
    yield from _wrong_gaps(verdict, missing, list(_without_socket(evidence.record)), list(_inactive(evidence.record)))


def _wrong_figures(verdict: Verdict, stored: int, missing: int) -> Iterator[str]:
    if verdict.kind is VerdictKind.COMPLETE and missing:
        yield f"complete, but {missing} segments are missing"
    if verdict.kind in {VerdictKind.EMPTY, VerdictKind.FAILED} and stored:
        yield f"{verdict.kind}, but {stored} segments are stored"
    if verdict.counts.stored != stored:
        yield f"it counts {verdict.counts.stored} segments, and {stored} are stored"


def _wrong_gaps(
    verdict: Verdict, missing: Sequence[SaidFinal], bare: Sequence[_Span], inactive: Sequence[_Span]
) -> Iterator[str]:
    """Both ways: what is missing must lie in a gap, and a gap must have a cause."""
    claims = [(gap, _Span(gap.start.timestamp(), gap.end.timestamp())) for gap in verdict.gaps if gap.is_loss]
    for final in missing:
        at = _Span(final.said_at, final.said_at)
        if not any(span.touches(at) for _, span in claims):
            yield f"missing and in no gap: {described(final)}"
    for gone in bare:
        if gone.length > SLACK and not any(span.touches(gone) for _, span in claims):
            yield f"no socket was open for {gone.length:.1f} s from {_clock(gone.start)}, and no gap says so"
    told = [_Span(gap.start.timestamp(), gap.end.timestamp()) for gap in verdict.gaps]
    for off in inactive:
        between = off.start > 0.0 and off.end < math.inf
        if between and off.length > SLACK and not any(span.touches(off) for span in told):
            yield f"nothing was transcribed for {off.length:.1f} s from {_clock(off.start)}, and no gap says so"
    lost = [_Span(final.said_at, final.said_at) for final in missing]
    for gap, span in claims:
        causes = lost if gap.cause in _OF_DELIVERY else [*lost, *bare]
        if gap.cause in _OF_TRANSCRIPTION:
            causes = [*causes, *inactive]
        if not any(span.touches(cause) for cause in causes):
            yield f"a gap without a cause: {gap.cause} from {_clock(span.start)} to {_clock(span.end)} ({gap.note})"


def _clock(instant: float) -> str:
    return f"{datetime.fromtimestamp(instant, UTC):%H:%M:%S}"


def _inactive(record: CallRecord) -> Iterator[_Span]:
    """When transcription was not active: before it first was, and from each end to the next beginning."""
    at = 0.0
    for active in record.active:
        yield _Span(at, active.start)
        if active.end is None:
            return
        at = active.end
    yield _Span(at, math.inf)


def _without_socket(record: CallRecord) -> Iterator[_Span]:
    """When transcription was active and no socket was open."""
    for active in record.active:
        at = active.start
        end = active.end if active.end is not None else at
        for life in sorted(record.sockets, key=lambda each: each.opened_at):
            if life.opened_at > end:
                break
            if life.opened_at > at:
                yield _Span(at, life.opened_at)
            at = max(at, life.ended_at if life.ended_at is not None else end)
        if at < end:
            yield _Span(at, end)
