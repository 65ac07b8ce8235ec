"""Background work."""

import asyncio
import logging

import pytest

from ingest.web.tasks import Tasks


async def test_what_fails_is_logged_and_ends_alone(caplog: pytest.LogCaptureFixture) -> None:
    """The others go on until they are ended."""
    tasks = Tasks()
    ended = asyncio.Event()
    failed = asyncio.Event()

    async def fail() -> None:
        failed.set()
        raise RuntimeError("broken")

    async def last() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    with caplog.at_level(logging.ERROR):
        tasks.begin(last(), "last")
        tasks.begin(fail(), "fail")
        await failed.wait()
        await asyncio.sleep(0)
    assert "'fail' has failed" in caplog.text
    assert not ended.is_set()
    await tasks.end()
    assert ended.is_set()
    await tasks.end()
