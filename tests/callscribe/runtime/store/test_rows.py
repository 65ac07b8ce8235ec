"""Models to rows and back."""

from hypothesis import given, settings
from hypothesis import strategies as st

from callscribe.contracts.call import CallRequest, CreateCall, PhoneNumber
from callscribe.runtime.store import rows
from callscribe.transcript.model import Segment, Word
from tests.callscribe.runtime.store.conftest import START, sealing, segment

storable = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
segments = st.builds(
    Segment,
    stream=storable,
    position=st.integers(1, 2**62),
    participant=storable,
    text=storable,
    offset=st.integers(-(2**63) + 1, 2**63 - 1),
    duration=st.none() | st.integers(0, 2**62),
    words=st.lists(st.builds(Word, text=storable, offset=st.integers(0, 2**63 - 1))).map(tuple),
    confidence=st.none() | st.floats(0, 1),
    locale=st.none() | storable,
    subscription=st.none() | storable,
    received_at=st.just(START),
)


@settings(deadline=None)
@given(segments)
def test_a_segment_survives_its_row(said: Segment) -> None:
    """What a row is made of is what is read from it."""
    assert rows.row_to_segment(rows.segment_to_row("k", said, is_sqlite=True)) == said


def test_a_result_is_the_same_whatever_its_revision() -> None:
    """The store counts revisions; a repeated seal must not look like another result."""
    result = sealing().result
    stored = result.model_copy(update={"revision": 7}).model_dump(mode="json")
    assert rows.same_result(stored, result)
    assert not rows.same_result({**stored, "end_reason": "other"}, result)
    assert not rows.same_result(None, result)


def test_the_request_is_kept_without_secrets() -> None:
    """How the call was asked for is kept, but neither the incoming call's context nor the carried state."""
    row = rows.sealed_to_row(sealing(), [], 1)
    assert row["request"]["origin"] == {"kind": "answer", "operation_context": None}
    assert "carried" not in row["request"]
    asked = CallRequest(origin=CreateCall(targets=(PhoneNumber(value="+12025550100"),)))
    dialled = sealing().model_copy(update={"request": asked})
    assert rows.sealed_to_row(dialled, [], 1)["request"]["origin"]["targets"][0]["value"] == "+12025550100"


def test_offsets_are_kept_in_64_bits() -> None:
    """Only what fits no database is moved, to the nearest that does."""
    assert [rows.bounded(ticks) for ticks in (0, 2**63 - 1, 2**63, -(2**70))] == [0, 2**63 - 1, 2**63 - 1, -(2**63) + 1]
    assert rows.segment_to_row("k", segment(1, duration=2**80), is_sqlite=True)["duration"] == 2**63 - 1
