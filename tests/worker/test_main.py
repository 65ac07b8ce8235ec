"""The worker: what it registers, how it begins, how it ends; as a process, as people run it."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

from activities import policies
from activities.acs_client import open_client
from activities.webhook_sending import open_sender
from callscribe.contracts import names
from callscribe.runtime.settings import Settings, SettingsError
from callscribe.runtime.store import TranscriptStore
from cli.ports import free_port
from tests.support.eventually import eventually
from tests.support.temporal_server import environment_of
from worker.main import (
    GRACE,
    WORKFLOW_TASKS,
    acs_resource,
    build_feed_worker,
    build_webhook_worker,
    build_worker,
    doubtful_addresses,
    running_worker,
)

PROJECT = Path(__file__).resolve().parents[2]
CONNECTION = "endpoint=http://127.0.0.1:1;accesskey=c2VjcmV0"


def environment(home: Path, **changes: str) -> dict[str, str]:
    """A process's environment without any configuration of ours but the given one; the folder is made."""
    home.mkdir(exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CALLSCRIBE_", "TEMPORAL_"))}
    return {**kept, "CALLSCRIBE_HOME": str(home), "PYTHONPATH": str(PROJECT), **changes}


@asynccontextmanager
async def process(home: Path, **changes: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`python -m worker`, killed at the end of the block if it still runs."""
    variables = environment(home, **changes)
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "worker",
        env=variables,
        cwd=home,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        yield running
    finally:
        if running.returncode is None:
            running.kill()
        await running.communicate()


async def test_it_registers_what_the_workflow_calls(client: Client, task_queue: str, tmp_path: Path) -> None:
    """The workflows by their names, each activity that has a policy, and the limits of the process."""
    settings = Settings.model_validate({"home": tmp_path, "acs_connection_string": CONNECTION})
    async with (
        open_client(acs_resource(settings)) as acs,
        await TranscriptStore.open("sqlite://") as store,
        open_sender() as sender,
    ):
        config = build_worker(client, settings, acs=acs, store=store, task_queue=task_queue).config()
        beside = build_webhook_worker(client, settings, store=store, sender=sender, task_queue=task_queue).config()
        feeds = build_feed_worker(client, settings, store=store, sender=sender, task_queue=task_queue).config()
    all_three = [activity for each in (config, beside, feeds) for activity in each.get("activities", ())]
    options = (name for name, value in vars(policies).items() if isinstance(value, policies.ActivityOptions))
    assert {activity.__name__ for activity in all_three} == {name.lower() for name in options} - {
        "save_segments_at_once"
    }
    assert {workflow.__name__ for workflow in config.get("workflows", ())} == {
        names.WORKFLOW,
        names.AMENDMENT_WORKFLOW,
        names.DELIVERY_WORKFLOW,
    }
    assert {activity.__name__ for activity in beside.get("activities", ())} == {
        "deliver_message",
        "give_up_delivery",
    }
    assert {activity.__name__ for activity in feeds.get("activities", ())} == {"deliver_segments"}
    queues = names.webhook_task_queue(task_queue), names.feed_task_queue(task_queue)
    assert (beside.get("task_queue"), feeds.get("task_queue")) == queues
    assert len({*queues, task_queue}) == 3
    assert config.get("graceful_shutdown_timeout") == GRACE
    assert config.get("max_concurrent_workflow_tasks") == WORKFLOW_TASKS
    assert config.get("task_queue") == task_queue


async def test_it_polls_while_its_block_runs(
    client: Client, task_queue: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Temporal sees a poller of workflows and one of activities; afterwards store and client are closed. A proxy that no
    webhook could be sent through matters to nobody where there is none.
    """
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    settings = Settings.model_validate({"home": tmp_path, "acs_connection_string": CONNECTION})

    async def polled(kind: TaskQueueType.ValueType) -> bool:
        answer = await client.workflow_service.describe_task_queue(
            DescribeTaskQueueRequest(
                namespace=client.namespace, task_queue=TaskQueue(name=task_queue), task_queue_type=kind
            )
        )
        return bool(answer.pollers)

    async with running_worker(client, settings, task_queue=task_queue):
        for kind in (TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY):
            await eventually(lambda kind=kind: polled(kind))  # type: ignore[misc]  # a default binds the loop's value
    assert (tmp_path / "transcripts.sqlite").exists()


def test_without_a_connection_string() -> None:
    """What to set, for a real resource and for the emulator."""
    with pytest.raises(SettingsError, match=r"CALLSCRIBE_ACS_CONNECTION_STRING is not set.*emulator"):
        acs_resource(Settings(_env_file=None))


def test_addresses_that_azure_cannot_use() -> None:
    """Told at the start of a worker for a real resource, not for the emulator."""
    real = {"acs_connection_string": "endpoint=https://r.communication.azure.com/;accesskey=c2VjcmV0"}
    local = Settings.model_validate(real)
    told = doubtful_addresses(local, acs_resource(local))
    assert ["PUBLIC_HTTP_URL" in told[0], "PUBLIC_WEBSOCKET_URL" in told[1], len(told)] == [True, True, 2]
    public = Settings.model_validate(
        {**real, "public_http_url": "https://t.example", "public_websocket_url": "wss://t.example"}
    )
    assert doubtful_addresses(public, acs_resource(public)) == []
    emulated = Settings.model_validate({"acs_connection_string": CONNECTION})
    assert doubtful_addresses(emulated, acs_resource(emulated)) == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "CALLSCRIBE_ACS_CONNECTION_STRING is not set"),
        ({"CALLSCRIBE_ACS_CONNECTION_STRING": "nonsense"}, "CALLSCRIBE_ACS_CONNECTION_STRING has a part without '='"),
        ({"CALLSCRIBE_LOG_LEVEL": "loud"}, "CALLSCRIBE_LOG_LEVEL"),
        (
            {"CALLSCRIBE_ACS_CONNECTION_STRING": CONNECTION, "CALLSCRIBE_WEBHOOKS": '[{"name": "crm", "url": "x"}]'},
            "CALLSCRIBE_WEBHOOKS webhook 'crm': 'url' is no address",
        ),
        (
            {"CALLSCRIBE_ACS_CONNECTION_STRING": CONNECTION, "TEMPORAL_ADDRESS": "http://127.0.0.1:1"},
            "TEMPORAL_ADDRESS",
        ),
    ],
)
async def test_it_cannot_begin(tmp_path: Path, changes: dict[str, str], says: str) -> None:
    """One line that says what to set, exit code 2 as for every setting that is wrong, no traceback."""
    async with process(tmp_path / "home", **changes) as worker:
        output, _ = await asyncio.wait_for(worker.communicate(), timeout=60)
        lines = output.decode().splitlines()
    assert worker.returncode == 2
    assert [line for line in lines if says in line] == lines
    assert lines[0].startswith("worker: ")


