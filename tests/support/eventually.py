"""Wait for a fact instead of sleeping for a time."""

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, overload

from temporalio.service import RPCError

T = TypeVar("T")
SOONEST, RAREST = 0.02, 0.25
"""Seconds between two questions, at first and at most."""


@overload
async def eventually(
    check: Callable[[], Coroutine[Any, Any, T | None]], *, within: float = ..., every: float | None = ...
) -> T: ...


@overload
async def eventually(check: Callable[[], T | None], *, within: float = ..., every: float | None = ...) -> T: ...


async def eventually(check: Callable[[], Any], *, within: float = 45.0, every: float | None = None) -> Any:
    """The first truthy answer of `check`; fails with the last answer after `within` s. It is asked every `every` seconds;
    unset, after 0.02 s and then ever more rarely, up to four times a second: what is waited for needs the processor too.

    An AssertionError inside `check` counts as "not yet", and is raised if it is the last word; and so does an RPCError:
    a Temporal or a worker that is busy, or just starting, refuses what it answers a moment later.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within
    pause = SOONEST if every is None else every
    while True:
        failure: AssertionError | RPCError | None = None
        answer: Any = None
        try:
            asked = check()
            answer = await asked if inspect.isawaitable(asked) else asked
            if answer:
                return answer
        except (AssertionError, RPCError) as error:
            failure = error
        if loop.time() > deadline:
            raise failure or AssertionError(f"not so within {within} s; the last answer was {answer!r}")
        await asyncio.sleep(pause)
        pause = min(pause * 1.2, RAREST) if every is None else every
