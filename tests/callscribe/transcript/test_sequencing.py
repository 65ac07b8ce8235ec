"""The order of a transcript, and watermarks."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callscribe.acs.ticks import MAX_TICKS
from callscribe.transcript.model import Segment, Stream
from callscribe.transcript.sequencing import Admission, Watermark, end_of, epochs, order
from tests.callscribe.transcript.making import ALICE, BOB, at, played, segment, stream

CAROL = "4:+12025550102"


def texts(segments: tuple[Segment, ...]) -> list[str]:
    """What was said, in order."""
    return [one.text for one in segments]


def test_offsets_order_one_stream() -> None:
    """Participants interleave by offset, however late a long phrase arrives."""
    long = segment(3, 1.0, "long", who=ALICE, duration=20)
    assert texts(order([segment(1, 2, "b", who=BOB), segment(2, 9, "c", who=BOB), long], [stream()])) == [
        "long",
        "b",
        "c",
    ]


def test_equal_offsets_keep_their_arrival() -> None:
    """Two who speak at the same tick stand in order of arrival."""
    assert texts(order([segment(2, 1, "second", who=BOB), segment(1, 1, "first")], [stream()])) == ["first", "second"]


def test_a_later_stream_comes_later_whatever_its_offsets() -> None:
    """Offsets restart with a subscription; the stream's opening decides."""
    early = segment(1, 100, "early")
    late = segment(1, 1, "late", on="s2", subscription="sub-2", received=103)
    assert texts(order([late, early], [stream("s2", 101), stream("s1", 0)])) == ["early", "late"]


def test_older_era_offsets_fall_from_stream_to_stream() -> None:
    """A later stream of the older era has a smaller base, and still comes later; inside a stream offsets ascend."""
    base = MAX_TICKS - 638_000_000_000_000_000
    one = [segment(1, 1, "a", base=base), segment(2, 5, "b", base=base)]
    lower = base - 600_000_000
    two = [
        segment(1, 1, "c", base=lower, on="s2", subscription="sub-2", received=62),
        segment(2, 3, "d", base=lower, on="s2", subscription="sub-2", received=64),
    ]
    assert texts(order(two + one, [stream("s1"), stream("s2", 60)])) == ["a", "b", "c", "d"]


def test_a_replay_after_a_reconnection_is_not_a_second_utterance() -> None:
    """The same subscription, participant, offset and text on another stream: kept once, where it came first."""
    first = segment(1, 1, "hello")
    again = segment(1, 1, "hello", on="s2", received=20)
    new = segment(2, 15, "there", on="s2", received=20)
    kept = order([again, new, first], [stream(), stream("s2", 19)])
    assert [(one.stream, one.text) for one in kept] == [("s1", "hello"), ("s2", "there")]


def test_the_same_words_in_another_subscription_are_said_again() -> None:
    """Identity includes the subscription; without one, the stream."""
    said = [
        segment(1, 1, "hello", subscription=None),
        segment(1, 1, "hello", subscription=None, on="s2", received=20),
    ]
    assert len(order(said, [stream(), stream("s2", 19)])) == 2


def test_overlapping_sockets_of_one_subscription_share_a_zero() -> None:
    """Two sockets that share one subscription's results are woven together by offset."""
    said = [
        segment(1, 100, "1"),
        segment(1, 110, "2", on="s2"),
        segment(2, 120, "3", who=BOB),
        segment(2, 130, "4", on="s2"),
    ]
    assert texts(order(reversed(said), [stream(), stream("s2", 105)])) == ["1", "2", "3", "4"]


def test_a_clear_fall_back_is_a_restart() -> None:
    """One participant's end falls back by more than 5 s in mid-stream: everybody's zero is new."""
    said = [
        segment(1, 100, "a", received=101),
        segment(2, 101, "b", who=BOB, received=103),
        segment(3, 2, "c", received=140),
        segment(4, 3, "d", who=CAROL, received=141),
        segment(5, 5, "e", who=BOB, received=143),
    ]
    assert texts(order(said, [stream()])) == ["a", "b", "c", "d", "e"]
    assert [len(epoch.segments) for epoch in epochs(said, [stream()])] == [2, 3]


def test_a_restart_in_the_first_seconds_is_seen_on_one_socket() -> None:
    """A participant's results come in order there, so that one which lies a second behind is of a new zero."""
    said = [
        segment(1, 0.0, "a", duration=0.4),
        segment(2, 1.5, "b", duration=0.4),
        segment(3, 0.3, "c", duration=0.4, received=2.7),
        segment(4, 0.8, "d", duration=0.4, received=3.2),
    ]
    assert texts(order(said, [stream()])) == ["a", "b", "c", "d"]


def test_two_sockets_may_bring_one_participants_results_in_another_order() -> None:
    """While they overlap, each brings what the other did not: one zero, and the order of speech."""
    said = [
        segment(1, 0, "a"),
        segment(1, 4, "c", on="s2", received=5.1),
        segment(2, 2, "b", received=5.3),
    ]
    assert texts(order(said, [stream(), stream("s2", 3)])) == ["a", "b", "c"]


def test_a_phrase_finished_after_a_restart_stays_before_it() -> None:
    """Somebody who was speaking at the restart may end a phrase with the old zero."""
    said = [
        segment(1, 600, "a", received=601),
        segment(2, 590, "b", who=BOB, received=602),
        segment(3, 1, "c", received=610),
        segment(4, 601, "late", who=BOB, duration=8, received=611),
        segment(5, 4, "d", who=BOB, received=614),
    ]
    assert texts(order(said, [stream()])) == ["b", "a", "late", "c", "d"]


