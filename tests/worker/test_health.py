"""The worker's health check, against a real server and a real worker."""

import socket
from datetime import UTC, datetime

import pytest
from temporalio import activity
from temporalio.client import Client
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from cli.ports import free_port
from tests.support.eventually import eventually
from worker.health import FRESH, is_polling, main
from worker.main import PASSED_THROUGH
from workflows.call_transcription import CallTranscription


@activity.defn
async def nothing() -> None:
    """An activity, because a worker has one."""


async def test_a_worker_answers_for_its_machine(client: Client, task_queue: str) -> None:
    """It is at work while it polls, here and not on another machine, and no longer once it has not for long."""
    host = socket.gethostname()
    assert not await is_polling(client, host=host, now=datetime.now(UTC), task_queue=task_queue)
    restrictions = SandboxedWorkflowRunner().restrictions.with_passthrough_modules(*PASSED_THROUGH)
    async with Worker(
        client,
        task_queue=task_queue,
        workflows=[CallTranscription],
        activities=[nothing],
        workflow_runner=SandboxedWorkflowRunner(restrictions),
    ):
        await eventually(lambda: is_polling(client, host=host, now=datetime.now(UTC), task_queue=task_queue))
        now = datetime.now(UTC)
        assert not await is_polling(client, host="elsewhere", now=now, task_queue=task_queue)
        assert not await is_polling(client, host=host, now=now + FRESH, task_queue=task_queue)


def test_no_temporal_is_one_line(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """Where Temporal does not answer the check fails with a sentence."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", f"127.0.0.1:{free_port()}")
    assert main() == 1
    assert "No Temporal server answers" in capfd.readouterr().err
