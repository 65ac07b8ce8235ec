"""The worker: the process that runs workflows and activities. Everything it needs is built here and nowhere else."""

import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from typing import Any

from azure.communication.callautomation.aio import CallAutomationClient
from temporalio import activity, workflow
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import PollerBehaviorAutoscaling, Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.acs_client import AcsResource, open_client, parse_connection_string
from activities.call_automation import CallAutomationActivities
from activities.transcript_store import TranscriptStoreActivities
from activities.webhook_announcing import Announcer
from activities.webhook_sending import AT_ONCE, Sender, open_sender
from activities.webhooks import WebhookActivities
from callscribe.contracts import names
from callscribe.runtime import logs, temporal
from callscribe.runtime.attributes import SearchAttributesError, ensure_search_attributes
from callscribe.runtime.settings import Settings, SettingsError, load_settings
from callscribe.runtime.store import StoreAddressError, StoreError, TranscriptStore

GRACE = timedelta(seconds=20)
"""How long activities under way may go on after a request to stop."""
CACHED_WORKFLOWS = 2000
"""Calls kept in memory, 31 to 43 KiB each; a call beyond that is replayed at every wake-up."""
WORKFLOW_TASKS = 10
"""Workflow tasks in hand at once. They share one interpreter, and Temporal gives each of them 10 s: a new worker has to
replay every call that it is given, and a hundred replays side by side would all come too late, and all begin anew.
"""
PATIENCE_S = 60.0
"""How long to wait for Temporal at start: the two are often started together."""
PASSED_THROUGH = ("callscribe", "activities", "azure", "sqlalchemy", "phonenumbers", "pydantic_settings")
"""Modules that workflows share with the process; Temporal passes pydantic and the standard library through by itself."""

_log = logging.getLogger(__name__)


def build_worker(
    client: Client,
    settings: Settings,
    *,
    acs: CallAutomationClient,
    store: TranscriptStore,
    task_queue: str = names.TASK_QUEUE,
) -> Worker:
    """A worker with our workflows and all of their activities; the caller owns `client`, `acs` and `store`."""
    from workflows.call_transcription import CallTranscription
    from workflows.transcript_amendment import TranscriptAmendment
    from workflows.webhook_delivery import WebhookDelivery

    calls = CallAutomationActivities(acs, settings)
    public_url = settings.public_http_url if "public_http_url" in settings.model_fields_set else None
    transcripts = TranscriptStoreActivities(store, Announcer(store, settings.hooks(), public_url))
    return Worker(
        client,
        task_queue=task_queue,
        workflows=[CallTranscription, TranscriptAmendment, WebhookDelivery],
        activities=[
            calls.create_call,
            calls.connect_call,
            calls.answer_call,
            calls.get_call,
            calls.start_transcription,
            calls.update_transcription,
            calls.stop_transcription,
            calls.hang_up,
            transcripts.save_segments,
            transcripts.seal_transcript,
            transcripts.load_sealed,
        ],
        workflow_runner=SandboxedWorkflowRunner(
            restrictions=SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
        ),
        max_cached_workflows=CACHED_WORKFLOWS,
        max_concurrent_workflow_tasks=WORKFLOW_TASKS,
        workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
        activity_task_poller_behavior=PollerBehaviorAutoscaling(),
        graceful_shutdown_timeout=GRACE,
    )


def build_webhook_worker(
    client: Client,
    settings: Settings,
    *,
    store: TranscriptStore,
    sender: Sender,
    task_queue: str = names.TASK_QUEUE,
) -> Worker:
    """A worker of the activities that call webhooks, on a queue of their own: a receiver that answers slowly, or never,
    takes no place of the activities that calls wait for.
    """
    webhooks = WebhookActivities(store, settings.hooks(), sender)
    return _beside(client, names.webhook_task_queue(task_queue), (webhooks.deliver_message, webhooks.give_up_delivery))


def build_feed_worker(
    client: Client,
    settings: Settings,
    *,
    store: TranscriptStore,
    sender: Sender,
    task_queue: str = names.TASK_QUEUE,
) -> Worker:
    """A worker of the activity that follows a call for a webhook, on a queue of its own: it keeps its place for minutes,
    also where nothing is said, and no message has to wait for that.
    """
    webhooks = WebhookActivities(store, settings.hooks(), sender)
    return _beside(client, names.feed_task_queue(task_queue), (webhooks.deliver_segments,))


