"""The words of a segment as they are displayed, each with its time.

ACS sends display text (capitals, punctuation, `$5.2 million`) beside lower-case spoken words (`five point two million
dollars`). Only the spoken words have times. Both are aligned by their letters; what finds no counterpart shares the
time between its neighbours by length. Without spoken words the whole phrase is shared out so.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from callscribe.transcript.timeline import Timed

LINE_WIDTH = 42
"""Columns of a subtitle line; a wide character (Chinese, Japanese, Korean) takes two."""
_SPEAKING_RATE = 700_000
"""Ticks (70 ms) a column, for phrases whose duration is not known."""
SENTENCE_ENDS = (".", "!", "?", "…", "。", "\uff01", "\uff1f")
CLAUSE_ENDS = (",", ";", ":", "\u2013", "—", "、", "\uff0c", "\uff1b", "\uff1a")
_WIDE_BREAKS = ("。", "\uff01", "\uff1f", "…", "、", "\uff0c", "\uff1b", "\uff1a")


@dataclass(frozen=True, slots=True)
class Token:
    """One displayed word, or part of one that is longer than a line."""

    text: str
    start: int
    """Ticks on the transcript's time line."""
    end: int
    glued: bool = False
    """Whether it follows the one before it without a space."""
    spoken: bool = False
    """Whether its time is a spoken word's, and not shared out."""


def width(text: str) -> int:
    """Columns that `text` takes."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def tokens_of(timed: Timed) -> tuple[Token, ...]:
    """The displayed words in order; starts never fall, ends never precede starts, none is wider than a line."""
    shown = timed.segment.text.split()
    if not shown:
        return ()
    end = timed.end
    if end <= timed.start:
        end = timed.start + max(width(timed.segment.text) * _SPEAKING_RATE, 1)
    anchors = _anchors(timed, shown, end)
    spread = _spread(shown, anchors, timed.start, end)
    return tuple(piece for token in spread for piece in _pieces(token))


def joined(tokens: Sequence[Token]) -> str:
    """Their text as it is displayed."""
    return "".join(token.text if token.glued or at == 0 else f" {token.text}" for at, token in enumerate(tokens))


def _anchors(timed: Timed, shown: Sequence[str], end: int) -> dict[int, tuple[int, int]]:
    """Times of the shown words that have a spoken counterpart, rising, inside the segment."""
    words = timed.segment.words
    if not words:
        return {}
    if len(words) == len(shown):
        pairs = [(at, at) for at in range(len(shown))]
    else:
        matcher = SequenceMatcher(
            None, [_letters(one) for one in shown], [_letters(w.text) for w in words], autojunk=False
        )
        pairs = [(block.a + n, block.b + n) for block in matcher.get_matching_blocks() for n in range(block.size)]
    anchors: dict[int, tuple[int, int]] = {}
    reached = timed.start
    for at, spoken in pairs:
        word = words[spoken]
        start = min(max(word.offset + timed.shift, reached), end)
        finish = min(max(start, word.offset + timed.shift + (word.duration or 0)), end)
        anchors[at] = (start, finish)
        reached = finish
    return anchors


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def _spread(shown: Sequence[str], anchors: dict[int, tuple[int, int]], start: int, end: int) -> Iterator[Token]:
    at, reached = 0, start
    while at < len(shown):
        if at in anchors:
            begins, reached = anchors[at]
            yield Token(shown[at], begins, reached, spoken=True)
            at += 1
            continue
        until = next((later for later in range(at, len(shown)) if later in anchors), len(shown))
        limit = anchors[until][0] if until in anchors else end
        yield from _shared(shown[at:until], reached, limit)
        at, reached = until, limit


def _shared(texts: Sequence[str], start: int, end: int) -> Iterator[Token]:
    """The time from `start` to `end` shared by length."""
    columns = [width(text) + 1 for text in texts]
    spoken, total = 0, sum(columns)
    for text, own in zip(texts, columns, strict=True):
        begins = start + (end - start) * spoken // total
        spoken += own
        yield Token(text, begins, start + (end - start) * spoken // total)


def _pieces(token: Token) -> Iterator[Token]:
    """The token, cut where it is too wide for a line: after punctuation if there is some, else at the edge."""
    if width(token.text) <= LINE_WIDTH:
        yield token
        return
    texts: list[str] = []
    rest = token.text
    while rest:
        fits = _fitting(rest)
        cut = max(rest.rfind(mark, 0, fits) for mark in _WIDE_BREAKS) + 1 if fits < len(rest) else fits
        cut = cut or fits
        texts.append(rest[:cut])
        rest = rest[cut:]
    for at, piece in enumerate(_shared(texts, token.start, token.end)):
        yield replace(piece, glued=at > 0 or token.glued)


def _fitting(text: str) -> int:
    """How many characters of `text` a line holds; at least one."""
    columns = 0
    for at, character in enumerate(text):
        columns += width(character)
        if columns > LINE_WIDTH:
            return max(at, 1)
    return len(text)


def shortened(text: str, columns: int) -> str:
    """`text`, cut with an ellipsis where it is wider than `columns`."""
    if width(text) <= columns:
        return text
    kept = text
    while width(kept) >= columns:
        kept = kept[:-1]
    return kept.rstrip() + "…"
