"""What to do when Temporal did not take something: by far most often, try again."""

import random
from enum import Enum
from typing import Final

from temporalio.client import WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.service import RPCError, RPCStatusCode

FIRST_DELAY: Final = 0.5
LONGEST_DELAY: Final = 15.0


class Decision(Enum):
    """What becomes of a message that was not taken."""

    RETRY = "retry"
    """The same message again, after a pause, for ever."""
    LATE = "late"
    """Its workflow is over: a stream amends the transcript, an event changes nothing any more."""
    ABSENT = "absent"
    """Temporal knows no such workflow: not yet, or, long after its call, no more."""
    REFUSED = "refused"
    """Temporal will never take it: keep it, do not send it, say so loudly."""


def decide(error: Exception) -> tuple[Decision, str]:
    """What to do about `error`, and a short name for its kind (a metric's label)."""
    if isinstance(error, RPCError):
        return _of_rpc(error), error.status.name.lower()
    if isinstance(error, TimeoutError | WorkflowUpdateRPCTimeoutOrCancelledError):
        return Decision.RETRY, "timeout"
    if isinstance(error, WorkflowUpdateFailedError):
        return Decision.RETRY, "update_failed"
    return Decision.RETRY, "other"


def _of_rpc(error: RPCError) -> Decision:
    message = error.message.lower()
    if error.status is RPCStatusCode.NOT_FOUND and "already completed" in message:
        return Decision.LATE
    if error.status is RPCStatusCode.NOT_FOUND and "workflow not found" in message:
        return Decision.ABSENT
    # A run that has its 10,000 signals takes no more until a worker has worked them off and continued as new.
    if error.status is RPCStatusCode.INVALID_ARGUMENT and "limit for signal" not in message:
        return Decision.REFUSED
    return Decision.RETRY


class Backoff:
    """Pauses between attempts: doubling from 0.5 s to 15 s, each shortened by chance by up to a half."""

    def __init__(self) -> None:
        self.attempts = 0
        self._reason = ""

    def is_news(self, error: Exception) -> bool:
        """Whether this is another reason than that of the attempt before."""
        told = f"{type(error).__name__}: {error}"
        changed, self._reason = told != self._reason, told
        return changed

    def next(self) -> float:
        """Seconds to wait before the next attempt."""
        longest = min(LONGEST_DELAY, FIRST_DELAY * float(2 ** min(self.attempts, 10)))
        self.attempts += 1
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing

    def reset(self) -> None:
        """It worked: begin with short pauses the next time."""
        self.attempts = 0
        self._reason = ""