def _beside(client: Client, task_queue: str, activities: Sequence[Callable[..., Any]]) -> Worker:
    return Worker(
        client,
        task_queue=task_queue,
        activities=activities,
        max_concurrent_activities=AT_ONCE,
        activity_task_poller_behavior=PollerBehaviorAutoscaling(),
        graceful_shutdown_timeout=GRACE,
    )


@contextlib.asynccontextmanager
async def running_worker(
    client: Client, settings: Settings, *, task_queue: str = names.TASK_QUEUE
) -> AsyncIterator[Worker]:
    """A worker that runs while the block does, with its own client of ACS and its own store, and two beside it that call
    webhooks.

    Raises `SettingsError` for a connection string that is missing or malformed and for webhooks that are none,
    `StoreError` for an unusable store.
    """
    resource = acs_resource(settings)
    async with (
        open_client(resource) as acs,
        await TranscriptStore.open(settings.transcript_store_url) as store,
        open_sender(is_proxied=bool(settings.hooks())) as sender,
        build_webhook_worker(client, settings, store=store, sender=sender, task_queue=task_queue),
        build_feed_worker(client, settings, store=store, sender=sender, task_queue=task_queue),
        build_worker(client, settings, acs=acs, store=store, task_queue=task_queue) as worker,
    ):
        yield worker


def acs_resource(settings: Settings) -> AcsResource:
    """The ACS resource of the settings. Raises `SettingsError` that says what to set."""
    if settings.acs_connection_string is None:
        raise SettingsError(
            "CALLSCRIBE_ACS_CONNECTION_STRING is not set: use the one from the Keys page of your ACS resource, "
            "or run 'callscribe dev', which brings an emulator and sets it."
        )
    return parse_connection_string(settings.acs_connection_string.get_secret_value())


def doubtful_addresses(settings: Settings, resource: AcsResource) -> list[str]:
    """What a real ACS resource will most likely refuse: public addresses that are not `https://` and `wss://`."""
    if not resource.endpoint.startswith("https://"):
        return []
    return [
        f"ACS in Azure needs {scheme}:// and an address that it can reach: set CALLSCRIBE_{name} (now {url})"
        for name, url, scheme in (
            ("PUBLIC_HTTP_URL", settings.public_http_url, "https"),
            ("PUBLIC_WEBSOCKET_URL", settings.public_websocket_url, "wss"),
        )
        if not url.startswith(f"{scheme}://")
    ]


async def run(settings: Settings, *, task_queue: str = names.TASK_QUEUE) -> None:
    """Work until SIGTERM or SIGINT, then finish what is under way (at most `GRACE`).

    Raises `SettingsError`, `StoreError`, `SearchAttributesError` or `TemporalUnreachableError` where it cannot begin.
    """
    for sentence in doubtful_addresses(settings, acs_resource(settings)):
        _log.warning(sentence)
    for hook in settings.hooks():
        _log.info("webhook", extra={"hook": hook.name, "url": hook.shown_url, "events": ",".join(sorted(hook.events))})
    # Ids are in the records' extras, where the formatter finds them; not once more in the message.
    workflow.logger.workflow_info_on_message = False
    activity.logger.activity_info_on_message = False
    client = await temporal.connect(patience=PATIENCE_S)
    await _check_namespace(client)
    await ensure_search_attributes(client)
    # From here on there is something to finish; until here a signal may end the process as it always does.
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        async with running_worker(client, settings, task_queue=task_queue):
            _log.info("worker started", extra={"task_queue": task_queue, "temporal": temporal.address()})
            await stop.wait()
            _log.info("worker stops", extra={"grace_s": GRACE.total_seconds()})
        _log.info("worker stopped")
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


async def _check_namespace(client: Client) -> None:
    """The worker's own check ends in a traceback; this one says what to do."""
    try:
        await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=client.namespace))
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            return  # not ours to judge: a role may work in a namespace that it may not describe
        raise temporal.missing_namespace() from error


def main() -> int:
    """The process: settings, logs, work; 0 after a request to stop. Where it cannot begin, one clear line and 2 for a
    setting that is wrong, 1 for anything else.
    """
    try:
        settings = load_settings()
        logs.configure(settings.log_level, settings.log_format)
        asyncio.run(run(settings))
    except (SettingsError, StoreError, SearchAttributesError, temporal.TemporalUnreachableError) as error:
        sys.stderr.write(f"worker: {error}\n")
        return 2 if isinstance(error, SettingsError | StoreAddressError) else 1
    except KeyboardInterrupt:
        return 130
    return 0
