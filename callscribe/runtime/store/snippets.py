"""What to show of a segment that was found: its text in parts, those that match marked."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from callscribe.model import Frozen
from callscribe.runtime.store.queries import Query
from callscribe.runtime.store.words import words_of
from callscribe.transcript.graphemes import clusters

LONGEST: Final = 240
"""Characters of a text that is shown whole; of a longer one as many, from a little before where most of the terms match."""
_BEFORE: Final = 60
_NEAR: Final = 30
"""Characters from where a text would be cut in which a space is looked for."""
_CUT: Final = "…"


class SnippetPart(Frozen):
    """A piece of a snippet. `match` says whether it is what was looked for."""

    text: str
    match: bool = False


def snippet(text: str, query: Query) -> tuple[SnippetPart, ...]:
    """`text`, or a stretch of it with `…` where it was cut, in parts that make it up when put together."""
    words = words_of(text)
    found = [
        [(words[first].start, words[last - 1].end) for first, last in term.found_at(words)] for term in query.wanted
    ]
    begin, end = _window(text, *_densest(found))
    parts = [SnippetPart(text=_CUT)] if begin else []
    reached = begin
    for first, last in _joined(sorted({place for places in found for place in places})):
        start, stop = max(first, begin), min(last, end)
        if start >= stop:
            continue
        if start > reached:
            parts.append(SnippetPart(text=text[reached:start]))
        parts.append(SnippetPart(text=text[start:stop], match=True))
        reached = stop
    if reached < end:
        parts.append(SnippetPart(text=text[reached:end]))
    if end < len(text):
        parts.append(SnippetPart(text=_CUT))
    return tuple(parts)


def _densest(found: Sequence[Sequence[tuple[int, int]]]) -> tuple[int, int]:
    """Where the most of the terms stand within sight of each other: the first such stretch of the text. `found` has the
    places of each term.
    """
    best, most = (0, 0), 0
    for start, stop in sorted(place for places in found for place in places):
        sight = max(start + LONGEST - _BEFORE, stop)
        following = ((places, bisect_left(places, (start, 0))) for places in found)
        ends = [places[at][1] for places, at in following if at < len(places) and places[at][1] <= sight]
        if len(ends) > most:
            best, most = (start, max(ends)), len(ends)
        if most == len(found):
            break
    return best


def _joined(places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Overlapping places made one."""
    joined: list[tuple[int, int]] = []
    for start, end in places:
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def _window(text: str, start: int, stop: int) -> tuple[int, int]:
    """Where to cut, `text[start:stop]` being within: at spaces if there are any near, never in a displayed character."""
    if len(text) <= LONGEST:
        return 0, len(text)
    begin = max(0, min(start - _BEFORE, len(text) - LONGEST))
    end = min(len(text), max(begin + LONGEST, stop))
    edges = list(accumulate(map(len, clusters(text)), initial=0))
    if begin:
        space = text.find(" ", begin, min(begin + _NEAR, start))
        begin = space + 1 if space >= 0 else min(edges[bisect_left(edges, begin)], start)
    if end < len(text):
        space = text.rfind(" ", max(end - _NEAR, stop), end + 1)
        end = space if space >= 0 else max(edges[bisect_left(edges, end + 1) - 1], stop)
    return begin, end
