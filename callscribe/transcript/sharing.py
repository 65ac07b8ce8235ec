"""Several turns in the two lines of one cue, for moments at which more is said than cues can follow one by one."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from callscribe.transcript.cutting import Phrase
from callscribe.transcript.graphemes import width
from callscribe.transcript.tokens import Token, joined

Turn = tuple[str, tuple[Token, ...]]
"""A label, which may be empty, and the words behind it."""


def shared_lines(turns: Sequence[Turn], limit: int) -> tuple[str, ...] | None:
    """One line, or two: the second begins with a turn that has a label if it can, else where a line is best broken. None
    where two lines of `limit` columns do not hold the turns.
    """
    words = [word for turn in turns for word in _words(turn)]
    if width(joined(words)) <= limit:
        return (joined(words),)
    begins = accumulate(len(tokens) for _, tokens in turns[:-1])
    labelled = [at for at, (label, _) in zip(begins, turns[1:], strict=True) if label]
    split = [(joined(words[:at]), joined(words[at:])) for at in labelled]
    fitting = [lines for lines in split if max(map(width, lines)) <= limit]
    if fitting:
        return min(fitting, key=lambda lines: max(map(width, lines)))
    at = Phrase(words, limit=limit).line_break(0, len(words))
    return None if at is None else (joined(words[:at]), joined(words[at:]))


def _words(turn: Turn) -> list[Token]:
    """The words of a turn. The label is part of the first: no line ends between the two."""
    label, (first, *others) = turn
    return [replace(first, text=f"{label} {first.text}", glued=False) if label else first, *others]
