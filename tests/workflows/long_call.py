"""A call that has had so many streams that showing it once takes a while."""

from datetime import UTC, datetime, timedelta

from callscribe.contracts.carried import CarriedState, Phase, TranscriptionChange, Transition
from callscribe.contracts.status import StreamStatus
from tests.workflows.scripted_acs import CONNECTION


def long_call(streams: int) -> CarriedState:
    """Half a minute a stream, each of them closed and whole but the last, which is `last` and open."""
    began = datetime.now(UTC) - streams * timedelta(seconds=30)
    closed = [
        StreamStatus(
            id=f"0192f0c1-7a1b-7c3d-8e4f-{number:012d}",
            opened_at=began + number * timedelta(seconds=30),
            listening_since=began,
            closed_at=began + number * timedelta(seconds=30) + timedelta(seconds=29),
            mark=20,
            last_seq=20,
            segments=50,
            close_reason="connection lost (1006)",
        )
        for number in range(streams)
    ]
    return CarriedState(
        phase=Phase.IN_CALL,
        started_at=began,
        connected_at=began,
        call_connection_id=CONNECTION,
        locale="en-US",
        start_wanted=True,
        streams=(*closed, StreamStatus(id="last", opened_at=datetime.now(UTC), listening_since=began)),
        transitions=(Transition(at=began, change=TranscriptionChange.ON),),
    )
