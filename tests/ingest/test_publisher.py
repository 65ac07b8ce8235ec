"""The publisher, against a real Temporal server: everything arrives, once it is there, in order."""

import asyncio
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode
from websockets.asyncio.client import connect

from callscribe.contracts import names
from callscribe.contracts.chunks import CallEvent, CloseStream, StreamReceipt
from callscribe.runtime.tls import tls
from callscribe.transcript.model import Segment
from ingest import publisher as publishing
from ingest.chunking import WaitingChunk, WaitingClose, WaitingEvent
from ingest.inspection import inspect, redeliver
from ingest.main import running_ingest
from ingest.outbox import Outbox, Waiting
from ingest.publisher import IN_FLIGHT, _Closing
from ingest.sending import send_chunk, send_event
from tests.ingest.stack import (
    book_of,
    event,
    events_url,
    final,
    ledger,
    metadata,
    settings_for,
    socket_url,
    start_call,
)
from tests.ingest.test_outbox import NOW, opening, segment
from tests.support.eventually import eventually

A_MOMENT = 0.2
"""Seconds in which one too many would come."""


async def test_a_call_arrives_whole(client: Client, task_queue: str, tmp_path: Path) -> None:
    """Packets and events of one call: in order, without a gap; then the outbox forgets the stream."""
    async with ledger(client, task_queue), running_ingest(settings_for(tmp_path), client) as ingest:
        call, handle = await start_call(client, task_queue)
        async with httpx.AsyncClient(verify=tls()) as http, connect(socket_url(ingest, call)) as acs:
            posted = await http.post(events_url(ingest, call), json=[event("CallConnected", "1"), 7, event("X", "2")])
            assert posted.status_code == 200
            await acs.send(metadata())
            for number in range(120):
                await acs.send(final(f"Sentence {number}.", number))
                if number == 60:
                    await acs.send("not a packet")
            await eventually(lambda: arrived(handle, 120))
        await eventually(lambda: nothing_waits(ingest.intake.outbox))
        book = await book_of(handle)
        (stream,) = book.positions
        assert book.positions[stream] == list(range(1, 121))
        assert book.texts == [f"Sentence {number}." for number in range(120)]
        assert [seq for _, seq in book.chunks] == list(range(1, len(book.chunks) + 1))
        assert len(book.chunks) < 60, "under load chunks grow"
        assert book.unreadable == 1
        assert book.events == ["1", "2"]
        assert book.closed == {stream: "closed by ACS (1000)"}
        assert ingest.intake.measures.confirmed.value() == 1
        await handle.signal("end")


async def test_what_was_left_goes_on_after_a_restart(client: Client, task_queue: str, tmp_path: Path) -> None:
    """Words taken while Temporal was away, by a process that is gone, arrive later; the open stream is closed."""
    settings = settings_for(tmp_path)
    now = datetime.now(UTC)
    call, handle = await start_call(client, task_queue)
    async with Outbox(settings.outbox_path, now=now) as outbox:
        await outbox.open_stream(call, opening())
        for position in range(1, 131):
            await outbox.append_final(segment(position))
        await outbox.append_event(call, CallEvent(id="e", type="CallConnected", received_at=now))
    async with ledger(client, task_queue), running_ingest(settings, client) as ingest:
        await eventually(lambda: nothing_waits(ingest.intake.outbox))
        book = await book_of(handle)
        assert book.positions == {"s1": list(range(1, 131))}
        assert [seq for _, seq in book.chunks] == [1, 2, 3, 4]
        assert book.closed == {"s1": "ingest restarted"}
        assert book.events == ["e"]
        await handle.signal("end")


async def test_a_chunk_that_the_workflow_lost_is_sent_again(client: Client, task_queue: str, tmp_path: Path) -> None:
    """A stream is forgotten only when the workflow has every chunk; what is missing is sent again."""
    async with ledger(client, task_queue), running_ingest(settings_for(tmp_path), client) as ingest:
        call, handle = await start_call(client, task_queue, context="forgetful")
        async with connect(socket_url(ingest, call)) as acs:
            await acs.send(final("One."))
            await eventually(lambda: ingest.intake.measures.chunks_sent.value() >= 2)
            await acs.send(final("Two."))
        await eventually(lambda: nothing_waits(ingest.intake.outbox))
        assert (await book_of(handle)).texts == ["One.", "Two."]
        await handle.signal("end")


