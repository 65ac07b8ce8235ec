"""The field's failures, one test each: what ACS does wrong or leaves out, and what our transcript says of it.

Every test compares what is stored with what the emulator's sockets were handed, and the verdict with the truth.
"""

import pytest
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import ApplicationError

from callscribe.transcript.facts import GapCause, VerdictKind
from ingest import liveness, vigil
from tests.end_to_end.faulty import SCRIPT, TARGET, TEXTS, accepted, faulty, hung_up, missing, said, stored
from tests.end_to_end.stack import CallStack, Script
from tests.support.eventually import eventually


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ingest asks its peers for a sign of life ten times a second; it has to be so before the stack starts."""
    monkeypatch.setattr(liveness, "PING_EVERY", 0.1)


async def test_rejection_with_code_200(stack: CallStack) -> None:
    """A declined call: CallDisconnected and CreateCallFailed carry code 200, and it is a failure all the same."""
    await stack.plan(TARGET, outcome="declined")
    handle = await stack.start("declined")
    with pytest.raises(WorkflowFailureError) as failed:
        await handle.result()
    assert isinstance(failed.value.cause, ApplicationError)
    transcript = await stack.transcript("declined")
    assert transcript.verdict is not None
    assert transcript.verdict.kind is VerdictKind.FAILED
    assert transcript.segments == ()


@pytest.mark.parametrize("socket", ["same", "new"])
async def test_hang_up_in_mid_sentence(stack: CallStack, socket: str) -> None:
    """Results that come after CallDisconnected, the sentence that was cut short among them, are in the transcript."""
    late = {"kind": "late", "at_ms": 2000, "after": 1.0, "socket": socket}
    last = {**SCRIPT.lines[5], "duration_ms": 8000}
    handle = await faulty(stack, "mid-sentence", late, script=SCRIPT.ending(last))

    async def in_mid_sentence() -> bool:
        return (await stack.report("mid-sentence")).script.position_ms >= 2500 + 4000

    await stack.reaches("mid-sentence", "transcribing")
    await eventually(in_mid_sentence, every=0.01)
    await stack.emulator.hang_up((await stack.report("mid-sentence")).call_connection_id)
    result = await handle.result()

    async def amended() -> bool:
        return len(await stored(stack, "mid-sentence")) == len(await accepted(stack, "mid-sentence")) > 4

    await eventually(amended)
    sent = [final.text for final in await accepted(stack, "mid-sentence")]
    assert await stored(stack, "mid-sentence") == sent
    assert sent[:5] == TEXTS[:5]
    assert len(sent) == 6
    assert TEXTS[5].startswith(sent[5])
    assert len(sent[5]) < len(TEXTS[5])
    transcript = await stack.transcript("mid-sentence")
    assert transcript.verdict is not None
    assert transcript.verdict.kind is VerdictKind.COMPLETE, (transcript.verdict, result.verdict)


async def test_empty_call(stack: CallStack) -> None:
    """Nobody speaks: the verdict is empty, and says that nothing was said rather than that nothing reached us."""
    await stack.plan(TARGET, silent=True)
    handle = await stack.start("empty")
    await stack.reaches("empty", "transcribing")
    result = await hung_up(stack, "empty", handle)
    assert result.verdict.kind is VerdictKind.EMPTY
    assert result.verdict.reason.startswith("Nothing was said")
    assert result.verdict.gaps == ()


async def test_transcription_that_never_gets_a_socket(stack: CallStack) -> None:
    """TranscriptionStarted came and no socket: the transcript is empty because nothing reached us, and says so."""
    handle = await faulty(stack, "no-socket", {"kind": "no_socket", "times": 99})
    await said(stack, "no-socket")
    report = await stack.report("no-socket")
    assert report.script.delivered == 0
    result = await hung_up(stack, "no-socket", handle)
    assert result.verdict.kind is VerdictKind.EMPTY
    assert result.verdict.reason.startswith("Nothing reached us"), result.verdict
    assert result.segments == 0


async def test_a_stop_that_nobody_asked_for(stack: CallStack) -> None:
    """ACS stops transcription in mid-call: it is started again, and what was said in between is a gap that says so."""
    script = Script.of("ceases", [f"Number {number}." for number in range(40)])
    handle = await faulty(stack, "ceases", {"kind": "cease", "at_ms": 2050}, script=script)
    await said(stack, "ceases")
    report = await stack.report("ceases")
    assert (report.streams_opened, report.faults) == (2, {"cease": 1})
    result = await hung_up(stack, "ceases", handle)
    texts = await stored(stack, "ceases")
    assert texts == [final.text for final in await accepted(stack, "ceases")]
    assert texts[:4] == ["Number 0.", "Number 1.", "Number 2.", "Number 3."]
    assert texts[-1] == "Number 39."
    assert result.verdict.kind is VerdictKind.PARTIAL
    assert [gap.cause for gap in result.verdict.gaps] == [GapCause.TRANSCRIPTION_FAILED]
    assert "serviceShutdown" in result.verdict.gaps[0].note


@pytest.mark.parametrize("sends", ["new", "both"])
@pytest.mark.parametrize("replay", [0, 3])
async def test_overlapping_sockets(stack: CallStack, sends: str, replay: int) -> None:
    """A second socket while the first one is open: no word twice, none lost, and no gap."""
    overlap = {"kind": "overlap", "at_ms": 1500, "lasts": 0.6, "sends": sends, "replay": replay}
    handle = await faulty(stack, "overlap", overlap)
    await said(stack, "overlap")
    report = await stack.report("overlap")
    assert (report.streams_opened, report.faults) == (2, {"overlap": 1})
    result = await hung_up(stack, "overlap", handle)
    assert await stored(stack, "overlap") == [final.text for final in await accepted(stack, "overlap")] == TEXTS
    assert result.verdict.kind is VerdictKind.COMPLETE, result.verdict


async def test_offset_restart(stack: CallStack) -> None:
    """Offsets begin again on the same socket and subscription: order and words stay."""
    handle = await faulty(stack, "restart", {"kind": "offset_restart", "at_ms": 2050})
    await said(stack, "restart")
    sent = await accepted(stack, "restart")
    assert sent[-1].offset < sent[3].offset
    result = await hung_up(stack, "restart", handle)
    assert await stored(stack, "restart") == TEXTS
    assert result.verdict.kind is VerdictKind.COMPLETE, result.verdict


@pytest.mark.parametrize("shape", ["not_json", "truncated", "no_payload", "wrong_types", "deep", "binary"])
async def test_poison_packet(stack: CallStack, shape: str) -> None:
    """What cannot be read is kept and named in the verdict, and costs no other word."""
    handle = await faulty(stack, "poison", {"kind": "poison", "at_ms": 1450, "shape": shape})
    await said(stack, "poison")
    result = await hung_up(stack, "poison", handle)
    assert await stored(stack, "poison") == TEXTS
    assert result.verdict.kind is VerdictKind.PARTIAL
    (gap,) = result.verdict.gaps
    assert gap.cause is GapCause.UNREADABLE
    assert result.verdict.counts.unreadable == 1
    finals = sorted(segment.received_at for segment in (await stack.transcript("poison")).segments)
    assert gap.start in finals, "from the final before it"
    assert gap.end <= min(at for at in finals if at > gap.start), "to its own arrival, before the next final"


async def test_packet_of_a_kind_that_is_not_known(stack: CallStack) -> None:
    """Nothing is missing for it."""
    handle = await faulty(stack, "unknown", {"kind": "poison", "at_ms": 1450, "shape": "unknown_kind"})
    await said(stack, "unknown")
    result = await hung_up(stack, "unknown", handle)
    assert await stored(stack, "unknown") == TEXTS
    assert result.verdict.kind is VerdictKind.COMPLETE, result.verdict


async def test_oversized_packet(stack: CallStack) -> None:
    """It costs its socket; ACS comes back, and the verdict names the packet."""
    poison = {"kind": "poison", "at_ms": 1450, "shape": "oversized"}
    handle = await faulty(stack, "oversized", poison)
    await said(stack, "oversized")

    async def came_back() -> bool:
        return (await stack.report("oversized")).streams_opened == 2

    await eventually(came_back)
    result = await hung_up(stack, "oversized", handle)
    assert await stored(stack, "oversized") == [final.text for final in await accepted(stack, "oversized")]
    assert result.verdict.kind is VerdictKind.PARTIAL
    assert GapCause.UNREADABLE in {gap.cause for gap in result.verdict.gaps}


@pytest.mark.usefixtures("often")
@pytest.mark.parametrize("how", ["abort", "close", "half_open"])
@pytest.mark.parametrize("subscription", ["same", "new"])
async def test_dropped_socket_with_replay(stack: CallStack, how: str, subscription: str) -> None:
    """What comes again on the new socket is no second utterance, and no verdict waits in vain for the old one's end."""
    drop = {"kind": "drop", "at_ms": 1650, "how": how, "pause": 0.0, "replay": 3, "subscription": subscription}
    handle = await faulty(stack, "replay", drop)
    await said(stack, "replay")
    result = await hung_up(stack, "replay", handle)
    assert await stored(stack, "replay") == [final.text for final in await accepted(stack, "replay")]
    assert result.segments == (await stack.report("replay")).script.delivered
    assert GapCause.NOT_CLOSED not in {gap.cause for gap in result.verdict.gaps}, result.verdict


