"""Callbacks: posted again while nobody takes them, given up in the end, in order."""

import asyncio
from collections.abc import Callable

import httpx

from emulator.calls.effects import PostEvent
from emulator.config import EmulatorConfig
from emulator.fault_policy import FaultPolicy
from emulator.shell.callbacks import Poster


class Desk:
    """Answers callbacks with the given statuses, the last one for ever; 0 is no answer at all."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.bodies: list[bytes] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Take one request."""
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        self.bodies.append(request.content)
        assert request.headers["content-type"].startswith("application/json")
        if status == 0:
            raise httpx.ConnectError("refused")
        return httpx.Response(status)


async def post(desk: Callable[[httpx.Request], httpx.Response], *names: str, patience: float = 60.0) -> Poster:
    """Post events of these names and wait for the end."""
    async with httpx.AsyncClient(transport=httpx.MockTransport(desk)) as client:
        poster = Poster(client, EmulatorConfig(callback_patience=patience), FaultPolicy())
        for name in names:
            await poster.add(PostEvent(url="http://x/cb", event={"type": name, "id": name}))
        await poster.finish()
        await asyncio.wait_for(poster.run(), 10)
    return poster


async def test_posted_again_until_taken() -> None:
    """A refused connection and 503 are tried again; what follows waits its turn."""
    desk = Desk(0, 503, 200)
    poster = await post(desk, "one", "two")
    assert [b'"one"' in body for body in desk.bodies] == [True, True, True, False]
    assert poster.first_posted.is_set()


async def test_given_up() -> None:
    """An answer that will not change is not asked for again; neither is one when patience has ended."""
    refused = Desk(404)
    await post(refused, "one", "two")
    assert len(refused.bodies) == 2
    unreachable = Desk(0)
    poster = await post(unreachable, "one", patience=0)
    assert len(unreachable.bodies) == 1
    assert poster.first_posted.is_set()


async def test_nothing_to_post() -> None:
    """A call without events ends all the same."""
    assert (await post(Desk(200))).first_posted.is_set()
