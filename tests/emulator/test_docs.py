"""docs/emulator.md stays true: every switch with its default, every route, every field of the control API."""

from pathlib import Path
from typing import Literal, get_args, get_origin

import httpx
import pytest
from pydantic import BaseModel

from callscribe.runtime.tls import tls
from emulator import control_models, faults
from emulator.calls.machine import REJECTIONS
from emulator.main import EmulatorConfig, RunningEmulator
from emulator.rest import NOT_EMULATED
from emulator.shell.control import control_routes

PAGE = (Path(__file__).resolve().parent.parent.parent / "docs" / "emulator.md").read_text(encoding="utf-8")


def shown(default: object) -> str:
    """A default as the page's tables write it."""
    if default is None:
        return "unset"
    if default == ():
        return "none"
    return str(default).lower() if isinstance(default, bool) else str(default)


def choices(annotation: object) -> list[object]:
    """The values that a field may have, where it has a choice of them."""
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    return [value for part in get_args(annotation) for value in choices(part)]


@pytest.mark.parametrize(
    "model",
    [
        EmulatorConfig,
        control_models.PlanRequest,
        faults.Faults,
        faults.RestFault,
        faults.Drop,
        faults.Overlap,
        faults.Stall,
        faults.OffsetRestart,
        faults.Poison,
        faults.Fail,
        faults.Cease,
        faults.NoSocket,
        faults.Late,
    ],
)
def test_every_switch_with_its_default(model: type[BaseModel]) -> None:
    """Each field has its row, the row is as the code is, and it names every value that there is to choose from."""
    for name, field in model.model_fields.items():
        if name == "kind":
            assert f"`{field.default}`: " in PAGE
        else:
            assert f"| `{name}` | {shown(field.default)} | {field.description} |" in PAGE
            assert [value for value in choices(field.annotation) if f"`{value}`" not in str(field.description)] == []


def test_every_field_of_requests() -> None:
    """Fields of incoming calls and of say are named."""
    for model in (control_models.IncomingRequest, control_models.SayRequest):
        for name, field in model.model_fields.items():
            assert f"`{field.alias or name}`" in PAGE


def test_every_control_route(emulator: RunningEmulator) -> None:
    """Each route has its row, and no row names a route that is not there."""
    written = {
        f"{method} {route.path.replace(':path', '')}"
        for route in control_routes(emulator.switchboard)
        for method in (route.methods or set()) - {"HEAD"}
    }
    rows = {row.split("`")[1] for row in PAGE.splitlines() if row.startswith(("| `GET ", "| `POST ", "| `PUT "))}
    assert rows == written


def test_every_outcome() -> None:
    """The outcomes that a plan may name."""
    assert all(f"`{outcome}`" in PAGE for outcome in (*REJECTIONS, "answer"))


def test_every_row_of_the_coverage_table_says_how_it_is_known() -> None:
    """Recorded, documented or guessed."""
    coverage = PAGE.split("## Coverage")[1]
    rows = [row for row in coverage.splitlines() if row.startswith("| ") and not row.startswith("| Behaviour")]
    assert len(rows) > 30
    for row in rows:
        assert any(word in row.rsplit("|", 2)[1] for word in ("recorded", "documented", "guessed", "accepts")), row


async def test_what_is_called_not_emulated_is_refused(emulator: RunningEmulator) -> None:
    """Nothing on that list is a route by accident."""
    assert not NOT_EMULATED & {"startTranscription", "stopTranscription", "updateTranscription", "terminate"}
    async with httpx.AsyncClient(verify=tls(), base_url=emulator.endpoint) as client:
        assert (await client.get("/recording")).status_code == 404
