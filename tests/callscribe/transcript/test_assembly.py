"""A transcript from its stored parts."""

from callscribe.transcript.assembly import assemble
from callscribe.transcript.facts import Verdict, VerdictKind
from tests.callscribe.transcript.making import ALICE, BOB, at, segment, stream


def test_segments_are_put_in_order_and_repeats_left_out() -> None:
    """However the store lists them."""
    first, second = segment(1, 1), segment(2, 5, who=BOB)
    again = segment(1, 1, on="s2", received=9)
    transcript = assemble("k", locale="en-US", segments=[second, again, first], streams=[stream("s2", 8), stream()])
    assert transcript.segments == (first, second)
    assert [one.id for one in transcript.streams] == ["s1", "s2"]


def test_every_speaker_is_a_participant() -> None:
    """Those who were named first, in their order; then those who spoke, without a name."""
    transcript = assemble("k", locale="en-US", segments=[segment(1, 1)], participants={BOB: "Bob"})
    assert transcript.participants == {BOB: "Bob", ALICE: ""}


def test_what_is_known_of_the_call_is_carried() -> None:
    """Times, verdict and revision, as given."""
    verdict = Verdict(kind=VerdictKind.EMPTY, reason="Nothing was said.")
    transcript = assemble(
        "k", locale="de-DE", verdict=verdict, revision=2, started_at=at(0), connected_at=at(1), ended_at=at(9)
    )
    assert (transcript.verdict, transcript.revision, transcript.locale) == (verdict, 2, "de-DE")
    assert (transcript.started_at, transcript.connected_at, transcript.ended_at) == (at(0), at(1), at(9))