async def test_a_store_or_namespace_that_is_not_there(client: Client, tmp_path: Path) -> None:
    """The same for a database that does not answer, which no setting can help, for a kind of database that cannot be, and
    for a namespace that Temporal does not know.
    """
    temporal = {**environment_of(client), "CALLSCRIBE_ACS_CONNECTION_STRING": CONNECTION}
    for name, changes, code, says in (
        ("store", {"CALLSCRIBE_STORE_URL": f"postgresql://u@127.0.0.1:{free_port()}/d"}, 1, "transcript store"),
        ("kind", {"CALLSCRIBE_STORE_URL": "mysql://x"}, 2, "of the kind 'mysql'"),
        ("namespace", {"TEMPORAL_NAMESPACE": "nowhere"}, 2, "namespace 'nowhere'"),
    ):
        async with process(tmp_path / name, **(temporal | changes)) as worker:
            output, _ = await asyncio.wait_for(worker.communicate(), timeout=60)
        assert worker.returncode == code, output.decode()
        assert says in output.decode().splitlines()[-1]
        assert "Traceback" not in output.decode()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_stops_when_it_is_told_to(client: Client, tmp_path: Path, number: signal.Signals) -> None:
    """It says that it has started, and ends with 0 soon after the signal."""
    changes = {**environment_of(client), "CALLSCRIBE_ACS_CONNECTION_STRING": CONNECTION}
    async with process(tmp_path / "home", **changes) as worker:
        assert worker.stdout is not None
        while b"worker started" not in (line := await asyncio.wait_for(worker.stdout.readline(), timeout=60)):
            assert line, "the worker ended before it started"
        worker.send_signal(number)
        output, _ = await asyncio.wait_for(worker.communicate(), timeout=30)
        assert worker.returncode == 0, output.decode()
        assert b"worker stopped" in output
