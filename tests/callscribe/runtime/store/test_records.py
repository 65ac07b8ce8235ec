"""What reading the store returns."""

from callscribe.runtime.store import StoredCall, StoredTranscript
from tests.callscribe.runtime.store.conftest import START


def test_a_call_that_is_known_by_its_segments_alone() -> None:
    """Only key and start are needed: a call is in the store before its workflow has told its end."""
    call = StoredTranscript(key="k", started_at=START)
    assert isinstance(call, StoredCall)
    assert (call.state, call.revision, call.verdict, call.segments) == (None, 0, None, ())
