"""The websocket door, through real sockets."""

import asyncio
import sqlite3
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from uuid import UUID

import pytest
from temporalio.client import Client
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import CloseCode, Frame, Opcode

from callscribe.contracts import links
from callscribe.contracts.chunks import ENDED_OUTSIDE, StreamOpening
from ingest.main import RunningIngest, running_ingest
from ingest.outbox import Outbox, WaitingChunk, WaitingClose
from ingest.sockets import MOST_BYTES, new_stream_id
from tests.ingest.stack import SECRET, final, intermediate, metadata, settings_for, socket_url
from tests.support.eventually import eventually


async def waiting_of(ingest: RunningIngest) -> tuple[WaitingChunk, ...]:
    """All that the outbox's only stream has to say, chunk by chunk, without a publisher that reaches anybody."""
    (stream,), _ = await ingest.intake.outbox.unfinished()
    found: list[WaitingChunk] = []
    seq = 0
    while isinstance(
        one := await ingest.intake.outbox.next_of_stream(stream, datetime.now(UTC), signalled=seq), WaitingChunk
    ):
        found.append(one)
        seq = one.chunk.seq
    return tuple(found)


async def close_of(ingest: RunningIngest) -> WaitingClose:
    """The end of the outbox's only stream."""
    await waiting_of(ingest)
    (stream,), _ = await ingest.intake.outbox.unfinished()
    found = await ingest.intake.outbox.next_of_stream(stream, datetime.now(UTC))
    assert isinstance(found, WaitingClose)
    return found


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """No Temporal: everything stays in the outbox."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")


@pytest.mark.usefixtures("nowhere")
async def test_wrong_addresses_are_refused_before_the_socket_is_accepted(tmp_path: Path) -> None:
    """A wrong key or none, another call's key, another path."""
    async with running_ingest(settings_for(tmp_path)) as ingest:
        base = ingest.websocket_url
        view = links.sign(SECRET, links.Purpose.VIEW, "a")
        other = links.sign(SECRET, links.Purpose.DELIVER, "b")
        for path, status in (
            (f"/transcription/a/{'0' * 32}", 403),
            (f"/transcription/a/{view}", 403),
            (f"/transcription/a/{other}", 403),
            ("/transcription/a", 404),
            ("/transcription/a/", 404),
            ("/", 404),
            (f"/other/b/{other}", 404),
        ):
            with pytest.raises(InvalidStatus) as refused:
                await connect(base + path)
            assert refused.value.response.status_code == status, path
        assert ingest.intake.measures.refused.value(door="websocket", status="403") == 3
        assert await ingest.intake.outbox.unfinished() == ([], [])


@pytest.mark.usefixtures("nowhere")
async def test_packets_are_kept_while_temporal_is_away(tmp_path: Path) -> None:
    """Text, binary, fragments, junk and media on one socket: finals in order, the socket stays open, ids from headers."""
    headers = {"X-MS-Call-Connection-Id": "cc-1", "x-ms-call-correlation-id": "co-1"}
    async with running_ingest(settings_for(tmp_path)) as ingest:
        async with connect(socket_url(ingest, "a/b ü") + "?via=proxy", additional_headers=headers) as acs:
            await acs.send(metadata("de-de"))
            await acs.send(final("One.", 1))
            await acs.send(final("Two.", 2).encode())
            third = final("Three.", 3)
            await acs.send(iter([third[:20], third[20:40], third[40:]]))
            await acs.send("{")
            await send_text_that_is_not_utf8(acs)
            await acs.send('{"kind":"AudioData"}')
            await acs.send(intermediate("fo"))
            await acs.send(final("Four.", 4))
            await eventually(lambda: ingest.intake.measures.segments.value() == 4)
            assert ingest.intake.measures.packets.value(kind="unreadable") == 2
            assert ingest.intake.measures.sockets.value() == 1
        close = await eventually(lambda: closed(ingest))
        assert close.call == "a/b ü"
        opening = close.close.stream
        assert (opening.call_connection_id, opening.correlation_id) == ("cc-1", "co-1")
        assert close.close.segments == 4
        assert close.close.reason == "closed by ACS (1000)"
        assert ingest.intake.measures.sockets.value() == 0


async def send_text_that_is_not_utf8(acs: ClientConnection) -> None:
    """A text frame that the protocol forbids."""
    frame = Frame(Opcode.TEXT, b'{"kind":"\xff"}')
    acs.transport.write(frame.serialize(mask=True))


async def closed(ingest: RunningIngest) -> WaitingClose | None:
    """The stream's end, once it is there."""
    (stream,), _ = await ingest.intake.outbox.unfinished()
    await waiting_of(ingest)
    found = await ingest.intake.outbox.next_of_stream(stream, datetime.now(UTC))
    return found if isinstance(found, WaitingClose) else None


