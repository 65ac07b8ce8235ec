"""What to show of a segment that was found: its text in parts, those that match marked."""

from typing import Final

from callscribe.model import Frozen
from callscribe.runtime.store.queries import Query
from callscribe.runtime.store.words import words_of

LONGEST: Final = 240
"""Characters of a text that is shown whole; of a longer one as many, from a little before the first match."""
_BEFORE: Final = 60
_CUT: Final = "…"


class SnippetPart(Frozen):
    """A piece of a snippet. `match` says whether it is what was looked for."""

    text: str
    match: bool = False


def snippet(text: str, query: Query) -> tuple[SnippetPart, ...]:
    """`text`, or a stretch of it with `…` where it was cut, in parts that make it up when put together."""
    words = words_of(text)
    marked = sorted({place for term in query.wanted for place in term.found_at(words)})
    places = _joined([(words[first].start, words[last - 1].end) for first, last in marked])
    begin, end = _window(text, places)
    parts = [SnippetPart(text=_CUT)] if begin else []
    reached = begin
    for start, stop in places:
        if start < reached or stop > end:
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


def _joined(places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Overlapping places made one."""
    joined: list[tuple[int, int]] = []
    for start, end in places:
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def _window(text: str, places: list[tuple[int, int]]) -> tuple[int, int]:
    """Where to cut: at spaces if there are any near."""
    if len(text) <= LONGEST:
        return 0, len(text)
    first = places[0] if places else (0, 0)
    begin = max(0, min(first[0] - _BEFORE, len(text) - LONGEST))
    end = min(len(text), max(begin + LONGEST, first[1]))
    if begin:
        space = text.find(" ", begin, first[0])
        begin = space + 1 if space >= 0 else begin
    if end < len(text):
        space = text.rfind(" ", first[1], end)
        end = space if space > begin else end
    return begin, end
