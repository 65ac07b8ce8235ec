"""Peers that hang: which sockets are ended for it, when, and what a peer that lives after all still gets across."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from temporalio.client import Client, WorkflowHandle
from websockets.asyncio.client import ClientConnection, connect
from websockets.frames import Frame, Opcode

from callscribe.contracts.chunks import ENDED_OUTSIDE, CloseStream
from callscribe.runtime.tls import tls
from ingest import liveness
from ingest.liveness import WatchedConnection
from ingest.main import RunningIngest, running_ingest
from ingest.outbox import WaitingChunk, WaitingClose
from ingest.vigil import BESIDE_ANOTHER, Vigil
from tests.ingest.stack import event, events_url, final, ledger, settings_for, socket_url, start_call
from tests.ingest.test_liveness import START, Clock
from tests.support.eventually import eventually

CALL = "c"


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Peers are asked for a sign of life twenty times a second."""
    monkeypatch.setattr(liveness, "PING_EVERY", 0.05)


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """No Temporal: everything stays in the outbox."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")


@asynccontextmanager
async def socket(ingest: RunningIngest, call: str = CALL) -> AsyncIterator[tuple[ClientConnection, WatchedConnection]]:
    """A socket of the call: ACS's side and ours. It ends without a word."""
    before = {each.connection for each in ingest.intake.vigil._watched}
    acs = await connect(socket_url(ingest, call), ping_interval=None)

    def ours() -> WatchedConnection | None:
        return next((each.connection for each in ingest.intake.vigil._watched if each.connection not in before), None)

    try:
        yield acs, await eventually(ours)
    finally:
        acs.transport.abort()


async def answered(ours: WatchedConnection) -> None:
    """Wait until the peer has answered a ping."""
    await eventually(lambda: ours.latency > 0)


async def hang(acs: ClientConnection, ours: WatchedConnection) -> None:
    """Let the peer's program hang, once it has answered a ping, while its kernel goes on; returns once its silence shows."""
    await answered(ours)
    acs.transport.pause_reading()
    await eventually(lambda: ours.unanswered >= 2)


