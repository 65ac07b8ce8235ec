"""Intake: chunks in any order, any number of times, counted once."""

from collections import deque
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from temporalio.api.common.v1 import Payload
from temporalio.common import RawValue

from callscribe.contracts.call import CallRequest
from callscribe.contracts.carried import CarriedState
from callscribe.contracts.chunks import StreamOpening, TranscriptChunk
from callscribe.transcript.model import Segment
from callscribe.transcript.sequencing import EARLY_CAPACITY
from workflows import intake, ledger

NOW = datetime(2026, 3, 1, tzinfo=UTC)
FRESH = ledger.fresh(CallRequest.model_validate({"origin": {"kind": "connect", "room_id": "r"}}), NOW)


def chunk(seq: int, stream: str = "s", segments: int = 1, unreadable: int = 0) -> TranscriptChunk:
    """A chunk with that many segments."""
    return TranscriptChunk(
        stream=StreamOpening(id=stream, opened_at=NOW),
        seq=seq,
        sealed_at=NOW,
        unreadable=unreadable,
        segments=tuple(
            Segment(
                stream=stream, position=seq * 100 + n, participant="p", text=f"{seq}.{n}", offset=n, received_at=NOW
            )
            for n in range(segments)
        ),
    )


def take_in(state: CarriedState, *chunks: TranscriptChunk) -> CarriedState:
    """One turn in which the store takes everything."""
    batch = intake.admit(state, list(chunks))
    return intake.stored(state, batch, len(batch.segments), 0)


@given(st.permutations(range(1, 9)), st.lists(st.integers(1, 8), max_size=10), st.integers(1, 5))
def test_any_order_with_repeats_ends_with_everything_once(order: list[int], repeats: list[int], turn: int) -> None:
    """Every chunk of a stream, in any order, some again, in turns of any size: the mark is the last, nothing doubled."""
    arriving = [chunk(seq) for seq in [*order, *repeats]]
    state = FRESH
    for start in range(0, len(arriving), turn):
        state = take_in(state, *arriving[start : start + turn])
    (stream,) = state.streams
    assert (stream.mark, stream.early, stream.segments) == (8, (), 8)
    assert (state.counts.stored, state.counts.duplicates) == (8, len(repeats))
    assert state.counts.received == 8 + len(repeats)


def test_missing_chunk_holds_the_mark() -> None:
    """Early chunks are stored and remembered; the mark waits for the one that is missing."""
    state = take_in(FRESH, chunk(1), chunk(3), chunk(4))
    (stream,) = state.streams
    assert (stream.mark, stream.early) == (1, (3, 4))
    (whole,) = take_in(state, chunk(2)).streams
    assert (whole.mark, whole.early) == (4, ())


def test_repeats_do_not_count_their_unreadable_packets_again() -> None:
    """A chunk that is sent again brings no news at all."""
    state = take_in(FRESH, chunk(1, unreadable=2))
    assert take_in(state, chunk(1, unreadable=2)).counts.unreadable == 2


def test_a_turn_is_bounded_in_number_and_in_bytes() -> None:
    """A backlog is worked off in turns; one payload larger than a turn still gets its own."""
    small, large = Payload(data=b"x"), Payload(data=b"x" * (intake.BYTES_A_TURN + 1))
    line = deque(RawValue(small) for _ in range(intake.CHUNKS_A_TURN + 1))
    assert len(intake.take(line)) == intake.CHUNKS_A_TURN
    assert len(intake.take(line)) == 1
    line = deque([RawValue(large), RawValue(large)])
    assert [len(intake.take(line)), len(intake.take(line)), len(line)] == [1, 1, 0]


def test_streams_are_kept_apart() -> None:
    """The same number in two streams is two chunks."""
    state = take_in(FRESH, chunk(1, "a"), chunk(1, "b", segments=2))
    assert {stream.id: stream.segments for stream in state.streams} == {"a": 1, "b": 2}


def test_a_chunk_too_far_ahead_is_left_for_later() -> None:
    """Beyond what a watermark remembers, a chunk is not taken: it is sent again, for the stream is not whole."""
    state = take_in(FRESH, *(chunk(seq) for seq in range(2, EARLY_CAPACITY + 3)))
    (stream,) = state.streams
    assert (stream.mark, len(stream.early), state.counts.stored) == (0, EARLY_CAPACITY, EARLY_CAPACITY)
    (whole,) = take_in(state, chunk(1), chunk(EARLY_CAPACITY + 2)).streams
    assert (whole.mark, whole.early) == (EARLY_CAPACITY + 2, ())
