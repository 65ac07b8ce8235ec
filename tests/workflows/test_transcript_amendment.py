"""The amendment of a sealed transcript: on a real store, by signals and updates as ingest sends them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from temporalio.client import Client, WorkflowHandle
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.transcript_store import TranscriptStoreActivities
from callscribe.contracts import names
from callscribe.contracts.amendment import AmendmentRequest, AmendmentResult
from callscribe.contracts.chunks import CloseStream, StreamReceipt, TranscriptChunk
from callscribe.runtime.store import TranscriptStore
from callscribe.transcript.facts import CallFacts, Counts, Interval, StreamFacts
from tests.callscribe.runtime.store.conftest import START, opening, saving, sealing, segment
from tests.support.eventually import eventually
from worker.main import PASSED_THROUGH
from workflows.transcript_amendment import TranscriptAmendment

END = START + timedelta(minutes=10)
OPEN = CallFacts(
    connected_at=START,
    ended_at=END,
    transcription=(Interval(start=START, end=END),),
    streams=(StreamFacts(id="s1", opened_at=START, mark=1, early=(3,)),),
    counts=Counts(received=2, stored=2),
)
"""Of a call whose only stream was still open when it was sealed: chunks 1 and 3 had come by then."""


@asynccontextmanager
async def amending(client: Client, task_queue: str, folder: Path) -> AsyncIterator[TranscriptStore]:
    """A worker of the amendment with a store of its own."""
    async with await TranscriptStore.open(f"sqlite+aiosqlite:///{folder / 's.sqlite'}") as store:
        transcripts = TranscriptStoreActivities(store)
        async with Worker(
            client,
            task_queue=task_queue,
            workflows=[TranscriptAmendment],
            activities=[transcripts.save_segments, transcripts.seal_transcript, transcripts.load_sealed],
            workflow_runner=SandboxedWorkflowRunner(
                SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
            ),
        ):
            yield store


async def begin(
    client: Client, task_queue: str, key: str, **limits: Any
) -> "WorkflowHandle[TranscriptAmendment, AmendmentResult]":
    """Start the amendment of call `key`."""
    return await client.start_workflow(
        TranscriptAmendment.run, AmendmentRequest(**limits), id=names.amendment_id(key), task_queue=task_queue
    )


def chunk(seq: int, position: int) -> TranscriptChunk:
    """A chunk of the stream, with one segment."""
    return TranscriptChunk(stream=opening(), seq=seq, segments=(segment(position),), sealed_at=END)


async def close(handle: Any, last_seq: int) -> StreamReceipt:
    """Say that the stream is over."""
    command = CloseStream(stream=opening(), last_seq=last_seq, segments=last_seq, closed_at=END, reason="closed by ACS")
    receipt: StreamReceipt = await handle.execute_update(names.UPDATE_CLOSE_STREAM, command, result_type=StreamReceipt)
    return receipt


async def test_goes_on_from_the_marks_of_the_sealing(client: Client, task_queue: str, tmp_path: Path) -> None:
    """What was stored before is not counted again, early chunks included; the new verdict is found from the old facts."""
    async with amending(client, task_queue, tmp_path) as store:
        await store.save(saving(segment(1), segment(3), key=task_queue))
        await store.seal(sealing(task_queue).model_copy(update={"facts": OPEN}))
        handle = await begin(client, task_queue, task_queue)
        for seq in (1, 2, 3, 4):
            await handle.signal(names.SIGNAL_CHUNK, chunk(seq, seq))
        assert (await close(handle, 4)).complete
        result = await handle.result()
        assert (result.revision, result.amended) == (2, 2)
        assert result.verdict is not None
        assert (result.verdict.kind, result.verdict.counts.stored) == ("complete", 4), result.verdict
        stored = await store.transcript(task_queue)
        assert stored is not None
        assert [each.position for each in stored.segments] == [1, 2, 3, 4]
        assert stored.verdict == result.verdict
        assert (stored.revision, stored.streams[0].close_reason) == (2, "closed by ACS")
        assert stored.participants == {"4:+14255550123": "Ada"}


async def test_repeats_alone_are_no_revision(client: Client, task_queue: str, tmp_path: Path) -> None:
    """A receipt that was lost is given again, and nothing else changes."""
    whole = OPEN.model_copy(
        update={"streams": (StreamFacts(id="s1", opened_at=START, closed_at=END, mark=2, last_seq=2),)}
    )
    async with amending(client, task_queue, tmp_path) as store:
        await store.save(saving(segment(1), segment(2), key=task_queue))
        await store.seal(sealing(task_queue).model_copy(update={"facts": whole}))
        handle = await begin(client, task_queue, task_queue)
        await handle.signal(names.SIGNAL_CHUNK, chunk(1, 1))
        assert (await close(handle, 2)).complete
        assert (await handle.result()).revision == 1
        assert (await store.sealed(task_queue)).revision == 1


async def test_the_deadline_is_absolute(client: Client, task_queue: str, tmp_path: Path) -> None:
    """A stream that never closes does not hold the amendment: it seals what there is, and the next one goes on."""
    async with amending(client, task_queue, tmp_path) as store:
        await store.seal(sealing(task_queue).model_copy(update={"facts": OPEN}))
        handle = await begin(client, task_queue, task_queue, close_timeout=timedelta(seconds=1))
        await handle.signal(names.SIGNAL_CHUNK, chunk(2, 2))
        result = await handle.result()
        assert result.verdict is not None
        assert (result.revision, result.verdict.kind, result.amended) == (2, "partial", 1)
        again = await begin(client, task_queue, task_queue, most_chunks=1)
        await again.signal(names.SIGNAL_CHUNK, chunk(4, 4))
        assert (await again.result()).amended == 2
        assert (await store.sealed(task_queue)).revision == 3


async def test_a_call_that_was_never_sealed(client: Client, task_queue: str, tmp_path: Path) -> None:
    """Its workflow was terminated: the words are stored, the stream is confirmed, and there is no verdict to change."""
    async with amending(client, task_queue, tmp_path) as store:
        handle = await begin(client, task_queue, task_queue)
        await handle.signal("no_such_signal", "x")
        await handle.signal(names.SIGNAL_CHUNK, chunk(1, 1))
        assert (await close(handle, 1)).complete
        assert await handle.result() == AmendmentResult(key=task_queue)
        stored = await store.transcript(task_queue)
        assert stored is not None
        assert (len(stored.segments), stored.verdict) == (1, None)


async def test_marks_of_a_call_that_was_never_sealed_outlive_a_run(
    client: Client, task_queue: str, tmp_path: Path
) -> None:
    """Nobody else keeps them: a stream of more chunks than one run takes is confirmed all the same."""
    async with amending(client, task_queue, tmp_path) as store:
        handle = await begin(client, task_queue, task_queue, most_chunks=2)
        for seq in range(1, 6):
            await handle.signal(names.SIGNAL_CHUNK, chunk(seq, seq))
            await eventually(partial(_has_stored, store, task_queue, seq))
        assert (await close(handle, 5)).complete
        assert await handle.result() == AmendmentResult(key=task_queue)
        described = await client.get_workflow_handle(handle.id).describe()
        assert described.run_id != handle.first_execution_run_id


async def _has_stored(store: TranscriptStore, key: str, count: int) -> bool:
    stored = await store.transcript(key)
    return stored is not None and len(stored.segments) == count


async def test_a_call_that_was_never_sealed_is_not_waited_for_for_ever(
    client: Client, task_queue: str, tmp_path: Path
) -> None:
    """A run in which nothing came ends it, though a stream never closed."""
    async with amending(client, task_queue, tmp_path):
        handle = await begin(client, task_queue, task_queue, close_timeout=timedelta(seconds=1))
        await handle.signal(names.SIGNAL_CHUNK, chunk(1, 1))
        assert await handle.result() == AmendmentResult(key=task_queue)


async def test_cancelling_seals_first(client: Client, task_queue: str, tmp_path: Path) -> None:
    """What is stored is judged before the amendment ends."""
    async with amending(client, task_queue, tmp_path) as store:
        await store.seal(sealing(task_queue).model_copy(update={"facts": OPEN}))
        handle = await begin(client, task_queue, task_queue)
        await handle.signal(names.SIGNAL_CHUNK, chunk(2, 2))
        await handle.cancel()
        assert (await handle.result()).revision == 2
