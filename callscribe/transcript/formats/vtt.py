"""WebVTT: cues with voice tags, words with their own times where those are known, the verdict as a note."""

from callscribe.transcript.cues import Cue, cues
from callscribe.transcript.formats.reading import gap_texts, timestamp, verdict_text
from callscribe.transcript.model import Transcript
from callscribe.transcript.timeline import lay_out
from callscribe.transcript.tokens import Token


def render(transcript: Transcript) -> str:
    """`<v Name>` before every cue's text; `<00:00:03.900>` before a word that is spoken later than its cue begins."""
    note = [
        f"Call {transcript.key}",
        f"Verdict: {verdict_text(transcript)}",
        *(f"Gap: {gap}" for gap in gap_texts(transcript)),
    ]
    blocks = ["WEBVTT", "\n".join(["NOTE", *(" ".join(line.replace("-->", "→").split()) for line in note)])]
    for cue in cues(lay_out(transcript.segments, transcript.streams)):
        times = f"{timestamp(cue.start, '.')} --> {timestamp(cue.end, '.')}"
        blocks.append(f"{times}\n<v {escaped(transcript.name_of(cue.participant))}>{_payload(cue)}")
    return "\n\n".join(blocks) + "\n"


def escaped(text: str) -> str:
    """`text` with the three characters escaped that WebVTT gives a meaning."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _payload(cue: Cue) -> str:
    reached = timestamp(cue.start, ".")
    until = timestamp(cue.end, ".")
    lines = []
    for line in cue.lines:
        parts: list[str] = []
        for at, token in enumerate(line):
            space = "" if at == 0 or token.glued else " "
            stamp = _stamp(token, reached, until)
            reached = stamp or reached
            parts.append(f"{space}{f'<{stamp}>' if stamp else ''}{escaped(token.text)}")
        lines.append("".join(parts))
    return "\n".join(lines)


def _stamp(token: Token, reached: str, until: str) -> str | None:
    """The token's time, if it is known and lies between `reached` and `until`: inside a cue times must rise."""
    stamp = timestamp(token.start, ".")
    later = (len(stamp), stamp) > (len(reached), reached) and (len(stamp), stamp) < (len(until), until)
    return stamp if token.spoken and later else None