async def test_a_start_may_lag_behind_its_first_socket(client: Client, task_queue: str, tmp_path: Path) -> None:
    """Nothing is given up while the workflow is not there yet."""
    ingest_settings = settings_for(tmp_path)
    async with ledger(client, task_queue), running_ingest(ingest_settings, client) as ingest:
        call, early = "early-" + task_queue, ingest.intake
        await early.outbox.open_stream(call, opening("lag").model_copy(update={"opened_at": datetime.now(UTC)}))
        early.publisher.stream_changed("lag")
        await eventually(lambda: early.measures.retries.value(why="not_found") >= 1)
        assert (await early.outbox.waiting()).set_aside == 0
        assert early.measures.late.value(what="stream") == 0
        waiting = inspect(ingest_settings.outbox_path).calls[0].streams[0]
        assert waiting.why_not is not None
        assert "not found" in waiting.why_not


async def test_a_workflow_that_is_long_gone_is_amended(client: Client, task_queue: str, tmp_path: Path) -> None:
    """Temporal has forgotten the call by now: its words still reach the transcript, and its events are of no use."""
    async with (
        ledger(client, task_queue),
        running_ingest(settings_for(tmp_path), client, task_queue=task_queue) as ingest,
    ):
        call, intake = "gone-" + task_queue, ingest.intake
        await intake.outbox.open_stream(call, opening("gone"))
        await intake.outbox.append_final(segment(1, "gone"))
        await intake.outbox.close_stream("gone", closed_at=datetime.now(UTC), reason="done")
        await intake.outbox.append_event(call, CallEvent(id="e", type="CallConnected", received_at=opening().opened_at))
        intake.publisher.stream_changed("gone")
        intake.publisher.events_changed(call)
        await eventually(lambda: nothing_waits(intake.outbox))
        book = await book_of(client.get_workflow_handle(names.amendment_id(call)))
        assert book.texts == ["Hello."]
        assert book.closed == {"gone": "done"}


async def test_what_comes_late_amends(client: Client, task_queue: str, tmp_path: Path) -> None:
    """After the workflow's end a stream goes to the amendment, which confirms it; events are dropped, and counted."""
    async with (
        ledger(client, task_queue),
        running_ingest(settings_for(tmp_path), client, task_queue=task_queue) as ingest,
    ):
        call, handle = await start_call(client, task_queue)
        await handle.signal("end")
        await handle.result()
        measures = ingest.intake.measures
        async with connect(socket_url(ingest, call)) as acs, httpx.AsyncClient(verify=tls()) as http:
            await acs.send(final("Too late."))
            assert (await http.post(events_url(ingest, call), json=event("CallDisconnected", "1"))).status_code == 200
            await eventually(lambda: measures.late.value(what="stream") == 1 and measures.late.value(what="event") == 1)
            await eventually(lambda: measures.segments.value() == 1)
        await eventually(lambda: nothing_waits(ingest.intake.outbox))
        assert (await book_of(client.get_workflow_handle(names.amendment_id(call)))).texts == ["Too late."]
        assert (await ingest.intake.outbox.waiting()).set_aside == 0


async def test_what_is_set_aside_is_sent_again_when_somebody_says_so(
    client: Client, task_queue: str, tmp_path: Path
) -> None:
    """Another process clears the mark in the file; the running ingest notices, and delivers."""
    settings = settings_for(tmp_path)
    async with ledger(client, task_queue), running_ingest(settings, client) as ingest:
        call, handle = await start_call(client, task_queue)
        outbox, now = ingest.intake.outbox, datetime.now(UTC)
        await outbox.open_stream(call, opening("aside"))
        await outbox.append_final(segment(1, "aside"))
        await outbox.close_stream("aside", closed_at=now, reason="done")
        await outbox.set_stream_aside("aside", "refused: too large", now)
        await outbox.append_event(call, CallEvent(id="e", type="CallConnected", received_at=now))
        (await outbox.next_event(call))
        await outbox.set_event_aside(1, "refused: too large", now)
        assert (await outbox.waiting()).set_aside == 2
        assert redeliver(settings.outbox_path, call) == (1, 1)
        await eventually(lambda: nothing_waits(outbox))
        book = await book_of(handle)
        assert (book.texts, book.events) == (["Hello."], ["e"])
        await handle.signal("end")


