"""Answers that many want at about the same time: asked for once, and good for all of them for a while."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Shared(Generic[T]):
    """Answers to questions of one kind."""

    def __init__(self, fresh: Callable[[], float]) -> None:
        """An answer is good for as many seconds as `fresh` says."""
        self._fresh = fresh
        self._answers: dict[Hashable, tuple[float, T]] = {}
        """When each came, by the loop's clock."""
        self._asking: dict[Hashable, asyncio.Task[T]] = {}

    async def get(self, question: Hashable, ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """What `ask` answers, or has answered to an equal question, or is answering. Raises what `ask` raises."""
        known = self._answers.get(question)
        if known is not None and asyncio.get_running_loop().time() - known[0] < self._fresh():
            return known[1]
        task = self._asking.get(question)
        if task is None:
            task = self._asking[question] = asyncio.create_task(self._ask(question, ask), name="ask for everybody")
            task.add_done_callback(
                lambda done: done.cancelled() or done.exception()
            )  # somebody else's, if nobody waits
        # Shielded: one who does not wait any longer must not take the others' answer away.
        return await asyncio.shield(task)

    async def end(self) -> None:
        """Ask no more."""
        tasks = list(self._asking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _ask(self, question: Hashable, ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
        try:
            answer = await ask()
        finally:
            del self._asking[question]
        now = asyncio.get_running_loop().time()
        self._answers = {asked: known for asked, known in self._answers.items() if now - known[0] < self._fresh()}
        self._answers[question] = now, answer
        return answer
