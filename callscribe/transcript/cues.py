"""Subtitle cues, by the rules of the field: two lines of 42 columns, readable in the time they stand, one at a time.

A segment is cut into cues (see `cutting`) and its words' times give the cues theirs. Then the cues are put on tracks:
all on one, for formats whose players show one text at a time, or each participant's on one of their own, for formats
whose players show several. On a track a cue may stand longer than it is spoken so that it can be read, the next may
begin up to `MAX_DELAY` late for it, and two are `MIN_GAP` apart so that the eye sees the change. Where that makes the
next more than `MAX_LAG` late, it takes along what else has been said by then and fits (see `sharing`).
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from callscribe.acs.ticks import TICKS_PER_MILLISECOND
from callscribe.transcript.cutting import LINES, MAX_DURATION, READING_RATE, SECOND, Phrase
from callscribe.transcript.graphemes import width
from callscribe.transcript.model import RawId
from callscribe.transcript.sharing import shared_lines
from callscribe.transcript.timeline import Timed
from callscribe.transcript.tokens import LINE_WIDTH, Token, joined, line_width, tokens_of

__all__ = ["LINES", "MAX_DURATION", "MIN_DURATION", "MIN_GAP", "READING_RATE", "Cue", "Label", "cues"]

MIN_DURATION = 8_340_000
"""Ticks: a cue stands at least five sixths of a second."""
MIN_GAP = 840_000
"""Ticks: two frames of film (84 ms) between two cues of one track."""
MAX_DELAY = 15_000_000
"""Ticks (1.5 s) that a cue may begin late so that the one before it can be read."""
MAX_LAG = 10_000_000
"""Ticks (1 s) that a cue may be late before others share its lines: so nobody waits two seconds for one that is not full."""
_COMFORT = 10_000_000
"""Ticks (1 s) that a cue stands where there is time."""
_CHAIN = 5_000_000
"""Ticks (0.5 s): a shorter pause between two cues is closed to `MIN_GAP`, or the text would flicker."""

Label = Callable[[RawId], str]
"""A participant's name as it stands before the words, where a format has no other place for it."""


@dataclass(frozen=True, slots=True)
class Cue:
    """One subtitle. Times in ticks on the transcript's time line, of whole milliseconds; `lines` are one or two."""

    start: int
    end: int
    participant: RawId
    lines: tuple[tuple[Token, ...], ...]
    label: str = ""
    """Whose words these are, on the first cue after somebody else's; counts as part of the first line."""
    locale: str | None = None
    """In which the words were recognised, where that is known."""
    limit: int = LINE_WIDTH
    """Columns that a line may take."""
    also: tuple["Cue", ...] = ()
    """What was said right after it and stands in the same two lines, because it would come too late by itself."""

    @property
    def texts(self) -> tuple[str, ...]:
        """The lines as they are displayed, the label in front."""
        if self.also:
            return _together(self.parts) or ()
        first, *rest = (joined(line) for line in self.lines)
        if not self.label:
            return (first, *rest)
        if not rest and width(self.label) + 1 + width(first) > self.limit:
            return self.label, first
        return f"{self.label} {first}", *rest

    @property
    def parts(self) -> tuple["Cue", ...]:
        """Itself and, in the order in which they were said, those that share its lines."""
        return self, *self.also

    @property
    def tokens(self) -> tuple[Token, ...]:
        """Its own words."""
        return tuple(token for line in self.lines for token in line)


def cues(timed: Iterable[Timed], *, label: Label | None = None, overlapping: bool = False) -> tuple[Cue, ...]:
    """The cues of a transcript in order of time. A participant's words keep their order.

    `label` gives the text to put before a participant's words when the cue before is somebody else's; at most half a
    line. `overlapping`: every participant has a track, so that cues of several may stand at once.
    """
    drafts: list[Cue] = []
    speaker: RawId | None = None
    reached: dict[RawId, int] = {}
    for one in timed:
        participant = one.segment.participant
        name = label(participant) if label is not None and participant != speaker else ""
        for draft in _cut(one, name):
            drafts.append(_begun_at(reached.get(participant, 0), draft))
            reached[participant] = drafts[-1].start
            speaker = participant
    drafts.sort(key=lambda cue: cue.start)
    if label is not None:
        drafts = list(_labelled(drafts, label))
    return _on_tracks(drafts, overlapping=overlapping)


def _cut(one: Timed, label: str) -> Iterator[Cue]:
    tokens = tokens_of(one)
    locale = one.segment.locale
    limit = line_width(one.segment.text)
    yield from _cues_of(tokens, Cue(0, 0, one.segment.participant, (), label, locale, limit))


