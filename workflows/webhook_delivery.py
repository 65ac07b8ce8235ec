"""The `WebhookDelivery` workflow: brings one message to one webhook, or follows a call for it, segment by segment.

It outlives the call's workflow. Its activities run on task queues of their own, retried by Temporal with growing pauses
for days; what was attempted is noted in the transcript store.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Final

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities import policies
    from activities.webhooks import WebhookActivities
    from callscribe.contracts import names
    from callscribe.contracts.errors import ErrorType
    from callscribe.contracts.webhooks import DeliveryOutcome, DeliveryRequest, FeedProgress, GivenUp, WebhookEvent

PATIENCE: Final = timedelta(days=7)
"""How long to follow a call of which nothing comes and whose transcript is never sealed."""
MOST_EVENTS: Final = 2000
"""History events after which the following of a call continues as new."""


@workflow.defn(name=names.DELIVERY_WORKFLOW)
class WebhookDelivery:
    """Owns one delivery until it is made or given up."""

    @workflow.init
    def __init__(self, request: DeliveryRequest) -> None:
        self._request = request
        self._more = False
        workflow.set_current_details(f"`{request.event}` of call `{request.call}` to webhook `{request.hook}`.")

    @workflow.run
    async def run(self, request: DeliveryRequest) -> DeliveryOutcome:
        """Deliver; the answer says whether it was."""
        try:
            if request.event is WebhookEvent.SEGMENTS:
                await self._follow(request)
            else:
                await self._deliver(request)
        except (ActivityError, ApplicationError, asyncio.CancelledError) as error:
            # An attempt that was cancelled may end in another way: its worker may be gone, or it may be done just then.
            is_cancelled = is_cancelled_exception(error) or workflow.cancellation_reason() is not None
            reason = "cancelled" if is_cancelled else _reason(error)
            await self._give_up(reason)
            if is_cancelled:
                raise asyncio.CancelledError from error
            return DeliveryOutcome(id=request.id, delivered=False, reason=reason)
        return DeliveryOutcome(id=request.id, delivered=True)

    @workflow.signal(name=names.SIGNAL_MORE, description="More segments are stored, after a sealing perhaps.")
    def more(self) -> None:
        """Look once more before leaving."""
        self._more = True

    async def _deliver(self, request: DeliveryRequest) -> None:
        about = f"{request.event} to {request.hook}"
        await workflow.execute_activity_method(
            WebhookActivities.deliver_message,
            request,
            task_queue=_queue(),
            **policies.DELIVER_MESSAGE.options(),
            summary=about if request.revision is None else f"{about}, revision {request.revision}",
        )

    async def _follow(self, request: DeliveryRequest) -> None:
        """Until the transcript is sealed and all of it delivered."""
        idle_since = request.idle_since or workflow.now()
        while True:
            self._more = False
            progress = await self._follow_for_a_while(request)
            request = request.model_copy(update={"again": 0})
            if progress.over and not self._more:
                return
            if workflow.cancellation_reason() is not None:
                raise asyncio.CancelledError
            if progress.messages:
                idle_since = workflow.now()
            elif workflow.now() - idle_since > PATIENCE:
                raise ApplicationError(f"nothing came for {PATIENCE.days} days, and nothing was sealed")
            self._continue_if_due(request, idle_since)

    async def _follow_for_a_while(self, request: DeliveryRequest) -> FeedProgress:
        return await workflow.execute_activity_method(
            WebhookActivities.deliver_segments,
            request,
            task_queue=names.feed_task_queue(workflow.info().task_queue),
            heartbeat_timeout=policies.FEED_HEARTBEAT,
            # What it notes last must not come after what is noted when it is given up.
            cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
            **policies.DELIVER_SEGMENTS.options(),
            summary=f"{request.event} to {request.hook}",
        )

    def _continue_if_due(self, request: DeliveryRequest, idle_since: datetime) -> None:
        info = workflow.info()
        if info.get_current_history_length() >= MOST_EVENTS or info.is_continue_as_new_suggested():
            workflow.continue_as_new(request.model_copy(update={"idle_since": idle_since}))

    async def _give_up(self, reason: str) -> None:
        await workflow.execute_activity_method(
            WebhookActivities.give_up_delivery,
            GivenUp(id=self._request.id, reason=reason),
            task_queue=_queue(),
            **policies.GIVE_UP_DELIVERY.options(),
            summary="give up",
        )


def _queue() -> str:
    return names.webhook_task_queue(workflow.info().task_queue)


def _reason(error: BaseException) -> str:
    """Why a delivery ends in vain, in a sentence."""
    said: BaseException | None = error
    while said is not None and not isinstance(said, ApplicationError):
        said = said.__cause__  # a time-out holds the failure of the last attempt
    limit = policies.DELIVER_MESSAGE.schedule_to_close or timedelta()
    given_up = f"given up after {limit.days} days"
    if said is None:
        return given_up
    is_ours = said is error or said.type == ErrorType.WEBHOOK_REFUSED
    return said.message if is_ours else f"{given_up}: {said.message}"
