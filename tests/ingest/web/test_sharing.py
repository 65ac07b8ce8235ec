"""Answers that many want at once."""

import asyncio

import pytest

from ingest.web.sharing import Shared


class Oracle:
    """Answers when it is let, with how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.let = asyncio.Event()

    async def ask(self) -> int:
        """Answer, or fail if that is asked for."""
        self.asked += 1
        number = self.asked
        await self.let.wait()
        if number == 13:
            raise ValueError("thirteen")
        return number


async def test_equal_questions_are_asked_once() -> None:
    """While they are being asked, and a while after; others are others."""
    oracle, shared = Oracle(), Shared[int](lambda: 60.0)
    waiting = [asyncio.create_task(shared.get("a", oracle.ask)) for _ in range(5)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    oracle.let.set()
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(answers[0], asyncio.CancelledError)
    assert answers[1:] == [1, 1, 1, 1]
    assert await shared.get("a", oracle.ask) == 1
    assert await shared.get("b", oracle.ask) == 2


async def test_answers_grow_old_and_failures_are_not_kept() -> None:
    """The next one asks again."""
    oracle, shared = Oracle(), Shared[int](lambda: 0.0)
    oracle.let.set()
    assert [await shared.get("a", oracle.ask) for _ in range(2)] == [1, 2]
    oracle.asked = 12
    lasting = Shared[int](lambda: 60.0)
    with pytest.raises(ValueError, match="thirteen"):
        await lasting.get("a", oracle.ask)
    assert await lasting.get("a", oracle.ask) == 14


async def test_old_answers_are_forgotten() -> None:
    """And nothing that is asked outlives the end."""
    oracle, shared = Oracle(), Shared[int](lambda: 0.0)
    oracle.let.set()
    for question in ("a", "b", "c"):
        await shared.get(question, oracle.ask)
    assert list(shared._answers) == ["c"]
    oracle.let.clear()
    waiting = asyncio.create_task(shared.get("d", oracle.ask))
    await asyncio.sleep(0)
    await shared.end()
    with pytest.raises(asyncio.CancelledError):
        await waiting
