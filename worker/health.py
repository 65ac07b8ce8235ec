"""`python -m worker.health`: whether the worker of this machine asks Temporal for work; exit code 0 if it does.

A container has a host name of its own, so that a worker in another one does not answer for this one.
"""

import asyncio
import socket
import sys
from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import PollerInfo, TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

from callscribe.contracts import names
from callscribe.runtime import temporal
from callscribe.runtime.settings import SettingsError

FRESH = timedelta(minutes=2)
"""A poll waits for work for up to a minute, and Temporal remembers pollers for five."""


async def is_polling(client: Client, *, host: str, now: datetime, task_queue: str = names.TASK_QUEUE) -> bool:
    """Whether a worker on `host` has asked for a workflow task of ours within `FRESH`."""
    request = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=task_queue),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    )
    known = await client.workflow_service.describe_task_queue(request)
    return any(_is_ours(poller, host) and now - _last_seen(poller) < FRESH for poller in known.pollers)


def main() -> int:
    """0 if the worker of this machine is at work; 1 with a line that says what is wrong."""
    try:
        at_work = asyncio.run(_check())
    except (SettingsError, temporal.TemporalUnreachableError) as error:
        sys.stderr.write(f"worker: {error}\n")
        return 1
    if not at_work:
        sys.stderr.write(f"worker: no worker of this machine has asked for work within {FRESH.seconds} s\n")
    return 0 if at_work else 1


async def _check() -> bool:
    return await is_polling(await temporal.connect(), host=socket.gethostname(), now=datetime.now(UTC))


def _is_ours(poller: PollerInfo, host: str) -> bool:
    return poller.identity.endswith(f"@{host}")  # the SDK's own identity is <process id>@<host name>


def _last_seen(poller: PollerInfo) -> datetime:
    return poller.last_access_time.ToDatetime(tzinfo=UTC)


if __name__ == "__main__":
    sys.exit(main())
