"""Wait for a fact instead of sleeping for a time."""

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, overload

T = TypeVar("T")


@overload
async def eventually(
    check: Callable[[], Coroutine[Any, Any, T | None]], *, within: float = ..., every: float = ...
) -> T: ...


@overload
async def eventually(check: Callable[[], T | None], *, within: float = ..., every: float = ...) -> T: ...


async def eventually(check: Callable[[], Any], *, within: float = 20.0, every: float = 0.02) -> Any:
    """The first truthy answer of `check`, asked every `every` seconds; fails with the last answer after `within` s.

    An AssertionError inside `check` counts as "not yet", and is raised if it is the last word.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within
    while True:
        failure: AssertionError | None = None
        answer: Any = None
        try:
            asked = check()
            answer = await asked if inspect.isawaitable(asked) else asked
            if answer:
                return answer
        except AssertionError as error:
            failure = error
        if loop.time() > deadline:
            raise failure or AssertionError(f"not so within {within} s; the last answer was {answer!r}")
        await asyncio.sleep(every)
