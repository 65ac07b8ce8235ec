"""Webhooks told: each by a workflow of its own that outlives the one that began it, so that a dead receiver delays nothing.

What begins one waits only until Temporal has written down that there is one; no worker and no receiver is asked.
"""

from collections.abc import Iterable
from typing import Final

from temporalio import workflow
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import FailureError, WorkflowAlreadyStartedError
from temporalio.workflow import ChildWorkflowCancellationType, ParentClosePolicy

with workflow.unsafe.imports_passed_through():
    from callscribe.contracts import names
    from callscribe.contracts.carried import CarriedState
    from callscribe.contracts.webhooks import DeliveryRequest

_TOLD_OF_EACH: Final = "told of each"
"""Runs that have told nobody of what was stored second after a sealing go on without it."""


async def announce(call: str, hooks: Iterable[str], revision: int) -> None:
    """Have the messages about a sealed revision delivered, each once."""
    for hook in hooks:
        request = DeliveryRequest.about_revision(call, hook, revision)
        await _begin(request, WorkflowIDReusePolicy.REJECT_DUPLICATE)


async def follow(
    call: str, told: tuple[str, ...], hooks: tuple[str, ...], *, may_have_left: bool = False
) -> tuple[str, ...]:
    """Have the call followed by those webhooks that have not been `told` of it yet; returns all that have been.

    `may_have_left`: who follows leaves once the transcript is sealed and delivered, and so each time all are told.
    """
    news = tuple(hook for hook in hooks if hook not in told)
    if may_have_left and news != hooks and workflow.patched(_TOLD_OF_EACH):
        news = hooks
    for hook in news:
        await _follow(DeliveryRequest.to_follow(call, hook))
    return tuple(dict.fromkeys((*told, *news)))


def forget(state: CarriedState) -> CarriedState:
    """Before a sealing: those who follow the call may leave after it, and are told anew of whatever is stored then."""
    return state.model_copy(update={"feeds": ()}) if state.feeds else state


async def _follow(request: DeliveryRequest) -> None:
    """Begin to follow; one that does already is told that there is more, and if it has just left, it begins again."""
    while not await _begin(request, WorkflowIDReusePolicy.ALLOW_DUPLICATE):
        running = workflow.get_external_workflow_handle(request.workflow_id)
        try:
            await running.signal(names.SIGNAL_MORE)
        except FailureError:
            continue
        return


async def _begin(request: DeliveryRequest, reuse: WorkflowIDReusePolicy) -> bool:
    """Whether a workflow has begun; false where there is one already."""
    try:
        await workflow.start_child_workflow(
            names.DELIVERY_WORKFLOW,
            request,
            id=request.workflow_id,
            id_reuse_policy=reuse,
            parent_close_policy=ParentClosePolicy.ABANDON,
            cancellation_type=ChildWorkflowCancellationType.ABANDON,
            static_summary=f"{request.event} to {request.hook}",
        )
    except WorkflowAlreadyStartedError:
        return False
    return True
