"""One time line from offsets with several zeros."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callscribe.acs.ticks import MAX_TICKS, from_milliseconds
from callscribe.transcript.model import Segment, Stream
from callscribe.transcript.timeline import lay_out, utterances, zero_of
from tests.callscribe.transcript.making import ALICE, BOB, at, played, segment, stream

ERA_A = MAX_TICKS - 638_000_000_000_000_000


def starts(segments: list[Segment], streams: list[Stream]) -> list[float]:
    """Starts in seconds on the time line."""
    return [one.start / 10**7 for one in lay_out(segments, streams)]


def test_offsets_of_the_first_stream_stand_as_they_are() -> None:
    """Zero is the opening of the first stream."""
    said = [segment(1, 3.74), segment(2, 8, who=BOB)]
    assert starts(said, [stream()]) == [3.74, 8]
    assert zero_of(said, [stream()]) == at(0)
    assert zero_of([], [stream()]) is None


def test_a_stream_without_words_does_not_set_the_zero() -> None:
    """A socket that opened and closed before anything was said moves nothing."""
    assert zero_of([segment(1, 1, on="s2", received=32)], [stream("s1", 0), stream("s2", 30)]) == at(30)


def test_a_later_stream_begins_where_it_opened() -> None:
    """Its offsets restart; its opening places them."""
    said = [segment(1, 10), segment(1, 2, on="s2", subscription="sub-2", received=63.5)]
    assert starts(said, [stream(), stream("s2", 60)]) == [10, 62]


def test_a_subscription_that_goes_on_keeps_its_zero() -> None:
    """After a reconnection with the same subscription the offsets count on."""
    said = [segment(1, 10), segment(1, 70, on="s2")]
    assert starts(said, [stream(), stream("s2", 60)]) == [10, 70]


def test_offsets_that_go_on_in_a_new_subscription_are_not_counted_twice() -> None:
    """Ten minutes cannot have been said in the second since the socket opened."""
    said = [segment(1, 590), segment(1, 603, on="s2", subscription="sub-2")]
    assert starts(said, [stream(), stream("s2", 600)]) == [590, 603]


def test_a_restart_in_a_stream_is_placed_by_its_arrival() -> None:
    """Nobody knows the new zero; the first phrase ended about when it arrived."""
    said = [segment(1, 100, received=101.5), segment(2, 2, received=150)]
    assert starts(said, [stream()]) == [100, 149]


def test_the_older_era_is_placed_by_arrival_too() -> None:
    """Its zero is an instant centuries away; inside the stream differences are exact."""
    said = [segment(1, 5, base=ERA_A, received=7), segment(2, 9.25, base=ERA_A, received=11)]
    assert starts(said, [stream()]) == [6, 10.25]


def test_a_call_played_faster_than_life_stays_in_order() -> None:
    """Twenty times faster, a later stream opens before the first one's offsets ran out: it follows it."""
    said = [
        segment(1, 200, received=10),
        segment(1, 4, on="s2", subscription="sub-2", received=11.3),
        segment(2, 9, on="s2", subscription="sub-2", received=11.6),
    ]
    assert starts(said, [stream(), stream("s2", 11)]) == [200, 201, 206]


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(0, 900), st.integers(0, 40)), max_size=14),
    st.booleans(),
)
def test_times_are_never_negative_and_never_go_back(rows: list[tuple[int, int, int, int]], inverted: bool) -> None:
    """Whatever streams, subscriptions, offsets and clocks do: starts rise, ends follow starts, nothing is lost."""
    said = [
        segment(
            position,
            offset,
            f"{position}",
            who=(ALICE, BOB)[offset % 2],
            duration=duration,
            on=f"s{on}",
            subscription=f"sub-{subscription}" if subscription else None,
            received=position * 7 - offset // 3,
            base=ERA_A if inverted and subscription == 2 else 0,
        )
        for position, (on, subscription, offset, duration) in enumerate(rows, start=1)
    ]
    line = lay_out(said, [stream("s0"), stream("s1", 30)])
    assert len(line) == len(said)
    assert all(0 <= one.start <= one.end for one in line)
    assert all(one.start <= two.start for one, two in pairwise(line))


def test_finals_of_one_speaker_are_one_utterance() -> None:
    """Until somebody else speaks, the locale changes, or there is a pause."""
    said = [
        segment(1, 0, "Good"),
        segment(2, 1.5, "day."),
        segment(3, 3, "Hello.", who=BOB),
        segment(4, 5, "Well,"),
        segment(5, 9, "where was I?"),
        segment(6, 10, "Guten Tag.", locale="de-DE"),
    ]
    found = utterances(lay_out(said, [stream()]))
    assert [one.text for one in found] == ["Good day.", "Hello.", "Well,", "where was I?", "Guten Tag."]
    assert (found[0].participant, found[0].start, found[0].end) == (ALICE, 0, from_milliseconds(2500))
    assert len(utterances(lay_out(said, [stream()]), max_pause=from_milliseconds(3000))) == 4


def test_a_monologue_has_paragraphs() -> None:
    """An utterance lasts a minute at most, unless one final is longer."""
    said = [segment(n, n * 10, duration=10) for n in range(1, 19)]
    assert [len(one.parts) for one in utterances(lay_out(said, [stream()]))] == [6, 6, 6]


@pytest.mark.parametrize("name", ["earnings21-4386541", "apollo13"])
def test_utterances_of_a_real_call_keep_every_word(real_calls: Path, name: str) -> None:
    """Joined or not, the same words in the same order."""
    said = list(played(real_calls / f"{name}.jsonl"))
    found = utterances(lay_out(said, [stream()]))
    assert " ".join(one.text for one in found).split() == " ".join(one.text for one in said).split()
    assert len(found) < len(said)
