"""Captions on one time line, whatever their offsets do."""

from datetime import UTC, datetime, timedelta

import pytest

from callscribe.acs.ticks import MAX_TICKS
from callscribe.contracts.captions import Caption
from cli.call_clock import CallClock

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = 10_000_000


def opened(stream: str, at: float) -> Caption:
    """A stream that opens `at` seconds into the call."""
    return Caption(kind="stream_opened", stream=stream, at=NOW + timedelta(seconds=at))


def final(offset: float, at: float, *, stream: str = "s1", who: str = "4:+1", text: str = "Good morning") -> Caption:
    """What ACS says began at `offset` seconds, and came `at` seconds into the call."""
    ticks = round(offset * SECOND)
    return Caption(
        kind="final", stream=stream, participant=who, text=text, offset=ticks, at=NOW + timedelta(seconds=at)
    )


def seconds(clock: CallClock, *captions: Caption) -> list[float | None]:
    """Where each belongs, in seconds."""
    return [None if start is None else round(start / SECOND, 1) for start in map(clock.take, captions)]


def test_offsets_count_from_the_opening_of_the_first_stream() -> None:
    """As in the transcript; a stream's opening itself is nowhere on the line."""
    assert seconds(CallClock(), opened("s1", 2), final(3, 6.5), final(8, 12)) == [None, 3, 8]


def test_offsets_that_begin_anew_on_another_socket_go_on() -> None:
    """They count from its opening."""
    clock = CallClock()
    seconds(clock, opened("s1", 0), final(40, 42))
    assert seconds(clock, opened("s2", 50), final(1, 53, stream="s2")) == [None, 51]


def test_a_subscription_that_goes_on_on_another_socket_keeps_its_zero() -> None:
    """A socket was dropped: the next one's offsets are not counted from its opening."""
    clock = CallClock()
    seconds(clock, opened("s1", 0), final(5, 7))
    assert seconds(clock, opened("s2", 8), final(8, 10, stream="s2")) == [None, 8]


def test_offsets_that_begin_anew_on_the_same_socket_are_placed_by_their_arrival() -> None:
    """A change of locale that stopped and started transcription."""
    clock = CallClock()
    seconds(clock, opened("s1", 0), final(40, 42), final(41, 43, who="4:+2"))
    (start,) = seconds(clock, final(1, 52))
    assert start is not None
    assert 50 < start < 52


def test_a_restart_that_was_announced_is_seen_whoever_speaks_first() -> None:
    """The new locale comes before the first words in it, which may be those of somebody new."""
    clock = CallClock()
    seconds(clock, opened("s1", 0), final(40, 42))
    clock.take(Caption(kind="locale", stream="s1", locale="de-DE", at=NOW + timedelta(seconds=44)))
    (start,) = seconds(clock, final(0.5, 46, who="4:+2"))
    assert start is not None
    assert 43 < start < 46


def test_people_who_speak_at_the_same_time_begin_nothing_anew() -> None:
    """Their finals come in another order than they began to speak in."""
    assert seconds(CallClock(), opened("s1", 0), final(10, 12), final(9, 14, who="4:+2"), final(7, 15)) == [
        None,
        10,
        9,
        7,
    ]


def test_the_older_offsets_are_placed_by_their_arrival() -> None:
    """They count down from the end of time."""
    clock = CallClock({"s1": NOW})
    caption = final(0, 20, text="Yes").model_copy(update={"offset": MAX_TICKS - 5})
    (start,) = seconds(clock, caption)
    assert start == pytest.approx(19.8, abs=0.1)


def test_who_comes_late_to_a_call_of_which_nothing_else_is_known_takes_the_offset() -> None:
    """And everything that follows counts from the same zero."""
    assert seconds(CallClock(), final(600, 600), final(610, 611)) == [600, 610]


def test_what_is_known_of_streams_beforehand_counts() -> None:
    """A watcher who comes in the second stream sees the times of the transcript."""
    clock = CallClock({"s1": NOW, "s2": NOW + timedelta(seconds=100)})
    assert seconds(clock, final(5, 107, stream="s2")) == [105]
    assert clock.at(NOW + timedelta(seconds=7)) == 7 * SECOND
