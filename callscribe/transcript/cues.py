"""Subtitle cues, by the rules of the field: two lines of 42 columns, readable in the time they stand, never overlapping.

A segment is cut into cues at the least cost: cues that end with a sentence cost little, at a clause or a silence more,
in mid-phrase most. Its words' times give the cues theirs. Then all cues of a call share one track: a cue may stand
longer than it is spoken so that it can be read, a cue in somebody else's words may begin up to `MAX_DELAY` late, and a
cue ends where the next one begins.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from callscribe.transcript.model import RawId
from callscribe.transcript.timeline import Timed
from callscribe.transcript.tokens import CLAUSE_ENDS, LINE_WIDTH, SENTENCE_ENDS, Token, joined, tokens_of, width

LINES = 2
MIN_DURATION = 10_000_000
"""Ticks: a cue stands at least 1 s."""
MAX_DURATION = 70_000_000
"""Ticks: a cue stands at most 7 s."""
READING_RATE = 17
"""Columns a second that are read with ease; where there is no time for it, a cue goes faster rather than lag behind."""
MAX_DELAY = 15_000_000
"""Ticks (1.5 s) that a cue may begin late so that the one before it can be read."""
_SILENCE = 5_000_000
"""Ticks (0.5 s) between two words that make a good place to cut."""
_SECOND = 10_000_000
_CUE_COST, _CLAUSE_COST, _BREAK_COST, _HASTE_COST = 10.0, 3.0, 8.0, 6.0

Label = Callable[[RawId], str]
"""A participant's name as it stands before the words, where a format has no other place for it."""


@dataclass(frozen=True, slots=True)
class Cue:
    """One subtitle. Times in ticks on the transcript's time line; `lines` are one or two."""

    start: int
    end: int
    participant: RawId
    lines: tuple[tuple[Token, ...], ...]
    label: str = ""
    """Whose words these are, on the first cue after somebody else's; counts as part of the first line."""

    @property
    def texts(self) -> tuple[str, ...]:
        """The lines as they are displayed, the label in front."""
        first, *rest = (joined(line) for line in self.lines)
        if not self.label:
            return (first, *rest)
        if not rest and width(self.label) + 1 + width(first) > LINE_WIDTH:
            return self.label, first
        return f"{self.label} {first}", *rest


def cues(timed: Iterable[Timed], *, label: Label | None = None) -> tuple[Cue, ...]:
    """The cues of a transcript in order of time, one track for everybody. A participant's words keep their order.

    `label` gives the text to put before a participant's words when the one before spoke last; at most half a line.
    """
    drafts: list[Cue] = []
    speaker: RawId | None = None
    reached: dict[RawId, int] = {}
    for one in timed:
        participant = one.segment.participant
        name = label(participant) if label is not None and participant != speaker else ""
        phrase = _Phrase(tokens_of(one), name)
        for draft in (phrase.cue(start, end, participant) for start, end in phrase.cut()):
            start = max(draft.start, reached.get(participant, 0))
            reached[participant] = start
            drafts.append(replace(draft, start=start, end=max(start, draft.end)))
            speaker = participant
    drafts.sort(key=lambda cue: cue.start)
    return _one_track(drafts)


class _Phrase:
    """A segment's tokens with a label before the first, and what it costs to make a cue of some of them."""

    def __init__(self, tokens: Sequence[Token], label: str) -> None:
        self.tokens = tokens
        self.label = label
        lead = width(label) + 1 if label else 0
        spaces = [0 if token.glued or at == 0 else 1 for at, token in enumerate(tokens)]
        # Column at which each token begins, were all on one line; the label stands before the first.
        self._begins = list(
            accumulate((space + width(token.text) for token, space in zip(tokens, spaces, strict=True)), initial=lead)
        )
        self._spaces = [*spaces, 0]

    def columns(self, start: int, end: int) -> int:
        """The width of the tokens from `start` to before `end` on one line."""
        begins = self._begins[start] + self._spaces[start] if start else 0
        return self._begins[end] - begins

    def cut(self) -> list[tuple[int, int]]:
        """The cheapest way to cut the phrase into cues: the best way to each token is found once."""
        best: list[tuple[float, int]] = [(0.0, 0)]
        for end in range(1, len(self.tokens) + 1):
            options = []
            for start in range(end - 1, -1, -1):
                alone = start == end - 1
                if not alone and (
                    self.columns(start, end) > LINE_WIDTH * LINES + 1 or self._span(start, end) > MAX_DURATION
                ):
                    break
                if alone or self.line_break(start, end) is not None:
                    options.append((best[start][0] + self._cost(start, end), start))
            best.append(min(options))
        bounds = [len(self.tokens)]
        while bounds[-1] > 0:
            bounds.append(best[bounds[-1]][1])
        return list(pairwise(reversed(bounds)))

    def line_break(self, start: int, end: int) -> int | None:
        """Where the second line begins: `end` if one line is enough, None if two are not. The lines are as even as can
        be, unless punctuation makes a better end of the first.
        """
        if self.columns(start, end) <= LINE_WIDTH:
            return end
        best: tuple[int, int] | None = None
        for at in range(start + 1, end):
            first, second = self.columns(start, at), self.columns(at, end)
            if first > LINE_WIDTH:
                break
            if second <= LINE_WIDTH:
                uneven = abs(first - second) - (
                    12 if self.tokens[at - 1].text.endswith(SENTENCE_ENDS + CLAUSE_ENDS) else 0
                )
                best = min(best or (uneven, at), (uneven, at))
        return None if best is None else best[1]

    def cue(self, start: int, end: int, participant: RawId) -> Cue:
        """The cue of the tokens from `start` to before `end`, timed as they are spoken."""
        at = self.line_break(start, end)
        piece = self.tokens
        lines = [tuple(piece[start:end])] if at in (None, end) else [tuple(piece[start:at]), tuple(piece[at:end])]
        return Cue(piece[start].start, piece[end - 1].end, participant, tuple(lines), "" if start else self.label)

    def _span(self, start: int, end: int) -> int:
        return self.tokens[end - 1].end - self.tokens[start].start

    def _cost(self, start: int, end: int) -> float:
        """For being one cue more, for where it ends, for how fast it must be read."""
        last = self.tokens[end - 1]
        following = self.tokens[end] if end < len(self.tokens) else None
        cost = _CUE_COST
        if following and not last.text.endswith(SENTENCE_ENDS):
            good = following.start - last.end >= _SILENCE or last.text.endswith(CLAUSE_ENDS)
            cost += _CLAUSE_COST if good else _BREAK_COST
        until = following.start if following else last.end + _SECOND
        needed = self.columns(start, end) * _SECOND / READING_RATE
        available = max(until - self.tokens[start].start, 1)
        return cost + (_HASTE_COST * min(needed / available - 1, 1) if needed > available else 0)


def _one_track(drafts: Sequence[Cue]) -> tuple[Cue, ...]:
    """The cues with times at which they can be read, one after the other."""
    result: list[Cue] = []
    reached = 0
    for at, draft in enumerate(drafts):
        start = max(draft.start, reached)
        columns = sum(width(text) for text in draft.texts)
        wanted = max(draft.end - start, columns * _SECOND // READING_RATE, MIN_DURATION)
        end = start + min(wanted, MAX_DURATION)
        if at + 1 < len(drafts):
            following = drafts[at + 1].start
            end = min(end, max(following, min(following + MAX_DELAY, start + columns * _SECOND // READING_RATE)))
        end = max(end, start + MIN_DURATION)
        result.append(replace(draft, start=start, end=end))
        reached = end
    return tuple(result)
