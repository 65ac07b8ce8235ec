"""What people type to search: words, "phrases", beginnings*, and -what is not to be there. No character can break it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from callscribe.runtime.store.words import WordAt, words_of

LONGEST_QUERY: Final = 1_000
"""Characters."""
MOST_WORDS: Final = 64

_SIGNS = str.maketrans("“”„‟«»\uff02\uff0d\uff0a", '"""""""-*')
_PIECE = re.compile(r'(?P<minus>(?<!\S)-)?(?:"(?P<phrase>[^"]*)(?:"(?P<open>\*)?)?|(?P<run>[^\s"]+))')


class QueryError(ValueError):
    """A query that looks for nothing, or for too much; the message says what to type instead."""


@dataclass(frozen=True, slots=True)
class Term:
    """Words that have to follow one another; where `open`, the last one may go on."""

    words: tuple[str, ...]
    open: bool = False

    def found_at(self, words: Sequence[WordAt]) -> list[tuple[int, int]]:
        """The stretches of a text's words that it matches: the first, and one behind the last."""
        length = len(self.words)
        return [
            (start, start + length)
            for start in range(len(words) - length + 1)
            if self._ends_with(words[start + length - 1].word)
            and all(words[start + at].word == self.words[at] for at in range(length - 1))
        ]

    def _ends_with(self, word: str) -> bool:
        return word.startswith(self.words[-1]) if self.open else word == self.words[-1]


@dataclass(frozen=True, slots=True)
class Query:
    """All of `wanted` have to be in one segment, and none of `unwanted`."""

    wanted: tuple[Term, ...]
    unwanted: tuple[Term, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """What a person typed. Raises `QueryError` where nothing is left to look for, or more than a person types."""
        if len(text) > LONGEST_QUERY:
            raise QueryError(f"A search may have {LONGEST_QUERY:,} characters; this one has {len(text):,}.")
        wanted: dict[Term, None] = {}
        unwanted: dict[Term, None] = {}
        for piece in _PIECE.finditer(plain_signs(text)):
            said = piece["phrase"] if piece["phrase"] is not None else piece["run"]
            found = words_of(said)
            if found:
                is_open = piece["open"] is not None or "*" in said[found[-1].end :]
                term = Term(tuple(one.word for one in found), is_open)
                (unwanted if piece["minus"] else wanted)[term] = None
        if not wanted:
            raise QueryError(
                "Name at least one word to look for, with letters or digits; "
                "words after a minus only leave out what the others found."
            )
        if sum(len(term.words) for term in (*wanted, *unwanted)) > MOST_WORDS:
            raise QueryError(f"A search may have {MOST_WORDS} words; leave some out.")
        return cls(tuple(wanted), tuple(unwanted))

    def for_sqlite(self) -> str:
        """As FTS5 reads it. Words hold letters and digits alone, so that none of its signs can be among them."""

        def written(term: Term) -> str:
            return f'"{" ".join(term.words)}"' + (" *" if term.open else "")

        wanted = f"({' AND '.join(map(written, self.wanted))})"
        return " NOT ".join([wanted, *map(written, self.unwanted)])

    def for_postgresql(self) -> str:
        """As `tsquery` reads it."""

        def written(term: Term) -> str:
            quoted = [f"'{word}'" for word in term.words]
            return f"({' <-> '.join(quoted)}{':*' if term.open else ''})"

        return " & ".join([*map(written, self.wanted), *(f"!{written(term)}" for term in self.unwanted)])


def plain_signs(text: str) -> str:
    """`text` with its quotation marks, minuses and stars as a query has them, whatever a keyboard made of them."""
    return text.translate(_SIGNS)
