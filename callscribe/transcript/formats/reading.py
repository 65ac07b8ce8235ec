"""What the forms for readers share: the heading with the verdict, and the call as turns of its speakers."""

from dataclasses import dataclass

from callscribe.acs.ticks import TICKS_PER_MILLISECOND
from callscribe.transcript.facts import Gap
from callscribe.transcript.model import Transcript
from callscribe.transcript.spans import duration_text
from callscribe.transcript.timeline import lay_out, utterances


@dataclass(frozen=True, slots=True)
class Turn:
    """One utterance as it is read."""

    clock: str
    """`0:12:03` since the transcript's zero."""
    name: str
    locale: str | None
    """Set where it differs from the turn before."""
    text: str


def verdict_text(transcript: Transcript) -> str:
    """`complete. All …` in one line; says so where there is none yet."""
    if transcript.verdict is None:
        return "none yet. The call's transcript is not sealed, more may come."
    reason = " ".join(transcript.verdict.reason.split())
    amended = f" (revision {transcript.revision})" if transcript.revision > 1 else ""
    return f"{transcript.verdict.kind}{amended}. {reason}"


def gap_texts(transcript: Transcript) -> list[str]:
    """Each gap in one line: when (UTC), how long, why."""
    return [_gap_text(gap) for gap in transcript.verdict.gaps] if transcript.verdict else []


def turns(transcript: Transcript) -> list[Turn]:
    """The call as its speakers took turns; finals without text are left out."""
    result: list[Turn] = []
    locale: str | None = transcript.locale
    for utterance in utterances(lay_out(transcript.segments, transcript.streams)):
        text = " ".join(utterance.text.split())
        if not text:
            continue
        own = utterance.parts[0].segment.locale
        changed = own if own and own.lower() != (locale or "").lower() else None
        locale = own or locale
        result.append(Turn(clock(utterance.start), transcript.name_of(utterance.participant), changed, text))
    return result


def clock(ticks: int) -> str:
    """`H:MM:SS` of ticks."""
    seconds = ticks // TICKS_PER_MILLISECOND // 1000
    return f"{seconds // 3600}:{seconds % 3600 // 60:02}:{seconds % 60:02}"


def timestamp(ticks: int, point: str) -> str:
    """`HH:MM:SS.mmm` with the decimal point that the subtitle format wants."""
    milliseconds = ticks // TICKS_PER_MILLISECOND
    seconds = milliseconds // 1000
    return f"{seconds // 3600:02}:{seconds % 3600 // 60:02}:{seconds % 60:02}{point}{milliseconds % 1000:03}"


def _gap_text(gap: Gap) -> str:
    note = " ".join(gap.note.split())
    when = f"{gap.start:%Y-%m-%d %H:%M:%S} to {gap.end:%H:%M:%S %Z}"
    return f"{when} ({duration_text(gap.end - gap.start)}), {gap.cause}{': ' + note if note else ''}"
