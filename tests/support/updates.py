"""Send an update as a patient client does."""

import asyncio
import uuid
from typing import Any

from temporalio.client import WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode


async def patient_update(handle: WorkflowHandle[Any, Any], name: str, command: Any, id_: str | None = None) -> Any:
    """The update's answer. A workflow task that fails because something new came while its run gave way to the next one
    turns updates away with FAILED_PRECONDITION; under the same id the next attempt is the same update.
    """
    id_ = id_ or str(uuid.uuid4())
    for _ in range(20):
        try:
            return await handle.execute_update(name, command, id=id_)
        except RPCError as error:
            if error.status is not RPCStatusCode.FAILED_PRECONDITION:
                raise
        await asyncio.sleep(0.1)
    raise AssertionError(f"{handle.id} never takes {name}")
