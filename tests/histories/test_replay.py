"""Every kept history is replayed: the cheap proof that a change does not break calls in flight."""

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from callscribe.contracts import names
from tests.histories.record import KEPT, SCENES
from worker.main import PASSED_THROUGH
from workflows.call_transcription import CallTranscription
from workflows.transcript_amendment import TranscriptAmendment


@pytest.fixture(params=sorted(KEPT.glob("*.json")), ids=lambda path: path.stem)
def history(request: pytest.FixtureRequest) -> WorkflowHistory:
    """One kept history after the other."""
    kept: Path = request.param
    return WorkflowHistory.from_json(names.workflow_id(kept.stem), kept.read_text())


async def test_replays(history: WorkflowHistory) -> None:
    """The workflow, as it is now, makes the same commands from the same events."""
    replayer = Replayer(
        workflows=[CallTranscription, TranscriptAmendment],
        data_converter=pydantic_data_converter,
        workflow_runner=SandboxedWorkflowRunner(SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)),
    )
    await replayer.replay_workflow(history)


@pytest.mark.parametrize("scene", [scene.__name__ for scene in SCENES])
def test_every_scene_has_its_histories(scene: str) -> None:
    """A scene without a kept history proves nothing."""
    assert list(KEPT.glob(f"{scene}-*.json")), "run 'python -m tests.histories.record'"
