"""Waiting durably, with an end."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from temporalio import workflow


async def until(condition: Callable[[], bool], within: timedelta | None = None, summary: str | None = None) -> bool:
    """Wait durably for `condition`; False if `within` passes first.

    Not by `wait_condition`'s own time-out: that is `asyncio.wait_for`, whose steps Python 3.12 changed, and a call that
    began under one Python must replay under the next.
    """
    if within is None:
        await workflow.wait_condition(condition)
        return True
    if condition():
        return True
    if within <= timedelta(0):
        return False
    timer = asyncio.create_task(workflow.sleep(within, summary=summary))
    await workflow.wait_condition(lambda: condition() or timer.done())
    met = condition()
    timer.cancel()
    return met


async def breathe() -> None:
    """Go on in another activation, by a timer that is over at once: one that takes two seconds is taken for stuck, however
    many tasks share it.
    """
    await workflow.sleep(timedelta(milliseconds=1), summary="let other calls have their turn")