def never_answers_pings(acs: ClientConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    """The peer lives, and answers everything else."""
    send = acs.protocol.send_frame

    def send_but_pongs(frame: Frame) -> None:
        if frame.opcode is not Opcode.PONG:
            send(frame)

    monkeypatch.setattr(acs.protocol, "send_frame", send_but_pongs)


async def disconnected(ingest: RunningIngest, call: str = CALL) -> None:
    """ACS says that the call is over."""
    async with httpx.AsyncClient(verify=tls()) as http:
        answer = await http.post(events_url(ingest, call), json=event("CallDisconnected", "1"))
    assert answer.status_code == 200


async def close_of(ingest: RunningIngest, clock: Clock, number: int = 0) -> CloseStream:
    """The end of the stream that opened first, or of a later one, once it is there."""

    async def found() -> CloseStream | None:
        stream = (await ingest.intake.outbox.unfinished())[0][number]
        signalled: int | None = None
        while isinstance(
            one := await ingest.intake.outbox.next_of_stream(stream, clock(), signalled=signalled), WaitingChunk
        ):
            signalled = one.chunk.seq
        return one.close if isinstance(one, WaitingClose) else None

    return await eventually(found)


@pytest.mark.usefixtures("nowhere")
async def test_a_peer_that_hangs_is_ended_with_its_call_at_its_last_sign_of_life(tmp_path: Path) -> None:
    """It has dialled anew, and the other socket is left alone."""
    clock = Clock()
    async with running_ingest(settings_for(tmp_path), now=clock) as ingest, socket(ingest) as (hangs, ours):
        await hang(hangs, ours)
        clock.now += timedelta(seconds=9)
        async with socket(ingest) as (_, living):
            await answered(living)
            await disconnected(ingest)
            close = await close_of(ingest, clock)
            assert close.closed_at == START
            assert close.reason == "connection lost (no sign of life)"
            assert close.reason.startswith(ENDED_OUTSIDE)
            assert living.is_call_over
            assert not living.is_given_up
            assert ingest.intake.measures.sockets.value() == 1


@pytest.mark.usefixtures("nowhere")
async def test_a_peer_that_hangs_is_ended_some_time_after_it_has_dialled_anew(tmp_path: Path) -> None:
    """The call goes on, and nobody has said anything."""
    clock = Clock()
    async with running_ingest(settings_for(tmp_path), now=clock) as ingest, socket(ingest) as (hangs, ours):
        await hang(hangs, ours)
        clock.now += timedelta(seconds=9)
        async with socket(ingest):
            assert (await close_of(ingest, clock)).closed_at == START
            assert ours.is_given_up
            assert ingest.intake.measures.sockets.value() == 1


@pytest.mark.usefixtures("nowhere")
async def test_who_has_not_dialled_anew_may_come_back(tmp_path: Path) -> None:
    """A socket that was there before the silence, or one of another call, proves nothing: what was held up arrives."""
    clock = Clock()
    async with (
        running_ingest(settings_for(tmp_path), now=clock) as ingest,
        socket(ingest),
        socket(ingest, "another") as (_, other),
        socket(ingest) as (hangs, ours),
    ):
        await hang(hangs, ours)
        await answered(other)
        await eventually(lambda: ours.unanswered > 2 * BESIDE_ANOTHER)
        assert not ours.is_given_up
        hangs.transport.resume_reading()
        await hangs.send(final("Back again."))
        await eventually(lambda: ingest.intake.measures.segments.value() == 1)
        await eventually(lambda: ours.unanswered < 2)


@pytest.mark.usefixtures("nowhere")
async def test_who_never_answers_pings_is_left_alone_until_the_call_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then its silence ends it; as it lives, it says so, and the socket ended then and not with its last packet."""
    clock = Clock()
    async with running_ingest(settings_for(tmp_path), now=clock) as ingest, socket(ingest) as (acs, ours):
        never_answers_pings(acs, monkeypatch)
        clock.now += timedelta(seconds=60)
        async with socket(ingest):
            await eventually(lambda: ours.unanswered > 2 * BESIDE_ANOTHER)
            assert not ours.is_given_up
            before_the_end = ours.unanswered
            await disconnected(ingest)
            assert ours.is_call_over
            assert ours.unanswered_since_the_end <= ours.unanswered - before_the_end
            close = await close_of(ingest, clock)
            assert close.closed_at == START + timedelta(seconds=60)
            assert close.reason == "closed by ingest (1001)"


@pytest.mark.usefixtures("nowhere")
async def test_late_words_count_until_a_living_peer_has_answered_the_close(tmp_path: Path) -> None:
    """It was silent for too long, and sends what it has left before it reads that its socket is ended."""
    clock, texts = Clock(), [f"Late {number}." for number in range(40)]
    async with running_ingest(settings_for(tmp_path), now=clock) as ingest, socket(ingest) as (acs, ours):
        await hang(acs, ours)
        await disconnected(ingest)
        await eventually(lambda: ours.is_given_up)
        for number, text in enumerate(texts):
            await acs.send(final(text, number))
        acs.transport.resume_reading()
        close = await close_of(ingest, clock)
        assert close.segments == len(texts)
        assert close.reason == "closed by ingest (1001)"


@pytest.mark.usefixtures("nowhere")
async def test_no_peer_is_blamed_while_nobody_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket that waits for the disk hears no pong."""
    async with running_ingest(settings_for(tmp_path)) as ingest, socket(ingest) as (acs, ours):
        await answered(ours)
        await disconnected(ingest)
        ours.transport.pause_reading()
        pinged: list[bytes] = []
        ping = ours.protocol.send_ping

        def noted(data: bytes) -> None:
            pinged.append(data)
            ping(data)

        monkeypatch.setattr(ours.protocol, "send_ping", noted)
        await eventually(lambda: len(pinged) > 2 * BESIDE_ANOTHER)
        assert ours.unanswered <= 1
        ours.transport.resume_reading()
        await acs.send(final("Heard at last."))
        await eventually(lambda: ingest.intake.measures.segments.value() == 1)
        assert not ours.is_given_up


async def test_temporal_is_asked_where_nobody_tells(client: Client, task_queue: str, tmp_path: Path) -> None:
    """The end was told to another ingest, or to none."""
    async with (
        ledger(client, task_queue),
        running_ingest(settings_for(tmp_path), client, task_queue=task_queue) as ingest,
    ):
        call, handle = await start_call(client, task_queue)
        async with socket(ingest, call) as (hangs, ours):
            await hang(hangs, ours)
            await eventually(lambda: ours.unanswered > 2 * BESIDE_ANOTHER)
            assert not ours.is_call_over, "its workflow runs"
            await handle.signal("end")
            await eventually(lambda: ours.is_given_up)
            await eventually(lambda: ingest.intake.measures.confirmed.value() == 1)


async def test_a_question_that_fails_ends_nothing(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked again, and whoever tells of the end is heard."""
    asked: list[None] = []

    async def fails(*_: object, **__: object) -> None:
        asked.append(None)
        raise RuntimeError("no answer")

    monkeypatch.setattr(WorkflowHandle, "describe", fails)
    async with running_ingest(settings_for(tmp_path), client) as ingest, socket(ingest) as (hangs, ours):
        await hang(hangs, ours)
        await eventually(lambda: len(asked) >= 2)
        assert not ours.is_call_over
        await disconnected(ingest)
        await eventually(lambda: ours.is_given_up)


async def test_ended_calls_are_not_remembered_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest of them are."""
    monkeypatch.setattr("ingest.vigil.MOST_ENDED", 2)
    vigil = Vigil(link=None)  # type: ignore[arg-type]  # nobody is asked
    for call in ("a", "b", "a", "c"):
        vigil.call_ended(call)
    assert list(vigil._ended) == ["a", "c"]