@pytest.mark.usefixtures("nowhere")
async def test_a_packet_that_is_too_large_counts_as_unreadable(tmp_path: Path) -> None:
    """The socket has to end, and the transcript is to know."""
    async with running_ingest(settings_for(tmp_path)) as ingest:
        acs = await connect(socket_url(ingest, "c"), max_size=None)
        with suppress(ConnectionClosed):
            await acs.send("x" * (MOST_BYTES + 1))
        with pytest.raises(ConnectionClosed):
            await acs.recv()
        await eventually(lambda: ingest.intake.measures.sockets.value() == 0)
        chunks = await waiting_of(ingest)
        assert sum(one.chunk.unreadable for one in chunks) == 1
        assert (await close_of(ingest)).close.reason.startswith("a packet was larger")


@pytest.mark.usefixtures("nowhere")
async def test_a_lost_connection_and_an_overlapping_socket(tmp_path: Path) -> None:
    """Two sockets of one call are two streams; one that vanishes is closed as lost, the other goes on."""
    async with running_ingest(settings_for(tmp_path)) as ingest, connect(socket_url(ingest, "c")) as stays:
        vanishing = await connect(socket_url(ingest, "c"))
        await eventually(lambda: ingest.intake.measures.sockets.value() == 2)
        vanishing.transport.abort()
        await eventually(lambda: ingest.intake.measures.sockets.value() == 1)
        await stays.send(final("Still here."))
        await eventually(lambda: ingest.intake.measures.segments.value() == 1)
        first, second = (await ingest.intake.outbox.unfinished())[0]
        assert first < second, "stream ids sort by opening"


@pytest.mark.usefixtures("nowhere")
async def test_a_stream_opens_when_its_socket_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And not when it was asked for: while its opening waits for the disk nobody can speak into it, and no other stream's
    end may count on it.
    """
    asked = datetime(2026, 3, 1, 12, tzinfo=UTC)
    accepted = asked + timedelta(seconds=1.5)
    time = asked
    beside: list[object] = []

    async def waits_for_the_disk(outbox: Outbox, call: str, opening: StreamOpening) -> None:
        nonlocal time
        await open_at_once(outbox, call, opening)
        time = accepted
        await outbox.alive(accepted)
        (other,) = {*(await outbox.unfinished())[0]} - {opening.id}
        await outbox.close_stream(other, closed_at=asked, reason="closed by ACS (1000)")
        found = await outbox.next_of_stream(other, accepted, signalled=1)
        assert isinstance(found, WaitingClose)
        beside.append(found.close.beside)
        with closing(sqlite3.connect(f"file:{outbox_path}?mode=ro", uri=True)) as db:
            left = db.execute("SELECT touched_at FROM streams WHERE id = ?", (opening.id,)).fetchone()
        assert datetime.fromisoformat(left[0]) == asked, "one that is never accepted ends as it began"

    open_at_once = Outbox.open_stream
    settings = settings_for(tmp_path)
    outbox_path = settings.outbox_path
    async with running_ingest(settings, now=lambda: time) as ingest:
        await ingest.intake.outbox.open_stream("c", StreamOpening(id="other", opened_at=asked))
        await ingest.intake.outbox.accept_stream(StreamOpening(id="other", opened_at=asked))
        monkeypatch.setattr(Outbox, "open_stream", waits_for_the_disk)
        async with connect(socket_url(ingest, "c")) as acs:
            await acs.send(final("Hello."))
            await eventually(lambda: ingest.intake.measures.segments.value() == 1)
        assert beside == [()]
        await ingest.intake.outbox.forget("other")
        chunks = [each.chunk for each in await waiting_of(ingest)]
        assert {chunk.stream.opened_at for chunk in chunks} == {accepted}
        assert [len(chunk.segments) for chunk in chunks][-1] == 1


@pytest.mark.usefixtures("nowhere")
async def test_stopping_closes_sockets_as_going_away(tmp_path: Path) -> None:
    """1001, and the stream's end is on disk for the next start."""
    settings = settings_for(tmp_path)
    async with running_ingest(settings) as ingest:
        acs = await connect(socket_url(ingest, "c"))
        await acs.send(final("Last words."))
        await eventually(lambda: ingest.intake.measures.segments.value() == 1)
    with pytest.raises(ConnectionClosed) as ended:
        await acs.recv()
    assert ended.value.rcvd is not None
    assert ended.value.rcvd.code == CloseCode.GOING_AWAY
    async with running_ingest(settings) as ingest:
        assert sum(len(one.chunk.segments) for one in await waiting_of(ingest)) == 1
        assert (await close_of(ingest)).close.reason == "closed by ingest (1001)"