async def test_many_streams_share_fairly(client: Client, task_queue: str, tmp_path: Path) -> None:
    """Eighty calls at once, more than may be in flight, all arrive."""
    async with ledger(client, task_queue), running_ingest(settings_for(tmp_path), client) as ingest:
        calls = await asyncio.gather(*(start_call(client, task_queue) for _ in range(80)))
        outbox, publisher = ingest.intake.outbox, ingest.intake.publisher

        async def speak(call: str) -> None:
            await outbox.open_stream(call, opening(call))
            for position in range(1, 11):
                spoken: Segment = segment(position, call)
                await outbox.append_final(spoken)
                publisher.stream_changed(call)
            await outbox.close_stream(call, closed_at=datetime.now(UTC), reason="done")
            publisher.stream_changed(call)

        await asyncio.gather(*(speak(call) for call, _ in calls))
        await eventually(lambda: nothing_waits(outbox), within=60)
        for call, handle in calls:
            assert (await book_of(handle)).positions == {call: list(range(1, 11))}
            await handle.signal("end")


class Slow:
    """A Temporal that answers nothing before `open` is set, and counts what waits there."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.inside = self.most = 0

    async def answer(self, *_given: object, **_options: object) -> None:
        """Wait for the answer."""
        self.inside += 1
        self.most = max(self.most, self.inside)
        try:
            await self.open.wait()
        finally:
            self.inside -= 1


async def test_so_much_is_in_flight_and_no_more(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The signals of eighty streams and twenty calls' events take turns, and so do the closes, which stop no signal."""
    signals, closes = Slow(), Slow()

    async def confirm(_client: Client, waiting: WaitingClose, *_given: object, **_options: object) -> StreamReceipt:
        await closes.answer()
        return StreamReceipt(mark=waiting.close.last_seq, complete=True)

    monkeypatch.setattr(publishing, "send_chunk", signals.answer)
    monkeypatch.setattr(publishing, "send_event", signals.answer)
    monkeypatch.setattr(publishing, "ask_receipt", confirm)
    async with running_ingest(settings_for(tmp_path), client) as ingest:
        outbox, publisher, measures = ingest.intake.outbox, ingest.intake.publisher, ingest.intake.measures
        now = datetime.now(UTC)
        for number in range(80):
            await outbox.open_stream(f"call-{number}", opening(f"s{number}"))
            await outbox.close_stream(f"s{number}", closed_at=now, reason="done")
            publisher.stream_changed(f"s{number}")
        for number in range(20):
            await outbox.append_event(f"call-{number}", CallEvent(id="e", type="CallConnected", received_at=now))
            publisher.events_changed(f"call-{number}")
        await eventually(lambda: signals.inside >= min(IN_FLIGHT, 100))
        await asyncio.sleep(A_MOMENT)
        signals.open.set()
        await eventually(lambda: measures.chunks_sent.value() == 80 and measures.events_sent.value() == 20)
        await eventually(lambda: closes.inside >= min(IN_FLIGHT, 80))
        await asyncio.sleep(A_MOMENT)
        await outbox.open_stream("another", opening("another"))
        publisher.stream_changed("another")
        await eventually(lambda: measures.chunks_sent.value() == 81)
        closes.open.set()
        await eventually(lambda: measures.confirmed.value() == 80)
    assert (signals.most, closes.most) == (IN_FLIGHT, IN_FLIGHT)


