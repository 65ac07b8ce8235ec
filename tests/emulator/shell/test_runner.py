"""The runner lets time pass, ends with its call, and keeps a broken call to itself."""

import asyncio
import logging

import httpx
import pytest

from emulator.fault_policy import FaultPolicy
from emulator.shell.clock import Clock
from emulator.shell.runner import CallRunner
from tests.emulator.calls.drive import Drive


def unreachable(_request: httpx.Request) -> httpx.Response:
    """Takes every event."""
    return httpx.Response(200)


async def test_ends_with_its_call() -> None:
    """After the last event is posted nothing of the call runs any more."""
    drive = Drive()
    clock = Clock()
    async with httpx.AsyncClient(transport=httpx.MockTransport(unreachable)) as client:
        runner = CallRunner(drive.call, clock, client, drive.call._config, FaultPolicy())
        running = asyncio.create_task(runner.run())
        await asyncio.wait_for(runner.poster.first_posted.wait(), 5)
        drive.call.remote_hang_up(clock.now())
        runner.wake()
        await asyncio.wait_for(running, 5)
    assert drive.call.is_over


async def test_a_broken_call_is_logged_and_no_more(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An error in one call ends that call's task without an error."""

    def broken(_now: float) -> None:
        raise RuntimeError("broken")

    drive = Drive()
    monkeypatch.setattr(drive.call, "advance", broken)
    async with httpx.AsyncClient(transport=httpx.MockTransport(unreachable)) as client:
        runner = CallRunner(drive.call, Clock(), client, drive.call._config, FaultPolicy())
        with caplog.at_level(logging.ERROR):
            await asyncio.wait_for(runner.run(), 5)
    assert "a call broke" in caplog.text