@pytest.mark.parametrize("how", ["abort", "close"])
async def test_time_without_a_socket_is_a_gap(stack: CallStack, how: str) -> None:
    """ACS comes back after a while, and sends nothing again: what it said in between is missing, and the verdict says when."""
    handle = await faulty(stack, "away", {"kind": "drop", "at_ms": 1450, "how": how, "pause": 0.8})
    await said(stack, "away")
    result = await hung_up(stack, "away", handle)
    texts = await stored(stack, "away")
    assert texts == [final.text for final in await accepted(stack, "away")]
    assert texts[0] == TEXTS[0]
    assert texts[-1] == TEXTS[-1]
    assert 0 < len(TEXTS) - len(texts) <= 4
    assert result.verdict.kind is VerdictKind.PARTIAL
    (gap,) = result.verdict.gaps
    assert gap.cause is GapCause.STREAM_INTERRUPTED
    assert 0.7 < (gap.end - gap.start).total_seconds() < 5


@pytest.mark.usefixtures("often")
@pytest.mark.parametrize("noticed", ["in the call", "after it"])
async def test_a_peer_that_vanishes_without_a_word(
    stack: CallStack, monkeypatch: pytest.MonkeyPatch, noticed: str
) -> None:
    """Its kernel goes on as if it were there. It has dialled anew before that is noticed: what was said in between is a
    gap, and the first verdict says so, though the first socket was open then.
    """
    if noticed == "after it":
        monkeypatch.setattr(vigil, "BESIDE_ANOTHER", 10_000)
    handle = await faulty(stack, "vanished", {"kind": "drop", "at_ms": 1000, "how": "half_open", "pause": 1.0})
    await said(stack, "vanished")

    async def ended() -> bool:
        return (await stack.status("vanished")).streams[0].closed_at is not None

    if noticed == "in the call":
        await eventually(ended)
    else:
        assert not await ended()
    result = await hung_up(stack, "vanished", handle)
    (gap,) = result.verdict.gaps
    assert gap.cause is GapCause.STREAM_INTERRUPTED
    assert 0.9 < (gap.end - gap.start).total_seconds() < 5
    assert await missing(stack, "vanished", [gap]) > 0
    assert (await stack.transcript("vanished")).revision == 1
    assert (await stack.transcript("vanished")).streams[0].close_reason == "connection lost (no sign of life)"


