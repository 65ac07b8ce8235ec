"""A recorder in ACS's place, the real SDK in front of it, and a way to run an activity at any attempt."""

import base64
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from azure.communication.callautomation.aio import CallAutomationClient
from temporalio.testing import ActivityEnvironment

from activities.acs_client import AcsResource, open_client
from activities.call_automation import CallAutomationActivities
from callscribe.runtime.settings import Settings
from tests.activities.recorder import Recorder, recording

KEY = base64.b64encode(b"a throw-away key of the tests").decode()
T = TypeVar("T")


def settings_with(**changes: Any) -> Settings:
    """Settings that no environment and no `.env` file changes."""
    usual: dict[str, Any] = {
        "link_secret": "a throw-away secret",
        "public_http_url": "https://in.example/",
        "public_websocket_url": "wss://in.example",
        "cognitive_services_endpoint": "https://cog.example/",
        "source_caller_id": "+18005550100",
    }
    return Settings(_env_file=None, **{**usual, **changes})


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings that can serve a call."""
    return settings_with(home=tmp_path)


@pytest.fixture
async def acs() -> AsyncIterator[Recorder]:
    """The recorder."""
    async with recording() as recorder:
        yield recorder


@pytest.fixture
async def sdk(acs: Recorder) -> AsyncIterator[CallAutomationClient]:
    """The real SDK's client, as a worker opens it."""
    async with open_client(AcsResource(acs.url, KEY)) as client:
        yield client


@pytest.fixture
def activities(sdk: CallAutomationClient, settings: Settings) -> CallAutomationActivities:
    """The activities, on the real SDK and the recorder."""
    return CallAutomationActivities(sdk, settings)


async def perform(activity: Callable[[Any], Awaitable[T]], argument: Any, *, attempt: int = 1) -> T:
    """Run an activity as Temporal would, at a given attempt."""
    environment = ActivityEnvironment()
    environment.info = dataclasses.replace(environment.info, attempt=attempt)
    result: T = await environment.run(activity, argument)
    return result
