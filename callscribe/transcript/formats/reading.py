"""What the forms for readers share: the heading with the verdict, and the call as turns and gaps in order of time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from callscribe.acs.locales import told_in_turn
from callscribe.acs.ticks import TICKS_PER_MILLISECOND
from callscribe.transcript.excerpt import Excerpt
from callscribe.transcript.facts import Gap, GapCause
from callscribe.transcript.graphemes import one_line
from callscribe.transcript.model import RawId, Transcript
from callscribe.transcript.spans import duration_text
from callscribe.transcript.timeline import utterances

_SOMEWHERE = frozenset({GapCause.NEVER_DELIVERED, GapCause.NOT_CLOSED, GapCause.UNREADABLE})
"""Causes whose interval is not what is missing, but where it may be missing."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One utterance as it is read."""

    clock: str
    """`0:12:03` since the transcript's zero."""
    name: str
    locale: str | None
    """Set where it differs from the turn before."""
    text: str


@dataclass(frozen=True, slots=True)
class Missing:
    """A gap at its place among the turns."""

    clock: str
    text: str
    """`gap 12 s: stream interrupted`."""


def verdict_text(transcript: Transcript) -> str:
    """`complete. All …` in one line; says so where there is none yet."""
    if transcript.verdict is None:
        return "none yet. The call's transcript is not sealed, more may come."
    amended = f" (revision {transcript.revision})" if transcript.revision > 1 else ""
    return f"{transcript.verdict.kind}{amended}. {one_line(transcript.verdict.reason)}"


def gap_texts(transcript: Transcript) -> list[str]:
    """Each gap of the whole call in one line: when (UTC), how long, why."""
    return [_gap_text(gap) for gap in transcript.verdict.gaps] if transcript.verdict else []


def facts(excerpt: Excerpt) -> list[tuple[str, str]]:
    """What a reader wants to know next to the verdict, each with its name: when, how long, who, in which language."""
    transcript = excerpt.transcript
    result = []
    begun = transcript.connected_at or transcript.started_at or excerpt.zero
    if begun is not None:
        result.append(("Date", f"{begun:%Y-%m-%d %H:%M:%S %Z}"))
    if begun is not None and transcript.ended_at is not None:
        result.append(("Duration", duration_text(max(transcript.ended_at - begun, timedelta()))))
    if excerpt.zero is not None and excerpt.zero != begun:
        result.append(("Times count from", f"{excerpt.zero:%Y-%m-%d %H:%M:%S %Z}"))
    if excerpt.is_part:
        result.append(("Part", part_text(excerpt)))
    result.append(("Language", one_line(told_in_turn(transcript.locales))))
    if transcript.participants:
        names = (name_of(transcript, raw_id) for raw_id in transcript.participants)
        result.append(("Participants", ", ".join(names)))
    return result


def part_text(excerpt: Excerpt) -> str:
    """`0:10:00 to 0:20:00 of the call`, for what is only a part."""
    since = clock(excerpt.since or 0)
    return f"{since} to {'the end' if excerpt.until is None else clock(excerpt.until)} of the call"


def name_of(transcript: Transcript, raw_id: RawId) -> str:
    """The participant's name in one line without control characters, never empty."""
    return one_line(transcript.name_of(raw_id)) or "?"


def course(excerpt: Excerpt) -> list[Turn | Missing]:
    """The turns, and each gap before the first turn that begins after it did."""
    result: list[Turn | Missing] = []
    gaps = excerpt.gaps()
    for start, turn in _turns(excerpt):
        while gaps and gaps[0][0] <= start:
            result.append(_missing(*gaps.pop(0)))
        result.append(turn)
    return result + [_missing(*gap) for gap in gaps]


def turns(excerpt: Excerpt) -> list[Turn]:
    """The call as its speakers took turns; finals without text are left out."""
    return [turn for _, turn in _turns(excerpt)]


def missing_text(start: int, end: int, gap: Gap) -> str:
    """What a reader is told at the place of a gap: how long it is, or until when (on the time line) to be careful."""
    note = one_line(gap.note)
    why = f"{gap.cause}{f': {note}' if note else ''}"
    length = duration_text(gap.end - gap.start)
    if gap.cause is GapCause.PAUSED:
        return f"paused {length}{f': {note}' if note else ''}"
    if gap.cause is GapCause.STOPPED:
        return f"transcription stopped for {length}{f': {note}' if note else ''}"
    if gap.cause in _SOMEWHERE and start < end:
        return f"words may be missing from here to {clock(end)}: {why}"
    return f"gap {length}: {why}"


def clock(ticks: int) -> str:
    """`H:MM:SS` of ticks."""
    seconds = ticks // TICKS_PER_MILLISECOND // 1000
    return f"{seconds // 3600}:{seconds % 3600 // 60:02}:{seconds % 60:02}"


def timestamp(ticks: int, point: str) -> str:
    """`HH:MM:SS.mmm` with the decimal point that the subtitle format wants."""
    milliseconds = ticks // TICKS_PER_MILLISECOND
    seconds = milliseconds // 1000
    return f"{seconds // 3600:02}:{seconds % 3600 // 60:02}:{seconds % 60:02}{point}{milliseconds % 1000:03}"


def instant(moment: datetime | None) -> str | None:
    """ISO 8601 with `Z`, as the machine-readable forms write it."""
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


def _turns(excerpt: Excerpt) -> Iterator[tuple[int, Turn]]:
    locale: str | None = excerpt.transcript.locale
    for utterance in utterances(excerpt.timed):
        text = one_line(utterance.text)
        if not text:
            continue
        own = utterance.parts[0].segment.locale
        changed = own if own and own.lower() != (locale or "").lower() else None
        locale = own or locale
        name = name_of(excerpt.transcript, utterance.participant)
        yield utterance.start, Turn(clock(utterance.start), name, changed, text)


def _missing(start: int, end: int, gap: Gap) -> Missing:
    return Missing(clock(start), missing_text(start, end, gap))


def _gap_text(gap: Gap) -> str:
    note = one_line(gap.note)
    ends = "%H:%M:%S %Z" if gap.start.date() == gap.end.date() else "%Y-%m-%d %H:%M:%S %Z"
    when = f"{gap.start:%Y-%m-%d %H:%M:%S} to {gap.end:{ends}}"
    return f"{when} ({duration_text(gap.end - gap.start)}), {gap.cause}{': ' + note if note else ''}"