@pytest.mark.usefixtures("nowhere")
async def test_a_closed_outbox_turns_sockets_away(tmp_path: Path) -> None:
    """What cannot be made durable is not accepted in silence: 503 at the door, 1011 in mid-stream."""
    async with running_ingest(settings_for(tmp_path)) as ingest:
        async with connect(socket_url(ingest, "c")) as acs:
            await eventually(lambda: ingest.intake.measures.sockets.value() == 1)
            await ingest.intake.outbox.__aexit__()
            await acs.send(final("Cannot be kept."))
            with pytest.raises(ConnectionClosed) as ended:
                await acs.recv()
            assert ended.value.rcvd is not None
            assert ended.value.rcvd.code == CloseCode.INTERNAL_ERROR
        with pytest.raises(InvalidStatus) as refused:
            await connect(socket_url(ingest, "c"))
        assert refused.value.response.status_code == HTTPStatus.SERVICE_UNAVAILABLE
        assert ingest.intake.measures.segments.value() == 0


@pytest.mark.usefixtures("nowhere")
async def test_the_opening_is_durable_before_the_peer_may_send(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed at any moment after its handshake, a socket has left a trace that the verdict can go by."""
    async with running_ingest(settings_for(tmp_path)) as ingest:
        may_commit, open_stream, others = asyncio.Event(), ingest.intake.outbox.open_stream, handshakes()

        async def slowly(call: str, opening: StreamOpening) -> None:
            await may_commit.wait()
            await open_stream(call, opening)

        monkeypatch.setattr(ingest.intake.outbox, "open_stream", slowly)
        dialling = asyncio.create_task(connect(socket_url(ingest, "c")).__aenter__())
        await eventually(lambda: ingest.intake.measures.sockets.value() == 0 and len(handshakes() - others) == 1)
        assert not dialling.done()
        may_commit.set()
        acs = await dialling
        (chunk,) = await waiting_of(ingest)
        opening = chunk.chunk.stream
        assert opening.listening_since == ingest.intake.started_at
        assert opening.listening_since <= opening.opened_at
        await acs.close()


def handshakes() -> set[str]:
    """Sockets that were begun and are not over, of any ingest in this process."""
    return {task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith("handshake ")}


@pytest.mark.usefixtures("nowhere")
async def test_a_peer_that_is_gone_before_its_handshake_is_over_leaves_a_closed_stream(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody else would ever close it."""
    async with running_ingest(settings_for(tmp_path)) as ingest:
        may_commit, open_stream, others = asyncio.Event(), ingest.intake.outbox.open_stream, handshakes()

        async def slowly(call: str, opening: StreamOpening) -> None:
            await may_commit.wait()
            await open_stream(call, opening)

        monkeypatch.setattr(ingest.intake.outbox, "open_stream", slowly)
        dialling = asyncio.create_task(connect(socket_url(ingest, "c")).__aenter__())
        await eventually(lambda: len(handshakes() - others) == 1)
        dialling.cancel()
        may_commit.set()
        await eventually(lambda: not handshakes() - others)
        assert (await close_of(ingest)).close.reason.startswith(ENDED_OUTSIDE)


@pytest.mark.usefixtures("nowhere")
async def test_a_disk_that_refused_breaks_off_the_listening(tmp_path: Path) -> None:
    """A socket may have been turned away meanwhile: the next one says that ingest has listened only since then."""
    async with running_ingest(settings_for(tmp_path)) as ingest:
        writer = ingest.intake.outbox._writer
        writer.failing = "disk full"
        writer.recovered()
        async with connect(socket_url(ingest, "c")):
            (chunk,) = await waiting_of(ingest)
        assert writer.sound_since is not None
        assert chunk.chunk.stream.listening_since == writer.sound_since > ingest.intake.started_at


async def test_many_sockets_at_once(client: Client, tmp_path: Path) -> None:
    """A hundred sockets with twenty finals each share the fsyncs."""
    async with running_ingest(settings_for(tmp_path), client) as ingest:

        async def speak(number: int) -> None:
            async with connect(socket_url(ingest, f"crowd-{number}")) as acs:
                for offset in range(20):
                    await acs.send(final(f"{number}-{offset}", offset))

        await asyncio.gather(*(speak(number) for number in range(100)))
        await eventually(lambda: ingest.intake.measures.segments.value() == 2000)


def test_stream_ids_are_uuid7() -> None:
    """Version 7, in the order of their time."""
    now = datetime(2026, 1, 2, tzinfo=UTC)
    ids = [new_stream_id(now + timedelta(milliseconds=number)) for number in range(100)]
    assert ids == sorted(ids)
    assert {UUID(one).version for one in ids} == {7}
    assert {UUID(one).variant for one in ids} == {"specified in RFC 4122"}
