"""Call Automation's HTTP face, byte by byte."""

import uuid
from email.utils import formatdate

import httpx

from callscribe.runtime.tls import tls
from emulator import auth
from emulator.main import RunningEmulator


async def signed(
    emulator: RunningEmulator, method: str, path: str, body: bytes = b"", *, headers: dict[str, str] | None = None
) -> httpx.Response:
    """A signed request, written by hand."""
    host = emulator.endpoint.removeprefix("http://")
    path = f"{path}?api-version=2026-03-12"
    date, digest = formatdate(usegmt=True), auth.content_hash(body)
    signature = auth.signature(
        auth.decode_key(emulator.access_key),
        method=method,
        path_and_query=path,
        date=date,
        host=host,
        content_hash=digest,
    )
    sign = {
        "x-ms-date": date,
        "x-ms-content-sha256": digest,
        "Authorization": f"HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={signature}",
    }
    async with httpx.AsyncClient(verify=tls()) as client:
        return await client.request(method, emulator.endpoint + path, content=body, headers=sign | (headers or {}))


async def test_errors_and_echoed_request_id(emulator: RunningEmulator) -> None:
    """The code is a text, and the client's request id comes back."""
    request_id = str(uuid.uuid4())
    answer = await signed(emulator, "GET", "/calling/callConnections/x", headers={"x-ms-client-request-id": request_id})
    assert answer.status_code == 404
    assert answer.json() == {"error": {"code": "8522", "message": "Call not found."}}
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["x-ms-client-request-id"] == request_id


async def test_bodies_that_are_no_objects(emulator: RunningEmulator) -> None:
    """400/8523."""
    for body in (b"nonsense", b"[]"):
        answer = await signed(emulator, "POST", "/calling/callConnections", body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "8523")


async def test_accepted_has_no_body(emulator: RunningEmulator) -> None:
    """202 and 204 are empty."""
    body = b'{"targets":[{"rawId":"4:+12025550147"}],"callbackUri":"http://127.0.0.1:1/"}'
    made = await signed(emulator, "POST", "/calling/callConnections", body)
    assert made.status_code == 201
    gone = await signed(emulator, "DELETE", f"/calling/callConnections/{made.json()['callConnectionId']}")
    assert (gone.status_code, gone.content) == (204, b"")


async def test_repeatability_needs_both_headers(emulator: RunningEmulator) -> None:
    """An id without its date is refused, as the specification has it."""
    body = b'{"targets":[{"rawId":"4:+12025550147"}],"callbackUri":"http://127.0.0.1:1/"}'
    answer = await signed(
        emulator, "POST", "/calling/callConnections", body, headers={"Repeatability-Request-ID": str(uuid.uuid4())}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "8523")


async def test_paths_that_are_none(emulator: RunningEmulator) -> None:
    """The recorded message of an unknown resource."""
    for method, path in (
        ("PUT", "/calling/callConnections"),
        ("POST", "/calling/callConnections:wave"),
        ("POST", "/calling/callConnections/x:wave"),
        ("GET", "/calling/callConnectionsandmore"),
        ("GET", "/calling/callConnections/x/friends"),
    ):
        answer = await signed(emulator, method, path)
        assert answer.status_code == 404
        assert answer.json()["error"]["message"].startswith("No HTTP resource was found that matches")
