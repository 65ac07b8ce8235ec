"""A call operated by hand, as from Temporal's web UI: commands without an argument, and words about every handler."""

from typing import Any

import pytest
from temporalio import workflow
from temporalio.client import WorkflowUpdateFailedError

from callscribe.contracts import names
from tests.workflows.conftest import Stage
from workflows.call_transcription import CallTranscription

ON_REQUEST = {"transcription": {"start": "on_request"}}


async def test_commands_need_no_argument(stage: Stage) -> None:
    """Started, paused, resumed, stopped and hung up with nothing in the field for data."""
    handle = await stage.start(ON_REQUEST)
    await stage.reaches("connected")
    for stream, start, stop in (
        ("s1", names.UPDATE_START, names.UPDATE_PAUSE),
        ("s2", names.UPDATE_RESUME, names.UPDATE_STOP),
    ):
        await handle.execute_update(start)
        await stage.acs.send_chunk(stream, 1, "Hello.")
        await handle.execute_update(stop)
        await stage.acs.close_stream(stream, 1)
    await handle.execute_update(names.UPDATE_HANG_UP)
    assert stage.acs.requests == [
        "create_call",
        "start_transcription",
        "stop_transcription",
        "start_transcription",
        "stop_transcription",
        "hang_up",
    ]
    await handle.result()


async def test_a_locale_that_was_left_out(stage: Stage) -> None:
    """The refusal says what to write, not what a function of ours lacks."""
    handle = await stage.start(ON_REQUEST)
    await stage.reaches("connected")
    with pytest.raises(WorkflowUpdateFailedError) as failed:
        await handle.execute_update(names.UPDATE_LOCALE)
    assert "write language and region, for instance 'en-US'" in str(failed.value.cause)
    await handle.execute_update(names.UPDATE_HANG_UP)
    await handle.result()


def handlers() -> list[tuple[str, Any]]:
    """Every signal, update and query of the workflow, with its name."""
    definition = workflow._Definition.must_from_class(CallTranscription)
    parts = (definition.signals, definition.updates, definition.queries)
    return [(str(name), handler) for part in parts for name, handler in part.items()]


@pytest.mark.parametrize(("name", "handler"), handlers())
def test_every_handler_says_what_it_does_and_what_it_takes(name: str, handler: Any) -> None:
    """People see it where they send it from."""
    assert ". Data: " in (handler.description or ""), name
