"""What becomes of a message that Temporal did not take."""

import pytest
from temporalio.client import WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.service import RPCError, RPCStatusCode

from ingest.outcomes import FIRST_DELAY, LONGEST_DELAY, Backoff, Decision, decide


def rpc(status: RPCStatusCode, message: str = "") -> RPCError:
    """An error of the server."""
    return RPCError(message, status, b"")


@pytest.mark.parametrize(
    ("error", "decision"),
    [
        (rpc(RPCStatusCode.NOT_FOUND, "workflow execution already completed"), Decision.LATE),
        (rpc(RPCStatusCode.NOT_FOUND, "workflow not found for ID: call-x"), Decision.ABSENT),
        (rpc(RPCStatusCode.NOT_FOUND, "Namespace default is not found."), Decision.RETRY),
        (rpc(RPCStatusCode.INVALID_ARGUMENT, "BadSignalInput"), Decision.REFUSED),
        (
            rpc(RPCStatusCode.INVALID_ARGUMENT, "exceeded workflow execution limit for signal events"),
            Decision.RETRY,
        ),
        *(
            (rpc(status), Decision.RETRY)
            for status in RPCStatusCode
            if status not in {RPCStatusCode.INVALID_ARGUMENT, RPCStatusCode.NOT_FOUND}
        ),
        (TimeoutError(), Decision.RETRY),
        (WorkflowUpdateRPCTimeoutOrCancelledError(), Decision.RETRY),
        (WorkflowUpdateFailedError(ValueError("x")), Decision.RETRY),
        (RuntimeError("anything"), Decision.RETRY),
    ],
)
def test_decides(error: Exception, decision: Decision) -> None:
    """Try again, unless it is too late or can never be taken."""
    assert decide(error)[0] is decision
    assert decide(error)[1]


def test_a_reason_is_news_once() -> None:
    """The same again is not worth noting; another one is, and so is the first after a success."""
    backoff = Backoff()
    assert backoff.is_news(TimeoutError())
    assert not backoff.is_news(TimeoutError())
    assert backoff.is_news(rpc(RPCStatusCode.UNAVAILABLE, "connection refused"))
    backoff.reset()
    assert backoff.is_news(rpc(RPCStatusCode.UNAVAILABLE, "connection refused"))


def test_backoff_grows_to_its_cap_and_starts_again() -> None:
    """From half a second to fifteen, with jitter."""
    backoff = Backoff()
    delays = [backoff.next() for _ in range(50)]
    assert FIRST_DELAY / 2 <= delays[0] <= FIRST_DELAY
    assert all(LONGEST_DELAY / 2 <= delay <= LONGEST_DELAY for delay in delays[6:])
    backoff.reset()
    assert backoff.next() <= FIRST_DELAY
