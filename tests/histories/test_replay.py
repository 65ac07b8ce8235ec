"""Every kept history is replayed: the cheap proof that a change does not break calls in flight."""

import json
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from tests.histories.record import KEPT, SCENES, WITH_WEBHOOKS
from worker.main import PASSED_THROUGH
from workflows.call_transcription import CallTranscription
from workflows.transcript_amendment import TranscriptAmendment
from workflows.webhook_delivery import WebhookDelivery


@pytest.fixture(params=sorted(KEPT.glob("*.json")), ids=lambda path: path.stem)
def history(request: pytest.FixtureRequest) -> WorkflowHistory:
    """One kept history after the other."""
    kept: Path = request.param
    text = kept.read_text()
    began = json.loads(text)["events"][0]["workflowExecutionStartedEventAttributes"]
    return WorkflowHistory.from_json(began["workflowId"], text)  # what a call begins is named after the call


async def test_replays(history: WorkflowHistory) -> None:
    """The workflow, as it is now, makes the same commands from the same events."""
    replayer = Replayer(
        workflows=[CallTranscription, TranscriptAmendment, WebhookDelivery],
        data_converter=pydantic_data_converter,
        workflow_runner=SandboxedWorkflowRunner(SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)),
    )
    await replayer.replay_workflow(history)


@pytest.mark.parametrize("scene", [scene.__name__ for scene in (*SCENES, *WITH_WEBHOOKS)])
def test_every_scene_has_its_histories(scene: str) -> None:
    """A scene without a kept history proves nothing."""
    assert list(KEPT.glob(f"{scene}-*.json")), "run 'python -m tests.histories.record'"
