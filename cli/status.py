"""Asking a call where it stands: its workflow while it runs, its result or the transcript store afterwards."""

import asyncio
from datetime import timedelta
from typing import Final

from temporalio.client import RPCError, WorkflowQueryFailedError
from temporalio.service import RPCStatusCode

from callscribe.contracts import names
from callscribe.contracts.status import CallStatus
from callscribe.runtime.temporal import is_missing_namespace
from cli.errors import unknown_call
from cli.session import CallHandle

ANSWER_WITHIN: Final = timedelta(seconds=5)
"""For a query; a worker that runs needs a few milliseconds, one that replays a long call about a second."""
_NO_WORKER: Final = frozenset(
    {RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.FAILED_PRECONDITION, RPCStatusCode.CANCELLED}
)


async def known_status(handle: CallHandle) -> CallStatus | None:
    """The call's status, or `None` where no worker answers. Raises `CliError` for an unknown call."""
    try:
        async with asyncio.timeout(ANSWER_WITHIN.total_seconds() + 1):
            status: CallStatus = await handle.query(
                names.QUERY_STATUS, result_type=CallStatus, rpc_timeout=ANSWER_WITHIN
            )
            return status
    except (TimeoutError, WorkflowQueryFailedError):
        return None
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND and not is_missing_namespace(error):
            raise unknown_call(names.call_key(handle.id)) from error
        if error.status in _NO_WORKER:
            return None
        raise
