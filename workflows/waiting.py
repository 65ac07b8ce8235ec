"""Waiting durably, with an end."""

from collections.abc import Callable
from datetime import timedelta

from temporalio import workflow


async def until(condition: Callable[[], bool], within: timedelta | None = None, summary: str | None = None) -> bool:
    """Wait durably for `condition`; False if `within` passes first."""
    try:
        await workflow.wait_condition(
            condition,
            timeout=max(within, timedelta(0)) if within is not None else None,
            timeout_summary=summary,
        )
    except TimeoutError:
        return False
    return True
