"""The words of a segment as they are displayed, each with its time.

ACS sends display text (capitals, punctuation, `$5.2 million`) beside lower-case spoken words (`five point two million
dollars`). Only the spoken words have times. Both are aligned by their letters; what finds no counterpart shares the
time between its neighbours by length. Without spoken words the whole phrase is shared out so.

Chinese and Japanese have no spaces: there every character that may end a line is a token, and it is letters that are
aligned.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from callscribe.transcript.graphemes import cleaned, fitting, is_ideographic, is_visible, width
from callscribe.transcript.model import Word
from callscribe.transcript.phrasing import stays_with, unspaced
from callscribe.transcript.timeline import Timed

LINE_WIDTH = 42
"""Columns of a subtitle line."""
IDEOGRAPHIC_LINE_WIDTH = 32
"""Columns of a line of Chinese or Japanese, whose characters take two: sixteen of them."""
_SPEAKING_RATE = 700_000
"""Ticks (70 ms) a column, for phrases whose duration is not known."""


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


@dataclass(frozen=True, slots=True)
class _Anchor:
    start: int
    end: int
    spoken: bool


def line_width(text: str) -> int:
    """Columns that a line of such text may take: fewer where a third of its characters are Chinese or Japanese."""
    if text.isascii():
        return LINE_WIDTH
    characters = [one for one in text if not one.isspace()]
    ideographic = sum(1 for one in characters if is_ideographic(one))
    return IDEOGRAPHIC_LINE_WIDTH if ideographic * 3 >= max(len(characters), 1) else LINE_WIDTH


def tokens_of(timed: Timed) -> tuple[Token, ...]:
    """The displayed words in order, each with something to see; starts never fall, ends never precede starts, none is
    wider than a line.
    """
    text = cleaned(timed.segment.text)
    limit = line_width(text)
    shown = _shown(text, limit)
    if not shown:
        return ()
    end = timed.end
    if end <= timed.start:
        end = timed.start + max(width(text) * _SPEAKING_RATE, 1)
    pieces = [piece for piece, _ in shown]
    glued = [is_glued for _, is_glued in shown]
    anchors = _by_letters(timed, pieces, end) if any(glued) else _by_words(timed, pieces, end)
    spread = _spread(pieces, glued, anchors, timed.start, end)
    return tuple(piece for token in spread for piece in _pieces(token, limit))


def joined(tokens: Sequence[Token]) -> str:
    """Their text as it is displayed."""
    return "".join(token.text if token.glued or at == 0 else f" {token.text}" for at, token in enumerate(tokens))


def _shown(text: str, limit: int) -> list[tuple[str, bool]]:
    """The words, each with whether it follows the one before it without a space; with punctuation that a space sets off."""
    shown: list[tuple[str, bool]] = []
    for word in text.split():
        for at, piece in enumerate(filter(is_visible, unspaced(word))):
            last, is_glued = shown[-1] if shown else ("", False)
            if at == 0 and last and stays_with(last, piece) and width(last) + 1 + width(piece) <= limit:
                shown[-1] = f"{last} {piece}", is_glued
            else:
                shown.append((piece, at > 0))
    return shown


def _by_words(timed: Timed, shown: Sequence[str], end: int) -> dict[int, _Anchor]:
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
    found = ((at, *_span(words[spoken], 0, 1, timed.shift), True) for at, spoken in pairs)
    return _rising(found, timed.start, end)


def _by_letters(timed: Timed, shown: Sequence[str], end: int) -> dict[int, _Anchor]:
    """Times of the shown pieces whose letters are among those of the spoken words. A piece is `spoken` if a spoken word
    begins with it.
    """
    words = timed.segment.words
    if not words:
        return {}
    ours = [(at, letter) for at, piece in enumerate(shown) for letter in _letters(piece)]
    spelt = [(word, _letters(word.text)) for word in words]
    theirs = [(word, n, len(letters), letter) for word, letters in spelt for n, letter in enumerate(letters)]
    matcher = SequenceMatcher(None, [one[-1] for one in ours], [one[-1] for one in theirs], autojunk=False)
    spans: dict[int, tuple[int, int, bool]] = {}
    for block in matcher.get_matching_blocks():
        for n in range(block.size):
            at = ours[block.a + n][0]
            word, nth, length, _ = theirs[block.b + n]
            start, finish = _span(word, nth, length, timed.shift)
            begun = spans.get(at)
            spans[at] = (begun[0], finish, begun[2]) if begun else (start, finish, nth == 0)
    return _rising(((at, *span) for at, span in sorted(spans.items())), timed.start, end)


def _span(word: Word, nth: int, parts: int, shift: int) -> tuple[int, int]:
    """From where to where on the time line the `nth` of so many parts of the word is spoken."""
    start, duration = word.offset + shift, max(word.duration or 0, 0)
    return start + duration * nth // parts, start + duration * (nth + 1) // parts


def _rising(found: Iterator[tuple[int, int, int, bool]], start: int, end: int) -> dict[int, _Anchor]:
    anchors: dict[int, _Anchor] = {}
    reached = start
    for at, begins, finish, spoken in found:
        first = min(max(begins, reached), end)
        reached = min(max(first, finish), end)
        anchors[at] = _Anchor(first, reached, spoken)
    return anchors


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def _spread(
    shown: Sequence[str], glued: Sequence[bool], anchors: dict[int, _Anchor], start: int, end: int
) -> Iterator[Token]:
    at, reached = 0, start
    while at < len(shown):
        if at in anchors:
            anchor = anchors[at]
            reached = anchor.end
            yield Token(shown[at], anchor.start, anchor.end, glued=glued[at], spoken=anchor.spoken)
            at += 1
            continue
        until = next((later for later in range(at, len(shown)) if later in anchors), len(shown))
        limit = anchors[until].start if until in anchors else end
        yield from _shared(shown[at:until], glued[at:until], reached, limit)
        at, reached = until, limit


def _shared(texts: Sequence[str], glued: Sequence[bool], start: int, end: int) -> Iterator[Token]:
    """The time from `start` to `end` shared by length."""
    columns = [width(text) + (0 if is_glued else 1) for text, is_glued in zip(texts, glued, strict=True)]
    spoken, total = 0, sum(columns)
    for text, is_glued, own in zip(texts, glued, columns, strict=True):
        begins = start + (end - start) * spoken // total
        spoken += own
        yield Token(text, begins, start + (end - start) * spoken // total, glued=is_glued)


def _pieces(token: Token, limit: int) -> Iterator[Token]:
    """The token, cut between displayed characters where it is too wide for a line."""
    if width(token.text) <= limit:
        yield token
        return
    texts: list[str] = []
    rest = token.text
    while rest:
        cut = fitting(rest, limit)
        texts.append(rest[:cut])
        rest = rest[cut:]
    glued = [token.glued, *[True] * (len(texts) - 1)]
    for at, piece in enumerate(_shared(texts, glued, token.start, token.end)):
        yield replace(piece, spoken=token.spoken and at == 0)
