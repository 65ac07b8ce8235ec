"""Plans find their calls, and old calls are forgotten."""

import itertools
from collections.abc import Iterator

import pytest

from emulator.calls.machine import Call
from emulator.calls.requests import Setup
from emulator.config import EmulatorConfig
from emulator.control_models import PlanRequest
from emulator.service import Service
from tests.emulator.calls.drive import START


def service(**switches: object) -> Service:
    """A service with ids in order."""
    numbers: Iterator[int] = itertools.count()
    begun: list[Call] = []
    return Service(EmulatorConfig.model_validate(switches), lambda: f"id-{next(numbers)}", begun.append)


@pytest.mark.parametrize(
    ("target", "setup"),
    [
        ("+12025550147", Setup(kind="create", callback_uri="http://x", targets=("4:+12025550147",))),
        ("4:+12025550147", Setup(kind="create", callback_uri="http://x", targets=("8:acs:r_u", "4:+12025550147"))),
        ("8:acs:r_u", Setup(kind="create", callback_uri="http://x", targets=("8:acs:r_u",))),
        ("99455010479855809", Setup(kind="connect", callback_uri="http://x", locator="99455010479855809")),
        ("*", Setup(kind="connect", callback_uri="http://x", locator="another")),
    ],
)
def test_plans(target: str, setup: Setup) -> None:
    """By telephone number, raw id, room, or for all; what a plan leaves open is as configured."""
    emulated = service(speed=7)
    emulated.plan(target, emulated.read_plan(PlanRequest(outcome="busy", silent=True)))
    call = emulated.begin(setup, "2026-03-12", START)
    assert (call.plan.outcome, call.plan.script.name, call.plan.speed) == ("busy", "silence", 7)


def test_without_a_plan_the_shipped_conversation_is_spoken() -> None:
    """Somebody who just starts it has something to watch."""
    call = service().begin(Setup(kind="create", callback_uri="http://x", targets=("4:+1",)), "2026-03-12", START)
    assert call.plan.script.name == "two-languages"


def test_server_call_ids_are_kept() -> None:
    """Connecting to a server call id yields that server call."""
    setup = Setup(kind="connect", callback_uri="http://x", locator="aHR0cHM6Ly9hcGk=")
    assert service().begin(setup, "2026-03-12", START).identity.server_call_id == "aHR0cHM6Ly9hcGk="


def test_old_calls_are_forgotten() -> None:
    """Only those that are over, oldest first."""
    emulated = service(keep_ended=2)
    setup = Setup(kind="create", callback_uri="http://x", targets=("4:+1",))
    calls = []
    for number in range(4):
        calls.append(emulated.begin(setup, "2026-03-12", START))
        if number != 1:
            calls[-1].remote_hang_up(START)
    assert list(emulated.calls.values()) == [calls[1], calls[3]]
