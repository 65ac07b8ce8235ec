"""The control API over plain HTTP: errors have one shape, and say which field is wrong."""

from typing import Any

import httpx
import pytest

from callscribe.runtime.tls import tls
from emulator.main import RunningEmulator


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code", "message"),
    [
        ("PUT", "/emulator/plans/*", '{"sped": 2}', 400, "invalid_request", "sped: Extra inputs are not permitted"),
        ("PUT", "/emulator/plans/*", '{"outcome": "x"}', 400, "invalid_request", "outcome: Input should be 'answer'"),
        ("PUT", "/emulator/plans/*", "nonsense", 400, "invalid_request", "Invalid JSON"),
        ("PUT", "/emulator/faults", '{"rest": [{"status": 200}]}', 400, "invalid_request", "rest.0.status"),
        ("POST", "/emulator/incoming", "{}", 400, "invalid_request", "from: Field required"),
        ("POST", "/emulator/calls/x/say", "{}", 400, "invalid_request", "participant: Field required"),
        ("GET", "/emulator/calls/x", "", 404, "8522", "Call not found."),
    ],
)
async def test_errors(
    emulator: RunningEmulator, method: str, path: str, body: str, status: int, code: str, message: str
) -> None:
    """`{"error": {"code", "message"}}`."""
    async with httpx.AsyncClient(verify=tls(), base_url=emulator.endpoint) as client:
        answer = await client.request(method, path, content=body)
    error: dict[str, Any] = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    assert error["message"].startswith(message)


async def test_plans_and_faults_are_taken(emulator: RunningEmulator) -> None:
    """204, with a telephone number in the path as it is."""
    async with httpx.AsyncClient(verify=tls(), base_url=emulator.endpoint) as client:
        assert (await client.put("/emulator/plans/4:+12025550147", json={"speed": 2})).status_code == 204
        assert (await client.put("/emulator/faults", json={"swap_events": True})).status_code == 204
        faults = (await client.get("/emulator/faults")).json()
    assert faults["faults"]["swap_events"] == 1
    assert emulator.switchboard.faults.faults.swap_events
