"""Segments and transcripts."""

import pytest
from pydantic import ValidationError

from callscribe.transcript.model import Segment, Transcript, Word
from tests.callscribe.transcript.making import ALICE, segment


def test_a_replayed_segment_has_the_same_identity() -> None:
    """Stream, position and arrival differ; what was said by whom and when does not."""
    assert segment(1, 3, "hello").identity == segment(9, 3, "hello", on="s2", received=80).identity


@pytest.mark.parametrize(
    "other",
    [
        segment(1, 3, "hello", who="4:+12025550199"),
        segment(1, 3.0001, "hello"),
        segment(1, 3, "hello "),
        segment(1, 3, "hello", subscription="sub-2"),
        segment(1, 3, "hello", subscription=None),
    ],
)
def test_another_segment_has_another_identity(other: Segment) -> None:
    """Participant, offset, text and subscription all count."""
    assert other.identity != segment(1, 3, "hello").identity


MEASURED = {
    "confidence": 0.9226509928703308,
    "duration": 9_600_000,
    "words": (Word(text="hello", offset=30_000_000, duration=2_800_000),),
}


def test_what_was_measured_in_full_needs_no_subscription_to_be_known_again() -> None:
    """Confidence and word times tell a replay under a new subscription from a second utterance."""
    said = segment(1, 3, "hello").model_copy(update=MEASURED)
    assert segment(4, 3, "hello", subscription="sub-2").model_copy(update=MEASURED).identity == said.identity
    for change in ({"confidence": 0.9226509928703309}, {"duration": 1}, {"words": (Word(text="hello", offset=1),)}):
        assert said.model_copy(update=change).identity != said.identity


def test_redacted_words_are_not_missed() -> None:
    """Where personal data is redacted ACS sends no words: confidence and duration are enough, but not one of them."""
    said = segment(1, 3, "hello").model_copy(update=MEASURED | {"words": ()})
    again = segment(4, 3, "hello", subscription="sub-2").model_copy(update=MEASURED | {"words": ()})
    assert again.identity == said.identity
    for missing in ({"confidence": None}, {"duration": None}):
        assert again.model_copy(update=missing).identity != said.model_copy(update=missing).identity


def test_participants_have_names_people_can_read() -> None:
    """The given name on one line, else the raw id in a readable form."""
    transcript = Transcript(key="k", locale="en-US", participants={ALICE: " Alice\nLiddell ", "4:anonymous": " "})
    assert transcript.name_of(ALICE) == "Alice Liddell"
    assert transcript.name_of("4:anonymous") == "anonymous caller"
    assert transcript.name_of("4:+12025550123") == "+1 202 555 0123"
    assert transcript.name_of("") == "unknown participant"


def test_64_bit_offsets_survive_json() -> None:
    """Offsets of the older era exceed what a double holds exactly."""
    said = segment(1, 0, base=2516942161212568046, words=(("it's", 0.0, 0.1),))
    assert Segment.model_validate_json(said.model_dump_json()) == said


def test_positions_begin_at_one() -> None:
    """A position of zero is refused."""
    with pytest.raises(ValidationError):
        segment(0, 1)
