"""WebVTT: cues with voice tags, words with their own times where those are known, verdict and gaps as notes.

Every participant has a track: where two speak at once their cues stand at once, and players put one above the other.
"""

import re

from callscribe.transcript.cues import Cue, cues
from callscribe.transcript.excerpt import Excerpt
from callscribe.transcript.formats.reading import facts, gap_texts, missing_text, name_of, timestamp, verdict_text
from callscribe.transcript.graphemes import one_line
from callscribe.transcript.tokens import Token

_TAG = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
"""A language tag as WebVTT's `<lang>` may hold it."""


def render(excerpt: Excerpt) -> str:
    """`<v Name>` before every cue's text; `<00:00:03.900>` before a word that is spoken later than its cue begins;
    `<lang de-DE>` round what was said in another language than the call began in.
    """
    transcript = excerpt.transcript
    blocks = ["WEBVTT", _note(_heading(excerpt))]
    gaps = excerpt.gaps()
    locale: str | None = transcript.locale
    for cue in cues(excerpt.timed, overlapping=True):
        while gaps and gaps[0][0] <= cue.start:
            blocks.append(_note([_sentence(missing_text(*gaps.pop(0)))]))
        if cue.locale and cue.locale.lower() != (locale or "").lower():
            blocks.append(_note([f"Language: {cue.locale}"]))
        locale = cue.locale or locale
        times = f"{timestamp(cue.start, '.')} --> {timestamp(cue.end, '.')}"
        text = _in_language(_payload(cue), cue.locale, transcript.locale)
        blocks.append(f"{times}\n{_voice(name_of(transcript, cue.participant))}{text}")
    blocks += [_note([_sentence(missing_text(*gap))]) for gap in gaps]
    return "\n\n".join(blocks) + "\n"


def escaped(text: str) -> str:
    """`text` with the three characters escaped that WebVTT gives a meaning."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _voice(name: str) -> str:
    """The tag. A hyphen before its end is written by its number, or two would make an arrow of it."""
    text = escaped(name)
    return f"<v {text[:-1]}&#45;>" if text.endswith("-") else f"<v {text}>"


def _heading(excerpt: Excerpt) -> list[str]:
    transcript = excerpt.transcript
    return [
        f"Call {transcript.key}",
        f"Verdict: {verdict_text(transcript)}",
        *(f"Gap: {gap}" for gap in gap_texts(transcript)),
        *(f"{name}: {value}" for name, value in facts(excerpt)),
    ]


def _note(lines: list[str]) -> str:
    """A comment; nothing in it can end it or be taken for the times of a cue."""
    return "\n".join(["NOTE", *(one_line(line.replace("-->", "→")) for line in lines)])


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _in_language(text: str, own: str | None, usual: str) -> str:
    if own is None or own.lower() == usual.lower() or not _TAG.fullmatch(own):
        return text
    return f"<lang {own}>{text}</lang>"


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
