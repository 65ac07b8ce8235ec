"""Telling a running call what to do: one update of its workflow, made once however often it is repeated on the way."""

import asyncio
import uuid
from typing import Any, Final

from pydantic import BaseModel
from temporalio.client import (
    RPCError,
    WorkflowHandle,
    WorkflowUpdateHandle,
    WorkflowUpdateRPCTimeoutOrCancelledError,
    WorkflowUpdateStage,
)
from temporalio.service import RPCStatusCode

from callscribe.contracts import names
from callscribe.contracts.commands import CommandResult
from callscribe.runtime.temporal import is_missing_namespace

ACCEPTED_WITHIN: Final = 8.0
"""Seconds for a worker to take a command; a worker that runs needs a few milliseconds."""
_PASSING: Final = frozenset(
    {
        RPCStatusCode.UNAVAILABLE,
        RPCStatusCode.RESOURCE_EXHAUSTED,
        RPCStatusCode.ABORTED,
        RPCStatusCode.FAILED_PRECONDITION,
    }
)
"""What a call answers in the moment in which its workflow continues as new; the last one if something new came just then."""


class SteeringError(Exception):
    """A command has not reached its call, or its outcome is not known; the message says which, in a sentence."""


class UnknownCallError(SteeringError):
    """There is no such call."""


class CallOverError(SteeringError):
    """The call is over: there is nothing left to steer."""


class NoWorkerError(SteeringError):
    """No worker takes the command."""


class StillUnderWayError(SteeringError):
    """The call has taken the command, and not finished it in time: it goes on with it."""


async def send(handle: WorkflowHandle[Any, Any], update: str, argument: BaseModel, *, within: float) -> CommandResult:
    """Send an update; returns where the call stands after it, within so many seconds.

    Raises `WorkflowUpdateFailedError` for a refusal, `SteeringError`, or `RPCError` where Temporal does not answer.
    """
    try:
        async with asyncio.timeout(ACCEPTED_WITHIN):
            accepted = await _accepted(handle, update, argument)
    except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
        raise _nobody() from error
    try:
        async with asyncio.timeout(within):
            return await accepted.result()
    except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
        raise StillUnderWayError(f"The call has taken '{update}' but not finished it within {within:.0f} s.") from error


async def _accepted(
    handle: WorkflowHandle[Any, Any], update: str, argument: BaseModel
) -> WorkflowUpdateHandle[CommandResult]:
    update_id = str(uuid.uuid4())  # one for all attempts: it happens once
    pause = 0.1
    for attempt in range(6):
        try:
            return await handle.start_update(
                update,
                argument,
                id=update_id,
                wait_for_stage=WorkflowUpdateStage.ACCEPTED,
                result_type=CommandResult,
            )
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND and not is_missing_namespace(error):
                raise await _over(handle) from error
            if error.status not in _PASSING or attempt == 5:
                raise
        await asyncio.sleep(pause)
        pause = min(pause * 2, 1.0)
    raise _nobody()


async def _over(handle: WorkflowHandle[Any, Any]) -> SteeringError:
    """Why an update finds nobody: the call never was, or it has ended."""
    key = names.call_key(handle.id)
    try:
        await handle.describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return UnknownCallError(f"There is no call '{key}'.")
        raise
    return CallOverError(f"Call '{key}' is over: there is nothing left to steer.")


def _nobody() -> NoWorkerError:
    return NoWorkerError(f"No worker answers on task queue '{names.TASK_QUEUE}'.")
