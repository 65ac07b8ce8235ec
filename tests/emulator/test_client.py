"""The client of the control API: one error type, with the emulator's own words."""

from pathlib import Path

import pytest

from emulator.client import EmulatorControl, EmulatorError
from emulator.control_models import IncomingRequest, PlanRequest, SayRequest
from emulator.scripts import SHIPPED


async def test_unknown_call(control: EmulatorControl) -> None:
    """404/8522 for everything one can ask of a call."""
    for asked in (
        control.call("x/y"),
        control.sent("x"),
        control.hang_up("x"),
        control.say("x", SayRequest(participant="4:+1", text="hm")),
    ):
        with pytest.raises(EmulatorError) as refused:
            await asked
        assert refused.value.status == 404


async def test_bad_plans(control: EmulatorControl) -> None:
    """What is wrong with a script is said with its line, by text and by path."""
    with pytest.raises(EmulatorError, match="script:1: not JSON") as refused:
        await control.plan("*", PlanRequest(script="x"))
    assert refused.value.code == "invalid_script"
    with pytest.raises(EmulatorError, match=r"nowhere\.jsonl: the call script cannot be read"):
        await control.plan("*", PlanRequest(script_path=Path("nowhere.jsonl")))
    await control.plan("*", PlanRequest(script_path=SHIPPED / "hello.jsonl"))


async def test_webhook_that_is_not_there(control: EmulatorControl) -> None:
    """An incoming call needs somebody to tell."""
    with pytest.raises(EmulatorError, match=r"http://127\.0\.0\.1:1/ cannot be reached") as refused:
        await control.incoming(
            IncomingRequest(caller="+12025550162", callee="+12025550147", notify="http://127.0.0.1:1/")
        )
    assert refused.value.code == "webhook_failed"


async def test_nobody_answers() -> None:
    """The message says how to start one."""
    async with EmulatorControl("http://127.0.0.1:1") as control:
        with pytest.raises(EmulatorError, match=r"No emulator answers at http://127\.0\.0\.1:1") as refused:
            await control.healthz()
    assert (refused.value.status, refused.value.code) == (0, "unreachable")