def test_a_restart_with_the_same_subscription_on_a_new_socket() -> None:
    """The first segment of a socket must not lie behind anybody, so a newcomer too reveals the restart."""
    said = [
        segment(1, 300, "a", received=301),
        segment(1, 2, "b", who=CAROL, on="s2", received=312),
        segment(2, 4, "c", on="s2", received=315),
    ]
    assert texts(order(said, [stream(), stream("s2", 310)])) == ["a", "b", "c"]


def test_a_change_of_era_is_a_new_epoch() -> None:
    """Offsets of the two eras are never compared."""
    base = MAX_TICKS - 638_000_000_000_000_000
    said = [segment(1, 5, "a"), segment(2, 9, "b", base=base)]
    assert [len(epoch.segments) for epoch in epochs(said, [stream()])] == [1, 1]


def test_a_stream_nobody_announced_is_kept() -> None:
    """A segment whose stream is unknown counts from its own arrival."""
    said = [segment(1, 1, "known"), segment(1, 1, "orphan", on="s9", subscription="sub-9", received=50)]
    assert texts(order(said, [stream()])) == ["known", "orphan"]


def test_the_end_of_a_phrase_without_duration_is_its_last_word() -> None:
    """Captures before mid-2024 carry no duration."""
    assert end_of(segment(1, 1, duration=None, words=(("a", 1, 0.5), ("b", 2, 0.5)))) == 25_000_000
    assert end_of(segment(1, 1, duration=None)) == 10_000_000


@given(seed=st.integers(), speakers=st.integers(1, 5), jitter=st.floats(0, 4.5))
def test_interleaving_never_looks_like_a_restart(seed: int, speakers: int, jitter: float) -> None:
    """Any number of speakers, phrases of any length, recognisers that differ in delay by less than 5 s: one epoch."""
    chance = random.Random(seed)
    finals = []
    for who in range(speakers):
        offset, delay = chance.uniform(0, 30), chance.uniform(0, jitter)
        for _ in range(chance.randrange(8)):
            duration = chance.uniform(0.1, 120)
            finals.append((offset + duration + delay, offset, duration, f"4:+1202555010{who}"))
            offset += duration + chance.uniform(0, 60)
    said = [
        segment(position, offset, who=who, duration=duration, received=arrival)
        for position, (arrival, offset, duration, who) in enumerate(sorted(finals), start=1)
    ]
    assert len(epochs(said, [stream()])) == (1 if said else 0)
    assert list(order(said, [stream()])) == sorted(said, key=lambda one: (one.offset, one.position))


@given(st.permutations(range(8)), st.integers(0, 8))
def test_the_order_does_not_depend_on_how_segments_are_given(shuffled: list[int], cut: int) -> None:
    """The same segments in any order make the same transcript, and nothing but repeats goes."""
    said = [
        segment(n + 1, n * 3, on="s1" if n < cut else "s2", who=(ALICE, BOB)[n % 2], received=n * 3 + 2)
        for n in range(8)
    ]
    streams = [stream("s1"), stream("s2", cut * 3)]
    expected = order(said, streams)
    assert order([said[n] for n in shuffled], reversed(streams)) == expected
    assert len(expected) == 8


def test_a_clock_that_steps_back_changes_nothing() -> None:
    """In a stream, position is the order of arrival."""
    said = [segment(1, 1, "a", received=10), segment(2, 1, "b", who=BOB, received=5)]
    assert texts(order(said, [Stream(id="s1", opened_at=at(9))])) == ["a", "b"]


@pytest.mark.parametrize("name", ["earnings21-4386541", "earnings21-4341191", "apollo13"])
def test_real_calls_are_one_epoch(real_calls: Path, name: str) -> None:
    """No pause, talk-over or long phrase of a real call is taken for a restart."""
    said = list(played(real_calls / f"{name}.jsonl"))
    assert len(epochs(said, [stream()])) == 1
    assert list(order(said, [stream()])) == said


def test_a_watermark_takes_each_number_once() -> None:
    """In turn, early, again, and the mark moving over early ones."""
    watermark = Watermark()
    offers = [1, 1, 3, 3, 4, 2, 2, 4, 5]
    N, D, E = Admission.NEW, Admission.DUPLICATE, Admission.EARLY  # noqa: N806 - a table reads best in columns
    assert [watermark.offer(seq) for seq in offers] == [N, D, E, D, E, N, D, D, N]
    assert (watermark.mark, watermark.early) == (5, set())
    assert watermark.reached(5)
    assert not watermark.reached(6)


def test_a_watermark_bounds_what_is_early() -> None:
    """Beyond its capacity a number is refused, and can be offered again."""
    watermark = Watermark(capacity=2)
    assert [watermark.offer(seq) for seq in (3, 4, 5)] == [Admission.EARLY, Admission.EARLY, Admission.EARLY_FULL]
    assert watermark.offer(1) is Admission.NEW
    assert watermark.offer(2) is Admission.NEW
    assert watermark.mark == 4
    assert watermark.offer(5) is Admission.NEW


@given(st.lists(st.integers(1, 30)), st.integers(0, 6))
def test_a_watermark_admits_no_number_twice(offers: list[int], capacity: int) -> None:
    """Whatever the order: each number is taken at most once, and the mark is the longest run taken from 1."""
    watermark = Watermark(capacity=capacity)
    taken: set[int] = set()
    for seq in offers:
        admission = watermark.offer(seq)
        assert (admission is Admission.DUPLICATE) == (seq in taken)
        if admission in (Admission.NEW, Admission.EARLY):
            taken.add(seq)
        assert len(watermark.early) <= capacity
        assert all(number in taken for number in range(1, watermark.mark + 1))
        assert watermark.mark + 1 not in taken
