"""A phrase cut into the texts of subtitles, at the least cost.

A text that ends with a sentence costs little, one that ends with a clause, at a silence or before a word that leads
another phrase costs more, one that tears a word from what it leads costs most. So does one that must be read faster
than is easy, and a scrap of a phrase that goes on.
"""

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Final

from callscribe.transcript.graphemes import width
from callscribe.transcript.phrasing import Break, break_between
from callscribe.transcript.tokens import LINE_WIDTH, Token

LINES = 2
MAX_DURATION = 70_000_000
"""Ticks: a cue stands at most 7 s."""
READING_RATE = 17
"""Columns a second that are read with ease; where there is no time for it, a cue goes faster rather than lag behind."""
SECOND: Final = 10_000_000
_SILENCE = 5_000_000
"""Ticks (0.5 s) between two words that make a good place to cut."""
_SCRAP = 20
"""Columns under which a text is a scrap."""
_CUE_COST, _HASTE_COST, _SCRAP_COST = 10.0, 6.0, 8.0
_BREAK_COSTS: Final = {Break.SENTENCE: 0.0, Break.CLAUSE: 3.0, Break.PHRASE: 6.0, Break.WORD: 8.0, Break.CLINGING: 16.0}
_LINE_COSTS: Final = {Break.SENTENCE: -12, Break.CLAUSE: -12, Break.PHRASE: -6, Break.WORD: 0, Break.CLINGING: 14}
"""In columns of unevenness."""


class Phrase:
    """Tokens with a label before the first, and what it costs to make a cue of some of them.

    `limit`: columns of a line; `language`: for `phrasing.break_between`.
    """

    def __init__(
        self, tokens: Sequence[Token], *, label: str = "", limit: int = LINE_WIDTH, language: str = ""
    ) -> None:
        self.tokens = tokens
        self.label = label
        self.limit = limit
        lead = width(label) + 1 if label else 0
        spaces = [0 if token.glued or at == 0 else 1 for at, token in enumerate(tokens)]
        # Column at which each token begins, were all on one line; the label stands before the first.
        self._begins = list(
            accumulate((space + width(token.text) for token, space in zip(tokens, spaces, strict=True)), initial=lead)
        )
        self._spaces = [*spaces, 0]
        self._breaks = [
            break_between(one.text, two.text, glued=two.glued, language=language) for one, two in pairwise(tokens)
        ]

    def columns(self, start: int, end: int) -> int:
        """The width of the tokens from `start` to before `end` on one line."""
        begins = self._begins[start] + self._spaces[start] if start else 0
        return self._begins[end] - begins

    def cut(self) -> list[tuple[int, int]]:
        """The cheapest way to cut the phrase into cues: the best way to each token is found once."""
        furthest = self._furthest()
        best: list[tuple[float, int]] = [(0.0, 0)]
        for end in range(1, len(self.tokens) + 1):
            cost_of_end = _CUE_COST + self._cost_of_break(end)
            options = []
            for start in range(end - 1, -1, -1):
                if start < end - 1 and (furthest[start] < end or self._span(start, end) > MAX_DURATION):
                    break
                options.append((best[start][0] + cost_of_end + self._cost(start, end), start))
            best.append(min(options))
        bounds = [len(self.tokens)]
        while bounds[-1] > 0:
            bounds.append(best[bounds[-1]][1])
        return list(pairwise(reversed(bounds)))

    def lines(self, start: int, end: int) -> tuple[tuple[Token, ...], ...]:
        """The tokens from `start` to before `end` as one or two lines."""
        at = self.line_break(start, end)
        if at is None or at == end:
            return (tuple(self.tokens[start:end]),)
        return tuple(self.tokens[start:at]), tuple(self.tokens[at:end])

    def line_break(self, start: int, end: int) -> int | None:
        """Where the second line begins: `end` if one line is enough, None if two are not. The lines are as even as can
        be, unless the first has a better end elsewhere; of two that are equal, the one with the shorter first line.
        """
        if self.columns(start, end) <= self.limit:
            return end
        best: tuple[int, int] | None = None
        for at in range(start + 1, end):
            first, second = self.columns(start, at), self.columns(at, end)
            if first > self.limit:
                break
            if second <= self.limit:
                cost = abs(first - second) + _LINE_COSTS[self._breaks[at - 1]] + (1 if first > second else 0)
                best = min(best or (cost, at), (cost, at))
        return None if best is None else best[1]

    def _furthest(self) -> list[int]:
        """Before which token a cue must end that begins with each: where two lines, filled to the last word, end."""
        count = len(self.tokens)
        filled = [count] * (count + 1)
        end = 0
        for start in range(count):
            end = max(end, start)
            while end < count and self.columns(start, end + 1) <= self.limit:
                end += 1
            filled[start] = end
        return [filled[end] for end in filled]

    def _span(self, start: int, end: int) -> int:
        return self.tokens[end - 1].end - self.tokens[start].start

    def _cost_of_break(self, end: int) -> float:
        """For tearing the token before `end` from the one after."""
        if end == len(self.tokens):
            return 0.0
        kind = self._breaks[end - 1]
        silent = self.tokens[end].start - self.tokens[end - 1].end >= _SILENCE
        return _BREAK_COSTS[min(kind, Break.CLAUSE) if silent else kind]

    def _cost(self, start: int, end: int) -> float:
        """For how fast it must be read, and for being a scrap."""
        columns = self.columns(start, end)
        cost = 0.0
        if columns < _SCRAP and (self._goes_on(start) or self._goes_on(end)):
            cost = _SCRAP_COST * (1 - columns / _SCRAP)
        until = self.tokens[end].start if end < len(self.tokens) else self.tokens[end - 1].end + SECOND
        needed = columns * SECOND / READING_RATE
        available = max(until - self.tokens[start].start, 1)
        return cost + (_HASTE_COST * min(needed / available - 1, 1) if needed > available else 0)

    def _goes_on(self, at: int) -> bool:
        """Whether a sentence or clause goes on over the place before the token `at`."""
        return 0 < at < len(self.tokens) and self._breaks[at - 1] > Break.CLAUSE
