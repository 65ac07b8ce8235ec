"""The words of a text as they are searched for: without case, accents and punctuation, the same on every database.

SQLite's and PostgreSQL's own ways of cutting a text into words differ with their versions and locales. So the words are
cut here, and both databases only keep them: SQLite as words with a space between, PostgreSQL as a `tsvector`.

A word is a run of letters and digits. Scripts that put no space between words (Chinese, Japanese, Thai, Lao, Khmer,
Burmese) are cut into single characters: a phrase of characters is then found wherever it stands.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Final

LONGEST_WORD: Final = 100
"""Characters; what is beyond counts for nothing. PostgreSQL takes no lexeme above 2,046 bytes."""
MOST_WORDS: Final = 10_000
"""Words of one text that are found. PostgreSQL counts positions to 16,383, and a final result has some dozens."""
MOST_BYTES: Final = 500_000
"""Of these words, in UTF-8. PostgreSQL refuses a `tsvector` of a megabyte, and would never take a text that makes one."""

_PLAIN_RUN = re.compile(r"[A-Za-z0-9]+")
_UNSPACED: Final = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x3005, 0x3007),
    (0x3040, 0x30FF),  # Hiragana, Katakana
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),  # Han
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0xFF66, 0xFF9D),
    (0x20000, 0x3FFFF),
)

_STROKES: Final = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "\u0131": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
"""Letters that are written without their strokes where they are not on the keyboard, and that Unicode takes for whole."""


@dataclass(frozen=True, slots=True)
class WordAt:
    """A folded word and the place in the text that it was made from: `text[start:end]`."""

    word: str
    start: int
    end: int


def words_of(text: str) -> list[WordAt]:
    """The words of `text` in order, at most `MOST_WORDS` of at most `MOST_BYTES`. No word holds anything but letters,
    digits and their marks.
    """
    found: list[WordAt] = []
    size = 0
    for start, end in _runs(text):
        word = fold(text[start:end])[:LONGEST_WORD]
        if word:
            size += len(word.encode())
            if len(found) == MOST_WORDS or size > MOST_BYTES:
                break
            found.append(WordAt(word, start, end))
    return found


def spaced(text: str) -> str:
    """What SQLite keeps of `text`: its words, one space between."""
    return " ".join(_folded(text))


def as_tsvector(text: str) -> str:
    """What PostgreSQL keeps of `text`: its words with their places from 1, as a `tsvector` is written."""
    places: dict[str, list[str]] = {}
    for number, word in enumerate(_folded(text), start=1):
        places.setdefault(word, []).append(str(number))
    return " ".join(f"'{word}':{','.join(at)}" for word, at in places.items())


def _folded(text: str) -> list[str]:
    """The same words as `words_of`, in a tenth of its time where the text is plain: every save passes here."""
    if text.isascii():
        words = [word[:LONGEST_WORD] for word in _PLAIN_RUN.findall(text.lower())[:MOST_WORDS]]
        if len(text) <= MOST_BYTES:
            return words
        return [word for word, size in zip(words, accumulate(map(len, words)), strict=True) if size <= MOST_BYTES]
    return [found.word for found in words_of(text)]


@lru_cache(maxsize=8192)
def fold(run: str) -> str:
    """`run` without case, accents, widths, and whatever is no letter, digit or mark: `Straße` is `strasse`, `É` is `e`."""
    if run.isascii():
        return "".join(filter(str.isalnum, run)).lower()
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", run).casefold())
    whole = unicodedata.normalize("NFC", "".join(char for char in apart if not _is_accent(char)))
    return "".join(char for char in whole.translate(_STROKES) if _is_part(char))


def _runs(text: str) -> Iterator[tuple[int, int]]:
    """Where each word begins and ends."""
    if text.isascii():
        yield from (match.span() for match in _PLAIN_RUN.finditer(text))
        return
    start: int | None = None
    alone = False
    for index, char in enumerate(text):
        is_mark = _is_mark(char)
        if is_mark and start is not None:
            continue
        if not is_mark and _is_part(char):
            is_unspaced = _is_unspaced(char)
            if start is not None and (alone or is_unspaced):
                yield start, index
                start = None
            if start is None:
                start, alone = index, is_unspaced
        elif start is not None:
            yield start, index
            start = None
    if start is not None:
        yield start, len(text)


@lru_cache(maxsize=4096)
def _is_part(char: str) -> bool:
    return char.isalnum() or _is_mark(char)


@lru_cache(maxsize=4096)
def _is_mark(char: str) -> bool:
    """Half-width Kana are voiced by a character of its own, which Unicode takes for a letter."""
    return unicodedata.category(char).startswith("M") or char in "\uff9e\uff9f"


@lru_cache(maxsize=4096)
def _is_accent(char: str) -> bool:
    """Marks that are written over or under a letter at will, Hebrew and Arabic vowels among them; but not the voicing of
    Kana (8) and the signs of India's and South-East Asia's scripts (0, 7, 9, 103 …), which make another letter.
    """
    kind = unicodedata.combining(char)
    return kind == 1 or 10 <= kind <= 36 or kind >= 200


@lru_cache(maxsize=4096)
def _is_unspaced(char: str) -> bool:
    point = ord(char)
    return any(first <= point <= last for first, last in _UNSPACED)