def _cues_of(tokens: Sequence[Token], like: Cue) -> Iterator[Cue]:
    """The tokens as cues that are timed as they are spoken; label (of the first), locale and limit as `like` has them."""
    language = (like.locale or "").partition("-")[0].lower()
    phrase = Phrase(tokens, label=like.label, limit=like.limit, language=language)
    for start, end in phrase.cut():
        yield replace(
            like,
            start=tokens[start].start,
            end=tokens[end - 1].end,
            lines=phrase.lines(start, end),
            label="" if start else like.label,
        )


def _labelled(drafts: Sequence[Cue], label: Label) -> Iterator[Cue]:
    """The drafts, labelled where the one before is somebody else's, also where a phrase was cut into by another's. One
    that has no room for its label is cut once more, and its speaker's next waits for the pieces.
    """
    no_piece: tuple[int, ...] = ()
    waiting = [(draft.start, number, no_piece, draft) for number, draft in enumerate(drafts)]
    heapq.heapify(waiting)
    speaker: RawId | None = None
    held: dict[RawId, int] = {}
    while waiting:
        at, number, piece, draft = heapq.heappop(waiting)
        if not piece and at < (start := held.get(draft.participant, 0)):
            heapq.heappush(waiting, (start, number, piece, _begun_at(start, draft)))
            continue
        name = label(draft.participant) if draft.participant != speaker else ""
        speaker = draft.participant
        if name == draft.label:
            yield draft
            continue
        first, *rest = (_begun_at(draft.start, one) for one in _cues_of(draft.tokens, replace(draft, label=name)))
        yield first
        for nth, one in enumerate(rest):
            held[speaker] = max(held.get(speaker, 0), one.start)
            heapq.heappush(waiting, (one.start, number, (*piece, nth), one))


def _begun_at(earliest: int, draft: Cue) -> Cue:
    """The draft, where it does not begin before `earliest`; else put off till then."""
    start = max(draft.start, earliest)
    return replace(draft, start=start, end=max(start, draft.end))


def _on_tracks(drafts: Sequence[Cue], *, overlapping: bool) -> tuple[Cue, ...]:
    """The cues with times at which they can be read: one after the other on each track."""
    result: list[Cue] = []
    reached: dict[RawId, int] = {}
    at = 0
    while at < len(drafts):
        draft = drafts[at]
        track = draft.participant if overlapping else ""
        start = _whole(max(draft.start, reached.get(track, 0)))
        if not overlapping and start - draft.start > MAX_LAG:
            draft = _with_followers(drafts, at, start)
            at += len(draft.also)
        needed = sum(map(width, draft.texts)) * SECOND // READING_RATE
        end = start + min(max(draft.end - start, needed, _COMFORT), MAX_DURATION)
        following = _next(drafts, at, overlapping=overlapping)
        if following is not None:
            end = min(end, max(following - MIN_GAP, min(following - MIN_GAP + MAX_DELAY, start + needed)))
            if 0 < following - MIN_GAP - end < _CHAIN:
                end = min(following - MIN_GAP, start + MAX_DURATION)
        end = max(_whole(end), start + MIN_DURATION)
        result.append(replace(draft, start=start, end=end))
        reached[track] = end + MIN_GAP
        at += 1
    return tuple(sorted(result, key=lambda cue: cue.start))


def _with_followers(drafts: Sequence[Cue], at: int, until: int) -> Cue:
    """The draft at `at` with those behind it that begin before `until`, as many as its two lines hold."""
    taken = [drafts[at]]
    for following in drafts[at + 1 :]:
        is_marked = following.label or following.participant == taken[-1].participant
        if following.start > until or not is_marked or _together((*taken, following)) is None:
            break
        taken.append(following)
    first, *others = taken
    return replace(first, end=max(one.end for one in taken), also=tuple(others))


def _together(parts: Sequence[Cue]) -> tuple[str, ...] | None:
    """The texts of several cues in the lines of one; None where they do not fit."""
    return shared_lines([(part.label, part.tokens) for part in parts], min(part.limit for part in parts))


def _next(drafts: Sequence[Cue], at: int, *, overlapping: bool) -> int | None:
    """When the cue begins that the one at `at` makes room for: the next on its track, or somebody else's that does not
    begin while it is still spoken.
    """
    own = drafts[at]
    for later in range(at + 1, len(drafts)):
        following = drafts[later]
        if not overlapping or following.participant == own.participant or following.start >= own.end:
            return following.start
    return None


def _whole(ticks: int) -> int:
    """The millisecond that `ticks` are in, in ticks: the formats write no less."""
    return ticks - ticks % TICKS_PER_MILLISECOND
