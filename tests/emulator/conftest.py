"""Fixtures: a running emulator in haste, an application for it to talk to, and the real SDK between them."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any

import pytest
from azure.communication.callautomation.aio import CallAutomationClient
from azure.core.credentials import AzureKeyCredential

from emulator.client import EmulatorControl
from emulator.main import EmulatorConfig, RunningEmulator, running_emulator
from emulator.scripts import SHIPPED
from tests.emulator.receiver import Receiver, receiving

HASTY = EmulatorConfig(port=0, haste=20, speed=20, script=SHIPPED / "hello.jsonl")
Starter = Callable[..., AbstractAsyncContextManager[RunningEmulator]]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """An application of the test's own."""
    async with receiving() as received:
        yield received


@pytest.fixture
async def emulator() -> AsyncIterator[RunningEmulator]:
    """An emulator of the test's own: delays and speech twenty times quicker, three lines a call."""
    async with running_emulator(HASTY) as running:
        yield running


@pytest.fixture
async def control(emulator: RunningEmulator) -> AsyncIterator[EmulatorControl]:
    """Its control API."""
    async with EmulatorControl(emulator.endpoint) as client:
        yield client


@pytest.fixture
async def sdk_for() -> AsyncIterator[Callable[[RunningEmulator], CallAutomationClient]]:
    """Makes the real SDK's client for an emulator, without retries of its own."""
    async with AsyncExitStack() as stack:
        clients: list[CallAutomationClient] = []

        def make(running: RunningEmulator, key: str | None = None, **options: Any) -> CallAutomationClient:
            credential = AzureKeyCredential(key or running.access_key)
            client = CallAutomationClient(running.endpoint, credential, retry_total=0, **options)
            clients.append(client)
            return client

        yield make
        for client in clients:
            await stack.enter_async_context(client)


@pytest.fixture
def sdk(emulator: RunningEmulator, sdk_for: Callable[[RunningEmulator], CallAutomationClient]) -> CallAutomationClient:
    """The real SDK, connected to the emulator."""
    return sdk_for(emulator)
