"""Text as it is displayed: characters as readers see them, and the columns that they take.

One displayed character may be several code points (a letter and its accents, an emoji of a family, a flag). Lines are
measured in columns: two for a wide character (Chinese, Japanese, Korean, emoji), one for any other, whatever it is
composed of. The rules are those of UAX 29 and UAX 11 as far as lines of subtitles need them.
"""

import unicodedata
from collections.abc import Iterator
from itertools import pairwise

_JOINER = "\u200d"
_EMOJI_STYLE = "\ufe0f"
_EXTENDING = frozenset({"Mn", "Me", "Mc", "Cf"})
_ATTACHED = frozenset("\u0e33\u0eb3\uff9e\uff9f")
"""The same, though Unicode counts them among letters: the Thai and the Lao vowel `am`, half-width Japanese voicing."""
_UNSEEN = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
_FILLERS = frozenset("\u034f\u115f\u1160\u2800\u3164\ufe00\ufe01\ufe0e\ufe0f\uffa0")
"""Blank, though Unicode counts them among letters, marks and symbols."""


def clusters(text: str) -> Iterator[str]:
    """The displayed characters of `text`, in order; together they are `text`."""
    if text.isascii():
        yield from text
        return
    begins = 0
    for at, (last, following) in enumerate(pairwise(text), start=1):
        if not _joined(text[begins:at], last, following):
            yield text[begins:at]
            begins = at
    yield text[begins:]


def width(text: str) -> int:
    """Columns that `text` takes."""
    return len(text) if text.isascii() else sum(map(_columns, clusters(text)))


def fitting(text: str, columns: int) -> int:
    """How many code points of `text` fit into so many columns without cutting a displayed character; at least one of
    those, even where it does not fit.
    """
    taken = reached = 0
    for cluster in clusters(text):
        taken += _columns(cluster)
        if taken > columns and reached:
            break
        reached += len(cluster)
    return reached


def shortened(text: str, columns: int) -> str:
    """`text`, cut with an ellipsis where it is wider than `columns`."""
    if width(text) <= columns:
        return text
    return text[: fitting(text, columns - 1)].rstrip() + "…"


def cleaned(text: str) -> str:
    """`text` without control characters that are not white space: no reader shows them, and some refuse a file."""
    if text.isprintable():
        return text
    return "".join(one for one in text if one.isspace() or unicodedata.category(one) != "Cc")


def one_line(text: str) -> str:
    """`text`, cleaned, each stretch of white space a space, without any at its ends."""
    return " ".join(cleaned(text).split())


def is_visible(text: str) -> bool:
    """Whether a reader sees any of it: spaces, joiners and byte order marks alone show nothing."""
    return any(one not in _FILLERS and unicodedata.category(one) not in _UNSEEN for one in text)


def is_ideographic(cluster: str) -> bool:
    """Whether it is Chinese or Japanese writing or punctuation, which is set without spaces and broken anywhere."""
    code = ord(cluster[0])
    return (
        0x3000 <= code <= 0x30FF
        or 0x31F0 <= code <= 0x31FF
        or 0x3400 <= code <= 0x9FFF
        or 0xF900 <= code <= 0xFAFF
        or 0xFF01 <= code <= 0xFF9F
        or 0x20000 <= code <= 0x3FFFF
    )


def _joined(cluster: str, last: str, following: str) -> bool:
    """Whether `following` belongs to the displayed character that ends with `last`."""
    if last == _JOINER or "\U0001f3fb" <= following <= "\U0001f3ff":
        return True
    if _regional(last) and _regional(following):
        return len(cluster) % 2 == 1
    if "\u1160" <= following <= "\u11ff":
        return "\u1100" <= last <= "\u11ff" or "\uac00" <= last <= "\ud7a3"
    return not following.isascii() and (following in _ATTACHED or unicodedata.category(following) in _EXTENDING)


def _columns(cluster: str) -> int:
    if cluster.isascii():
        return len(cluster)
    wide = _EMOJI_STYLE in cluster or _regional(cluster[0]) or any(map(_is_wide, cluster))
    return 2 if wide else 1


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


def _regional(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
