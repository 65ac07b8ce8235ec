"""Event Grid: a handshake once a webhook, then notifications; whatever goes wrong is said."""

import json

import httpx
import pytest

from emulator.shell.clock import Clock
from emulator.shell.eventgrid import EventGrid, EventGridError
from tests.emulator.test_incoming import ringing


async def test_handshake_once() -> None:
    """The second call is announced without one."""
    kinds: list[str] = []

    def webhook(request: httpx.Request) -> httpx.Response:
        kinds.append(request.headers["aeg-event-type"])
        (event,) = json.loads(request.content)
        return httpx.Response(200, json={"validationResponse": event["data"].get("validationCode")})

    async with httpx.AsyncClient(transport=httpx.MockTransport(webhook)) as client:
        grid = EventGrid(client, Clock(), "topic")
        await grid.notify("http://x/incoming", ringing())
        await grid.notify("http://x/incoming", ringing())
    assert kinds == ["SubscriptionValidation", "Notification", "Notification"]


@pytest.mark.parametrize("status", [202, 401, 500])
async def test_only_200_passes_the_handshake(status: int) -> None:
    """202 is not accepted, even with the code (protocol reference 3.9)."""

    def webhook(request: httpx.Request) -> httpx.Response:
        (event,) = json.loads(request.content)
        return httpx.Response(status, json={"validationResponse": event["data"]["validationCode"]})

    async with httpx.AsyncClient(transport=httpx.MockTransport(webhook)) as client:
        with pytest.raises(EventGridError, match=f"answered {status}"):
            await EventGrid(client, Clock(), "topic").notify("http://x/incoming", ringing())


async def test_refused_notification() -> None:
    """A webhook that passes the handshake and refuses the call."""

    def webhook(request: httpx.Request) -> httpx.Response:
        (event,) = json.loads(request.content)
        code = event["data"].get("validationCode")
        return httpx.Response(200, json={"validationResponse": code}) if code else httpx.Response(503)

    async with httpx.AsyncClient(transport=httpx.MockTransport(webhook)) as client:
        with pytest.raises(EventGridError, match="answered 503 to IncomingCall"):
            await EventGrid(client, Clock(), "topic").notify("http://x/incoming", ringing())
