"""Words that come after the call's workflow has ended: the transcript is amended, and judged anew."""

from datetime import timedelta

from temporalio.client import WorkflowExecutionStatus
from websockets.asyncio.client import connect

from callscribe.contracts import links, names
from callscribe.contracts.amendment import AmendmentResult
from callscribe.contracts.commands import HangUp
from callscribe.runtime.store import StoredTranscript
from callscribe.transcript.facts import GapCause
from tests.end_to_end.stack import CallStack
from tests.ingest.stack import final, metadata
from tests.support.eventually import eventually


def socket_of(stack: CallStack, key: str) -> str:
    """Where ACS connects for the call."""
    return links.transcription_url(stack.settings.public_websocket_url, stack.settings.secret(), key)


async def amended_by(stack: CallStack, key: str, segments: int) -> StoredTranscript:
    """The transcript, once a revision is sealed in which so many segments came late and every stream is closed: where a
    machine is slow, others come before it, each true of its time.
    """

    async def sealed() -> StoredTranscript | None:
        stored = await stack.store.transcript(key)
        verdict = stored.verdict if stored else None
        if verdict is None or verdict.counts.amended != segments:
            return None
        return None if GapCause.NOT_CLOSED in {gap.cause for gap in verdict.gaps} else stored

    found: StoredTranscript = await eventually(sealed, within=40.0)
    return found


async def nothing_waits(stack: CallStack) -> None:
    """Wait until the outbox has forgotten every stream."""

    async def empty() -> bool:
        waiting = await stack.ingest.intake.outbox.waiting()
        return waiting.streams == waiting.events == waiting.set_aside == 0

    await eventually(empty, within=40.0)


async def test_a_socket_that_outlives_its_call(stack: CallStack) -> None:
    """The drain deadline passes while a socket is open: what it brings afterwards is revision 2, with a verdict of its own."""
    await stack.plan("+12025550147", silent=True)
    handle = await stack.start("outlived", limits={"drain_timeout": timedelta(seconds=2)})
    await stack.reaches("outlived", "transcribing")
    async with connect(socket_of(stack, "outlived")) as acs:
        await acs.send(metadata())
        await acs.send(final("Before the end.", 0))
        await eventually(lambda: stored(stack, "outlived", 1))
        await stack.update("outlived", "hang_up", HangUp())
        first = await handle.result()
        assert first.verdict.kind == "partial", first.verdict
        assert [gap.cause for gap in first.verdict.gaps] == ["stream not closed in time"]
        for number in range(1, 61):
            await acs.send(final(f"After the end {number}.", number * 10_000_000))
        await eventually(lambda: spoken(stack, "outlived", 61))
    amended = await amended_by(stack, "outlived", 60)
    assert [segment.text for segment in amended.segments][1:] == [f"After the end {n}." for n in range(1, 61)]
    assert amended.result is not None
    assert amended.verdict is not None
    assert amended.verdict.kind == "complete", amended.verdict
    assert "Amended: 60 segments" in amended.verdict.reason
    assert (amended.verdict.counts.stored, amended.verdict.counts.amended, amended.result.segments) == (61, 60, 61)
    assert (amended.revision >= 2, amended.state) == (True, "sealed")
    await nothing_waits(stack)
    amendment = stack.client.get_workflow_handle(names.amendment_id("outlived"), result_type=AmendmentResult)
    assert (await amendment.result()).revision == amended.revision
    assert (await handle.describe()).status is WorkflowExecutionStatus.COMPLETED


async def test_a_socket_that_opens_after_the_end_and_another_one(stack: CallStack) -> None:
    """Each amendment goes on from what the one before it sealed: nothing is counted twice."""
    await stack.plan("+12025550147", silent=True)
    handle = await stack.start("twice")
    await stack.reaches("twice", "transcribing")
    await stack.update("twice", "hang_up", HangUp())
    assert (await handle.result()).verdict.kind == "empty"
    for number in (1, 2):
        async with connect(socket_of(stack, "twice")) as acs:
            await acs.send(final(f"Late {number}.", number))
        amended = await amended_by(stack, "twice", number)
        assert amended.verdict is not None
        assert amended.revision > number
        assert amended.verdict.counts.stored == len(amended.segments) == number
        await nothing_waits(stack)
    assert stack.ingest.intake.measures.late.value(what="stream") == 2


async def stored(stack: CallStack, key: str, segments: int) -> bool:
    """Whether the workflow has stored so many segments."""
    return (await stack.status(key)).segments >= segments


async def spoken(stack: CallStack, key: str, segments: int) -> bool:
    """Whether the store has so many segments, sealed or not."""
    return len((await stack.transcript(key)).segments) >= segments
