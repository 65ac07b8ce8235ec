"""Start a call from your own Python, and wait for its verdict. Needs a running stack: `make dev`."""

import asyncio
import sys

from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from callscribe.contracts import names
from callscribe.contracts.call import CallRequest, CreateCall, PhoneNumber, TranscriptionSettings
from callscribe.contracts.status import CallResult
from callscribe.runtime.processes import leave
from callscribe.runtime.temporal import connect


async def main() -> None:
    """Dial a number; sent again with the same key, this joins the call instead of dialling twice."""
    client = await connect()
    call = await client.start_workflow(
        names.WORKFLOW,
        CallRequest(
            origin=CreateCall(targets=(PhoneNumber(value="+12025550147"),), source_caller_id="+18005550100"),
            transcription=TranscriptionSettings(locale="en-US"),
            participants={"4:+12025550147": "Dana"},
        ),
        id=names.workflow_id("order-4711"),
        task_queue=names.TASK_QUEUE,
        id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        static_summary="Call to …0147 · en-US",
        result_type=CallResult,
    )
    result = await call.result()
    sys.stdout.write(f"{result.verdict.kind}: {result.segments} segments. {result.verdict.reason}\n")


if __name__ == "__main__":
    asyncio.run(main())
    leave(0)  # not through the interpreter's end, where a thread of Temporal's SDK may still wait for it
