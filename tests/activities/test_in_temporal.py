"""Errors, delays and policies as Temporal's real server carries them out."""

import time
import uuid
from datetime import timedelta

import pytest
from temporalio import workflow
from temporalio.client import Client, WorkflowFailureError
from temporalio.exceptions import ActivityError, ApplicationError, RetryState
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities import policies
from activities.call_automation import CallAutomationActivities
from callscribe.contracts.errors import ErrorType, Problem
from callscribe.contracts.steps import CallReference, CallSnapshot
from tests.activities.recorder import CALL, Recorder, refusal


@workflow.defn
class AskForCall:
    """One activity, with its policy."""

    @workflow.run
    async def run(self, request: CallReference) -> CallSnapshot:
        """The snapshot."""
        return await workflow.execute_activity_method(
            CallAutomationActivities.get_call, request, **policies.GET_CALL.options(), summary="ask ACS for the call"
        )


async def ask(client: Client, task_queue: str, activities: CallAutomationActivities) -> CallSnapshot:
    """Run the workflow to its end."""
    async with Worker(
        client,
        task_queue=task_queue,
        workflows=[AskForCall],
        activities=[activities.get_call],
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        return await client.execute_workflow(
            AskForCall.run, CallReference(call_connection_id="c"), id=f"ask-{uuid.uuid4()}", task_queue=task_queue
        )


async def failed(client: Client, task_queue: str, activities: CallAutomationActivities) -> ActivityError:
    """The activity's error in a workflow that fails."""
    with pytest.raises(WorkflowFailureError) as caught:
        await ask(client, task_queue, activities)
    assert isinstance(caught.value.cause, ActivityError)
    return caught.value.cause


async def test_retry_after_is_kept_to(
    client: Client, task_queue: str, activities: CallAutomationActivities, acs: Recorder
) -> None:
    """The next attempt comes when ACS allows it: not after Temporal's own second."""
    acs.answer(429, refusal("8516"), {"retry-after-ms": "2500"})
    acs.answer(200, CALL)
    begun = time.monotonic()
    assert (await ask(client, task_queue, activities)).exists
    assert time.monotonic() - begun >= 2.5
    assert len(acs.received) == 2


async def test_a_wrong_key_ends_it_at_once(
    client: Client, task_queue: str, activities: CallAutomationActivities, acs: Recorder
) -> None:
    """One request; the workflow gets type and Problem, and no frames of the SDK."""
    acs.answer(401, refusal("7509", "HMAC-SHA256 validation failed"))
    error = await failed(client, task_queue, activities)
    assert error.retry_state is RetryState.NON_RETRYABLE_FAILURE
    cause = error.cause
    assert isinstance(cause, ApplicationError)
    assert cause.type == ErrorType.AUTHENTICATION
    assert Problem.model_validate(cause.details[0]).code == "7509"
    assert cause.cause is None
    assert len(acs.received) == 1


async def test_a_delay_beyond_the_budget_is_not_waited_for(
    client: Client, task_queue: str, activities: CallAutomationActivities, acs: Recorder
) -> None:
    """ACS asks for an hour, the policy allows a minute: the workflow hears of it now, with what ACS said."""
    acs.answer(429, refusal("8516", "Slow down"), {"Retry-After": str(timedelta(hours=1).seconds)})
    error = await failed(client, task_queue, activities)
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ApplicationError):
        cause = cause.__cause__
    assert isinstance(cause, ApplicationError)
    assert cause.type == ErrorType.THROTTLED
    assert len(acs.received) == 1
