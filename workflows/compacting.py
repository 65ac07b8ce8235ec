"""What a run hands to the next one is bounded, however often sockets came and went or transcription failed. Pure.

Streams that touch become one, which loses nothing. Of what is still too much, the shortest moments between two losses are
forgotten, and the losses around them become one: rather too much is said to be missing than too little.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from callscribe.contracts.carried import CarriedState, TranscriptionChange, Transition
from callscribe.contracts.status import StreamStatus
from workflows import ledger

MOST_STREAMS = 800
"""About 200 KiB of the 2 MiB that Temporal lets a run hand on."""
MOST_TRANSITIONS = 800
NEWEST = 100
"""Streams, and transitions, that are left as they are: a chunk of one may still come again."""
_LOSSES = (
    TranscriptionChange.FAILED,
    TranscriptionChange.RESTARTING,
    TranscriptionChange.CEASED,
    TranscriptionChange.INTERRUPTED,
)


def compacted(state: CarriedState) -> CarriedState:
    """The ledger, with old streams and transitions joined where there are too many of them."""
    changes: dict[str, object] = {}
    if len(state.streams) > MOST_STREAMS:
        changes["streams"] = _streams(state.streams)
    if len(state.transitions) > MOST_TRANSITIONS:
        changes["transitions"] = _transitions(state.transitions)
    return state.model_copy(update=changes) if changes else state


def _streams(streams: Sequence[StreamStatus]) -> tuple[StreamStatus, ...]:
    old: list[StreamStatus] = []
    kept = list(streams[-NEWEST:])
    for stream in streams[:-NEWEST]:
        (old if _is_settled(stream) else kept).append(stream)
    old = _joined(old)
    spare = min(max(len(old) + len(kept) - MOST_STREAMS, 0), len(old))
    shortest = sorted(old[1:], key=_length)[:spare]  # the first one tells when the call's first words may have come
    forgotten = {stream.id for stream in shortest}
    left = [stream for stream in (*old, *kept) if stream.id not in forgotten]
    return tuple(sorted(left, key=lambda each: each.opened_at))


def _is_settled(stream: StreamStatus) -> bool:
    return stream.closed_at is not None and ledger.is_whole(stream)


def _length(stream: StreamStatus) -> timedelta:
    return stream.closed_at - stream.opened_at if stream.closed_at else timedelta.max


def _joined(streams: Iterable[StreamStatus]) -> list[StreamStatus]:
    """Streams, in order of their opening, without those that open while the one before is still open."""
    joined: list[StreamStatus] = []
    for stream in streams:
        last = joined[-1] if joined else None
        if last is None or last.closed_at is None or stream.closed_at is None or stream.opened_at > last.closed_at:
            joined.append(stream)
            continue
        later = max(last, stream, key=lambda each: each.closed_at or each.opened_at)
        joined[-1] = last.model_copy(
            update={
                "closed_at": later.closed_at,
                "close_reason": later.close_reason,
                "mark": last.mark + stream.mark,
                "last_seq": last.mark + stream.mark,
                "segments": last.segments + stream.segments,
            }
        )
    return joined


def _transitions(transitions: Sequence[Transition]) -> tuple[Transition, ...]:
    """Without the shortest times in which transcription was on between two losses."""
    between = [
        place
        for place in range(1, len(transitions) - NEWEST)
        if transitions[place].change is TranscriptionChange.ON
        and transitions[place - 1].change in _LOSSES
        and transitions[place + 1].change in _LOSSES
    ]
    between.sort(key=lambda place: transitions[place + 1].at - transitions[place].at)
    spare = (len(transitions) - MOST_TRANSITIONS + 1) // 2
    forgotten = {each for place in between[:spare] for each in (place, place + 1)}
    return tuple(each for place, each in enumerate(transitions) if place not in forgotten)
