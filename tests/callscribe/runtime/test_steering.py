"""Commands to running calls, through real Temporal."""

import pytest
from temporalio.client import Client, WorkflowUpdateFailedError

from callscribe.contracts import names
from callscribe.contracts.commands import Pause, UpdateLocale
from callscribe.runtime import steering
from tests.ingest.web import stage


async def test_a_command_and_its_outcomes(client: Client, task_queue: str) -> None:
    """Done, refused with the reason, or still under way."""
    async with stage.stage(client, task_queue):
        _, handle = await stage.call(client, task_queue)
        done = await steering.send(handle, names.UPDATE_PAUSE, Pause(), within=10)
        assert (done.transcription, done.note) == ("paused", "So.")
        with pytest.raises(WorkflowUpdateFailedError):
            await steering.send(handle, names.UPDATE_LOCALE, UpdateLocale(locale="tlh-QO"), within=10)
        with pytest.raises(steering.StillUnderWayError, match="has taken 'update_locale'"):
            await steering.send(handle, names.UPDATE_LOCALE, UpdateLocale(locale="la-VA"), within=0.1)
        await handle.signal("end")
        await handle.result()
        with pytest.raises(steering.CallOverError, match="is over"):
            await steering.send(handle, names.UPDATE_PAUSE, Pause(), within=10)
        nobody = client.get_workflow_handle("call-nobody")
        with pytest.raises(steering.UnknownCallError, match="no call 'nobody'"):
            await steering.send(nobody, names.UPDATE_PAUSE, Pause(), within=10)


async def test_without_a_worker(client: Client, task_queue: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The call is there, and nobody takes the command."""
    monkeypatch.setattr(steering, "ACCEPTED_WITHIN", 0.3)
    _, handle = await stage.call(client, task_queue)
    with pytest.raises(steering.NoWorkerError, match="No worker answers"):
        await steering.send(handle, names.UPDATE_PAUSE, Pause(), within=10)
    await handle.terminate()
