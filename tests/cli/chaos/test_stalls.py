"""How long new words waited, from glances at the counts."""

from cli.chaos.stalls import Stall, StallMeter


def test_a_wait_begins_with_the_first_new_word_and_ends_when_the_store_grows() -> None:
    """Words that come meanwhile do not make it begin anew."""
    meter = StallMeter()
    meter.note("a", delivered=0, stored=0, now=0)
    meter.note("a", delivered=1, stored=0, now=1)
    meter.note("a", delivered=5, stored=0, now=2)
    meter.note("a", delivered=5, stored=3, now=4)
    assert meter.stalls == [Stall("a", 1, 4)]
    assert meter.stalls[0].length == 3


def test_silence_is_no_stall() -> None:
    """Nothing new, nothing waits; nor does a word that was stored between two glances."""
    meter = StallMeter()
    meter.note("a", delivered=1, stored=1, now=0)
    meter.note("a", delivered=1, stored=1, now=100)
    meter.note("a", delivered=2, stored=2, now=101)
    assert meter.stalls == []


def test_calls_are_measured_apart() -> None:
    """One call's progress is not another's."""
    meter = StallMeter()
    meter.note("a", delivered=1, stored=0, now=0)
    meter.note("b", delivered=1, stored=0, now=0)
    meter.note("b", delivered=1, stored=1, now=1)
    meter.note("a", delivered=1, stored=1, now=9)
    assert [(stall.call, stall.length) for stall in meter.stalls] == [("b", 1), ("a", 9)]