class Refusing:
    """A Temporal that will never take the stream `aside` and the event `bad`, until it `relents`; it counts both."""

    def __init__(self) -> None:
        self.relents = False
        self.chunks = self.events = 0

    async def chunk(self, client: Client, waiting: WaitingChunk, **options: Any) -> None:
        """Refuse the stream, take any other."""
        if waiting.chunk.stream.id == "aside":
            self.chunks += 1
            self._refuse()
        await send_chunk(client, waiting, **options)

    async def event(self, client: Client, waiting: WaitingEvent) -> None:
        """Refuse the event, take any other."""
        if waiting.event.id == "bad":
            self.events += 1
            self._refuse()
        await send_event(client, waiting)

    def _refuse(self) -> None:
        if not self.relents:
            raise RPCError("BlobSizeLimitError", RPCStatusCode.INVALID_ARGUMENT, b"")


async def test_what_temporal_will_never_take_is_set_aside_until_somebody_says_so(
    client: Client,
    task_queue: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Said loudly, kept with its reason, sent once and in nobody's way; redelivered it arrives."""
    refusing, settings = Refusing(), settings_for(tmp_path)
    monkeypatch.setattr(publishing, "send_chunk", refusing.chunk)
    monkeypatch.setattr(publishing, "send_event", refusing.event)
    async with ledger(client, task_queue), running_ingest(settings, client) as ingest:
        call, handle = await start_call(client, task_queue)
        outbox, publisher, measures = ingest.intake.outbox, ingest.intake.publisher, ingest.intake.measures
        now = datetime.now(UTC)
        for stream in ("aside", "taken"):
            await outbox.open_stream(call, opening(stream))
            await outbox.append_final(segment(1, stream, f"Of {stream}."))
            await outbox.close_stream(stream, closed_at=now, reason="done")
            publisher.stream_changed(stream)
        for name in ("bad", "good"):
            await outbox.append_event(call, CallEvent(id=name, type="CallConnected", received_at=now))
        publisher.events_changed(call)
        await eventually(lambda: aside(outbox, 2))
        await eventually(lambda: measures.confirmed.value() == 1 and measures.events_sent.value() == 1)
        publisher.stream_changed("aside")
        publisher.events_changed(call)
        await publisher.idle()
        book = await book_of(handle)
        assert (book.texts, book.events) == (["Of taken."], ["good"])
        assert (refusing.chunks, refusing.events) == (1, 1)
        assert (measures.set_aside.value(what="stream"), measures.set_aside.value(what="event")) == (1, 1)
        (kept,) = inspect(settings.outbox_path).calls
        assert [stream.set_aside for stream in kept.streams] == ["refused: BlobSizeLimitError"]
        assert [event.set_aside for event in kept.events_set_aside] == ["refused: BlobSizeLimitError"]
        loud = [record for record in caplog.records if record.levelno >= logging.ERROR]
        assert {record.getMessage() for record in loud if record.name == publishing.__name__} == {
            "Temporal refuses this stream, it is set aside: BlobSizeLimitError",
            "Temporal refuses this event, it is set aside: BlobSizeLimitError",
        }
        refusing.relents = True
        assert redeliver(settings.outbox_path, call) == (1, 1)
        await eventually(lambda: nothing_waits(outbox))
        book = await book_of(handle)
        assert (book.texts, book.events) == (["Of taken.", "Of aside."], ["good", "bad"])
        await handle.signal("end")


async def arrived(handle: object, segments: int) -> bool:
    """Whether the workflow has so many segments."""
    return len((await book_of(handle)).texts) == segments


async def nothing_waits(outbox: Outbox) -> bool:
    """Whether the outbox is empty."""
    waiting = await outbox.waiting()
    assert waiting == Waiting()
    return True


async def aside(outbox: Outbox, count: int) -> bool:
    """Whether so much is set aside."""
    return (await outbox.waiting()).set_aside == count


def test_a_close_with_other_words_is_another_request() -> None:
    """Of two requests of one id, Temporal may run the one and write down the other."""
    close = CloseStream(stream=opening("s1"), last_seq=2, segments=3, closed_at=NOW, reason="closed by ACS (1000)")
    beside = close.model_copy(update={"beside": (opening("s2"),)})
    closing = _Closing()
    first = closing.update_id(close)
    assert closing.update_id(close.model_copy()) == first
    assert closing.update_id(beside) != first
    closing.answered = 1
    assert closing.update_id(close) != first
