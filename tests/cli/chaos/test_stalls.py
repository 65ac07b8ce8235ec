"""How long words waited, from glances at what is stored."""

from cli.chaos.stalls import Progress, Wait


def test_a_word_waits_until_the_glance_that_counts_it() -> None:
    """Three words, found stored one at second 3 and two at second 9."""
    progress = Progress()
    for now, stored in [(1, 0), (3, 1), (5, 1), (9, 3)]:
        progress.note("a", stored, now)
    assert list(progress.waits("a", [1, 2, 8])) == [Wait(1, 2), Wait(2, 7), Wait(8, 1)]


def test_what_was_never_seen_stored_has_no_wait() -> None:
    """Nor has a call of which nothing was seen."""
    progress = Progress()
    progress.note("a", 1, 3)
    assert list(progress.waits("a", [1, 2])) == [Wait(1, 2)]
    assert list(progress.waits("b", [1, 2])) == []


def test_clocks_that_differ_a_little_make_no_wait_negative() -> None:
    """A glance just before the word was noted as said."""
    progress = Progress()
    progress.note("a", 1, 0.9)
    assert list(progress.waits("a", [1.0])) == [Wait(1.0, 0.0)]


def test_calls_are_measured_apart() -> None:
    """One call's progress is not another's."""
    progress = Progress()
    progress.note("a", 1, 9)
    progress.note("b", 1, 2)
    assert [wait.length for wait in progress.waits("a", [1])] == [8]
    assert [wait.length for wait in progress.waits("b", [1])] == [1]
