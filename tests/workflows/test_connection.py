"""Bringing a call about and ending it, on Temporal's real server."""

import pytest
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import ApplicationError

from callscribe.contracts.commands import HangUp
from callscribe.contracts.errors import ErrorType
from callscribe.contracts.status import CallResult
from callscribe.contracts.steps import CallSnapshot
from tests.support.eventually import eventually
from tests.workflows.conftest import Stage
from tests.workflows.scripted_acs import CONNECTION, ScriptedAcs, nothing
from workflows.connection import DISCONNECT_TIMEOUT

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
    stage.acs.snapshot = CallSnapshot(exists=True, state="connecting")
    handle = await stage.start({"limits": {"connect_timeout": "PT0.5S"}})
    with pytest.raises(WorkflowFailureError):
        await handle.result()
    assert stage.acs.requests == ["create_call", "get_call", "hang_up"]
    assert "did not connect within" in stage.acs.sealed[-1].result.verdict.reason


@pytest.mark.parametrize("kind", [ErrorType.UNAVAILABLE, ErrorType.THROTTLED, ErrorType.CONFLICT])
async def test_call_whose_answer_is_lost_is_hung_up_when_it_is_heard_of(stage: Stage, kind: ErrorType) -> None:
    """Dialling got no answer in time, or a refusal of a later try, yet CallConnected comes: nobody is left on the line."""

    async def no_answer(acs: ScriptedAcs) -> None:
        raise ApplicationError("no answer", {"message": "no answer"}, type=kind, non_retryable=True)

    stage.acs.on["create_call"] = no_answer
    handle = await stage.start()
    await eventually(lambda: _has_problem(stage))
    await stage.acs.send("CallConnected")
    with pytest.raises(WorkflowFailureError):
        await handle.result()
    assert stage.acs.requests == ["create_call", "hang_up"]
    assert stage.acs.calls[-1][1].call_connection_id == CONNECTION


async def _has_problem(stage: Stage) -> bool:
    return (await stage.status()).problem is not None


async def test_call_of_which_acs_says_nothing_is_hung_up(stage: Stage) -> None:
    """CallConnected stays away and ACS cannot be asked: the call fails, and if it stands, it is left all the same."""

    async def no_answer(acs: ScriptedAcs) -> None:
        raise ApplicationError("no answer", {"message": "no answer"}, type=ErrorType.UNAVAILABLE, non_retryable=True)

    stage.acs.on |= {"create_call": nothing, "get_call": no_answer}
    handle = await stage.start({"limits": {"connect_timeout": "PT0.5S"}})
    with pytest.raises(WorkflowFailureError):
        await handle.result()
    assert stage.acs.requests == ["create_call", "get_call", "hang_up"]
    assert stage.acs.sealed[-1].result.verdict.reason == "no answer"


async def test_hang_up_does_not_wait_for_a_start_that_is_not_confirmed(stage: Stage) -> None:
    """TranscriptionStarted stays away for half a minute: the hang-up is carried out at once."""
    stage.acs.on["start_transcription"] = nothing
    handle = await stage.start()
    await eventually(lambda: "start_transcription" in stage.acs.requests)
    await stage.update("hang_up", HangUp())
    assert "get_call" not in stage.acs.requests
    with pytest.raises(WorkflowFailureError):
        await handle.result()


async def test_a_hang_up_whose_event_is_lost_is_dated_from_when_it_was_taken(skipping_stage: Stage) -> None:
    """ACS, asked 20 s later, does not know the call any more: those 20 s were no part of it."""
    stage = skipping_stage
    stage.acs.on["hang_up"] = nothing
    stage.acs.snapshot = CallSnapshot(exists=False)
    handle = await stage.start({**ON_REQUEST, "limits": {"max_duration": "PT1M"}})
    result = await handle.result()
    (step,) = (each for each in result.steps if each.name == "hang up")
    assert step.finished_at is not None
    assert step.started_at <= result.ended_at <= step.finished_at - DISCONNECT_TIMEOUT
    assert "CallDisconnected did not come" in result.end_reason
