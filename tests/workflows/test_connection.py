"""Bringing a call about and ending it, on Temporal's real server."""

import pytest
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import ApplicationError

from callscribe.contracts.commands import HangUp
from callscribe.contracts.errors import ErrorType
from callscribe.contracts.status import CallResult
from tests.workflows.conftest import Stage
from tests.workflows.scripted_acs import ScriptedAcs, nothing

ON_REQUEST = {"transcription": {"start": "on_request"}}
ROOM = {"origin": {"kind": "connect", "room_id": "99"}}


async def test_rejected_call_fails_with_a_verdict_though_its_code_is_200(stage: Stage) -> None:
    """A callee who declines comes as CreateCallFailed with code 200: a failed call, never a success."""

    async def declined(acs: ScriptedAcs) -> None:
        await acs.send("CallDisconnected", code=200, sub_code=5002, message="The conversation has ended.")
        await acs.send("CreateCallFailed", code=200, sub_code=5002, message="The conversation has ended.")

    stage.acs.on["create_call"] = declined
    handle = await stage.start()
    with pytest.raises(WorkflowFailureError) as failed:
        await handle.result()
    cause = failed.value.cause
    assert isinstance(cause, ApplicationError)
    assert cause.type == ErrorType.CALL_FAILED
    result = CallResult.model_validate(cause.details[0])
    assert result.verdict.kind == "failed"
    assert "5002" in result.verdict.reason or "conversation has ended" in result.verdict.reason
    assert stage.acs.sealed[-1].result.verdict.kind == "failed"


async def test_no_call_connected_but_acs_says_so(stage: Stage) -> None:
    """The event stays away beyond its deadline; asked, ACS says connected: the call goes on, and the problem is noted."""
    stage.acs.on["create_call"] = nothing
    await stage.start({"limits": {"connect_timeout": "PT0.5S"}, **ON_REQUEST})
    status = await stage.reaches("connected")
    assert status.problem is not None
    assert "public HTTP address" in status.problem.advice
    await stage.update("hang_up", HangUp())


async def test_call_that_never_connects_is_hung_up(stage: Stage) -> None:
    """Beyond the deadline ACS still says connecting: the call is hung up, and failed with the reason."""
    stage.acs.on["create_call"] = nothing
    from callscribe.contracts.steps import CallSnapshot

    stage.acs.snapshot = CallSnapshot(exists=True, state="connecting")
    handle = await stage.start({"limits": {"connect_timeout": "PT0.5S"}})
    with pytest.raises(WorkflowFailureError):
        await handle.result()
    assert stage.acs.requests == ["create_call", "get_call", "hang_up"]
    assert "did not connect within" in stage.acs.sealed[-1].result.verdict.reason