async def test_stall(stack: CallStack) -> None:
    """An open socket that brings nothing for a while and then everything: nothing is missing."""
    handle = await faulty(stack, "stall", {"kind": "stall", "at_ms": 1000, "lasts": 3.0})
    await said(stack, "stall")
    result = await hung_up(stack, "stall", handle)
    assert await stored(stack, "stall") == TEXTS
    assert result.verdict.kind is VerdictKind.COMPLETE, result.verdict


async def test_events_twice_swapped_and_early(stack: CallStack) -> None:
    """Every event twice, pairs swapped, the first one before the answer: one call, every word once."""
    handle = await faulty(stack, "events", duplicate_events=1, swap_events=1, event_before_response=1)
    await said(stack, "events")
    result = await hung_up(stack, "events", handle)
    assert await stored(stack, "events") == TEXTS
    assert result.verdict.kind is VerdictKind.COMPLETE, result.verdict


async def test_answers_lost_and_refused(stack: CallStack) -> None:
    """The answer to create is lost, the next requests are throttled or fail: one call, dialled once, every word."""
    rest = [
        {"how": "answer_lost", "operation": "create"},
        {"how": "refused", "status": 429, "retry_after": 1, "operation": "terminate"},
        {"how": "refused", "status": 429, "operation": "terminate"},
        {"how": "answer_lost", "operation": "terminate"},
    ]
    handle = await faulty(stack, "answers", rest=rest)
    await stack.reaches("answers", "transcribing")
    await said(stack, "answers")
    result = await hung_up(stack, "answers", handle)
    assert len(await stack.emulator.calls()) == 1
    assert (await stack.emulator.faults())[1] == {"rest_answer_lost": 2, "rest_refused": 2}
    assert await stored(stack, "answers") == TEXTS
    assert result.verdict.kind is VerdictKind.COMPLETE, result.verdict


async def test_older_offsets(stack: CallStack) -> None:
    """Offsets of before mid-2024, and a dropped socket between them: order and words stay."""
    drop = {"kind": "drop", "at_ms": 1650, "pause": 0.0, "replay": 2}
    handle = await faulty(stack, "older", drop, offset_era="A")
    await said(stack, "older")
    await hung_up(stack, "older", handle)
    assert await stored(stack, "older") == [final.text for final in await accepted(stack, "older")]
