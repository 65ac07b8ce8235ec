"""The websocket door: `/transcription/{call}/{key}`, where ACS delivers packets (protocol reference 2).

The key is checked, and the stream's opening made durable, before the socket is accepted: from the first packet that can
come there is a stream that a verdict can miss it in. A socket may stay silent for long, may never answer a ping, and
may overlap with another one of the same call; none of that ends it by itself (`ingest.vigil` says what does).
"""

import asyncio
import logging
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Final
from urllib.parse import unquote
from uuid import UUID

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from callscribe.contracts.captions import Caption
from callscribe.contracts.chunks import StreamOpening
from callscribe.contracts.links import Purpose
from callscribe.transcript.model import Segment
from ingest import liveness
from ingest.holding import until_kept
from ingest.intake import Intake
from ingest.liveness import WatchedConnection
from ingest.outbox import OutboxError
from ingest.schema import NOT_ACCEPTED
from ingest.session import KeepRaw, ShowCaption, SocketSession, StoreFinal

MOST_BYTES: Final = 4 * 1024 * 1024
"""Of one packet; ACS's own limit is not known."""
CONNECTION_HEADER: Final = "x-ms-call-connection-id"
CORRELATION_HEADER: Final = "x-ms-call-correlation-id"
_TOO_BIG: Final = 1009

_log = logging.getLogger(__name__)
_handshakes = logging.getLogger("websockets.server")


class SocketServer:
    """Accepts sockets of ACS and feeds what they bring to the outbox and the captions."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._unclaimed: dict[UUID, tuple[str, StreamOpening]] = {}
        """By connection, call and stream of those whose handshake is not over."""
        self._waiting: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def listening(self, listener: socket.socket) -> AsyncIterator[Server]:
        """Serve on a bound socket; at the end every socket is closed with 1001 and its stream closed in the outbox."""
        async with serve(
            self._handle,
            sock=listener,
            process_request=self._check,
            process_response=self._open,
            max_size=MOST_BYTES,
            create_connection=partial(WatchedConnection, clock=self._intake.now),  # type: ignore[arg-type]  # or a factory
            ping_interval=liveness.PING_EVERY,
            ping_timeout=None,
            close_timeout=2,  # twice: for the peer's answer, and for the end of its connection
            compression=None,  # packets are small, and a call's worth of contexts is not
            logger=_handshakes,
        ) as server:
            yield server
        await asyncio.gather(*self._waiting)

    def _check(self, connection: ServerConnection, request: Request) -> Response | None:
        """Refuse before the socket is accepted: 404 for another path, 403 for a wrong key, 503 while stopping."""
        status = self._refusal(request)
        if status is None:
            return None
        self._intake.measures.refused.add(door="websocket", status=str(int(status)))
        _log.warning("socket refused", extra={"status": int(status)})
        return connection.respond(status, f"{status.phrase}\n")

    def _refusal(self, request: Request) -> HTTPStatus | None:
        named = _named(request.path)
        if named is None:
            return HTTPStatus.NOT_FOUND
        if not self._intake.opens(Purpose.DELIVER, *named):
            return HTTPStatus.FORBIDDEN
        return HTTPStatus.SERVICE_UNAVAILABLE if self._intake.stopping else None

    async def _open(self, connection: ServerConnection, request: Request, response: Response) -> Response | None:
        """Make the stream's opening durable before the peer is told that it may send; 503 where that cannot be done."""
        if response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
            return None
        named = _named(request.path)
        assert named is not None  # noqa: S101 - checked before
        call, intake = named[0], self._intake
        opened_at = intake.now()
        opening = StreamOpening(
            id=new_stream_id(opened_at),
            opened_at=opened_at,
            listening_since=min(intake.listening_since, opened_at),
            call_connection_id=request.headers.get(CONNECTION_HEADER),
            correlation_id=request.headers.get(CORRELATION_HEADER),
        )
        self._unclaimed[connection.id] = call, opening
        waiting = asyncio.create_task(self._close_unclaimed(connection), name=f"handshake {opening.id}")
        self._waiting.add(waiting)
        waiting.add_done_callback(self._waiting.discard)
        try:
            await intake.outbox.open_stream(call, opening)
        except OutboxError:
            del self._unclaimed[connection.id]
            intake.measures.outbox_failures.add()
            intake.measures.refused.add(door="websocket", status="503")
            _log.exception("a socket cannot be taken", extra={"call": call})
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "try again later\n")
        return None

    async def _close_unclaimed(self, connection: ServerConnection) -> None:
        """A stream whose peer was gone before its handshake was over is closed as well."""
        await connection.wait_closed()
        if unclaimed := self._unclaimed.pop(connection.id, None):
            call, opening = unclaimed
            await self._closed(call, opening.id, NOT_ACCEPTED, 0, self._intake.now())

    async def _handle(self, connection: ServerConnection) -> None:
        """One socket from opening to close."""
        call, opening = self._unclaimed.pop(connection.id)
        intake = self._intake
        # Its opening may have waited for the disk for as long as a second or two: nobody could speak into it yet.
        opening = opening.model_copy(update={"opened_at": max(intake.now(), opening.opened_at)})
        facts = {"call": call, "stream": opening.id}
        intake.hub.show(call, Caption(kind="stream_opened", stream=opening.id, at=opening.opened_at))
        intake.measures.streams.add()
        intake.measures.sockets.add()
        _log.info("stream opened", extra=facts)
        session = SocketSession(stream=opening.id, opened_at=opening.opened_at)
        ended: tuple[str, datetime] | None = None
        assert isinstance(connection, WatchedConnection)  # noqa: S101 - made so by `listening`
        try:
            with intake.vigil.over(call, opening.opened_at, connection):
                ended = await self._receive(connection, call, session, opening)
        finally:
            intake.measures.sockets.add(-1)
            intake.unread.discard(opening.id)
            reason, at = ended or ("ingest stopped", intake.now())
            await asyncio.shield(self._closed(call, opening.id, reason, session.position, max(at, opening.opened_at)))

    async def _receive(
        self, connection: WatchedConnection, call: str, session: SocketSession, opening: StreamOpening
    ) -> tuple[str, datetime]:
        """Take packets until the socket ends; why it ended, in words, and when."""
        intake = self._intake
        intake.unread.add(session.stream)
        try:
            accept = partial(intake.outbox.accept_stream, opening)
            await until_kept(intake, accept, call=call, stream=session.stream)
            intake.publisher.stream_changed(session.stream)
            while True:
                intake.unread.discard(session.stream)
                # Undecoded: a text frame that is not UTF-8 is one unreadable packet, not the end of the socket.
                message = await connection.recv(decode=False)
                intake.unread.add(session.stream)
                now = intake.now()
                received = session.receive(message, now)
                intake.measures.packets.add(kind=received.kind)
                for effect in received.effects:
                    match effect:
                        case StoreFinal(segment):
                            await self._keep_final(call, segment)
                            intake.measures.segments.add()
                            intake.publisher.stream_changed(session.stream)
                        case ShowCaption(caption):
                            intake.hub.show(call, caption)
                        case KeepRaw(raw, why, unreadable, since):
                            _log.warning("packet kept raw: %s", why, extra={"call": call, "stream": session.stream})
                            keep = partial(
                                intake.outbox.keep_raw,
                                call,
                                raw,
                                why,
                                now,
                                stream=session.stream,
                                unreadable=unreadable,
                                since=since,
                            )
                            await until_kept(intake, keep, call=call, stream=session.stream)
                            intake.publisher.stream_changed(session.stream)
        except ConnectionClosed as closed:
            reason = _reason(connection, closed)
            if closed.sent is not None and closed.sent.code == _TOO_BIG:
                intake.measures.packets.add(kind="unreadable")
                await self._keep_note(call, session.stream, reason, session.heard_until)
            return reason, _ended_at(connection, closed, intake.now())
        except OutboxError:
            intake.measures.lost.add(what="packet")
            _log.critical(
                "a packet is lost and its socket closed: it cannot be kept", extra={"call": call}, exc_info=True
            )
            await connection.close(1011, "cannot store")
            return "outbox failed", intake.now()

    async def _keep_note(self, call: str, stream: str, reason: str, since: datetime) -> None:
        """A packet that was too large to be read is counted: its words are missing."""
        intake = self._intake
        keep = partial(intake.outbox.keep_raw, call, b"", reason, intake.now(), stream=stream, since=since)
        try:
            await until_kept(intake, keep, call=call, stream=stream)
        except OutboxError:
            intake.measures.lost.add(what="packet")
            _log.critical("that a packet was too large cannot be kept", extra={"call": call}, exc_info=True)

    async def _keep_final(self, call: str, segment: Segment) -> None:
        outbox = self._intake.outbox
        try:
            keep = partial(outbox.append_final, segment)
            await until_kept(self._intake, keep, call=call, stream=segment.stream)
        except OutboxError as error:
            # The outbox was damaged and does not know the stream any more: at least the words themselves are kept.
            with suppress(OutboxError):
                raw = segment.model_dump_json().encode()
                await outbox.keep_raw(call, raw, f"its stream is unknown: {error}", segment.received_at)
            raise

    async def _closed(self, call: str, stream: str, reason: str, segments: int, at: datetime) -> None:
        intake = self._intake
        _log.info("stream closed", extra={"call": call, "stream": stream, "why": reason, "segments": segments})
        intake.hub.show(call, Caption(kind="stream_closed", stream=stream, text=reason, at=at))
        try:
            close = partial(intake.outbox.close_stream, stream, closed_at=at, reason=reason)
            await until_kept(intake, close, call=call, stream=stream)
        except OutboxError:
            intake.measures.outbox_failures.add()
            _log.exception("a stream's end cannot be kept: it is closed at the next start", extra={"stream": stream})
        intake.publisher.stream_changed(stream)


def new_stream_id(now: datetime) -> str:
    """A UUIDv7 (RFC 9562): unique, and in order of opening."""
    value = int(now.timestamp() * 1000) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 7 << 76
    return str(UUID(int=value & ~(0b11 << 62) | 0b10 << 62))


def _named(path: str) -> tuple[str, str] | None:
    """Call and key of a request path; a query is ignored, for a proxy may add one."""
    parts = path.partition("?")[0].split("/")
    if len(parts) != 4 or parts[:2] != ["", "transcription"] or not parts[2] or not parts[3]:
        return None
    return unquote(parts[2]), parts[3]


def _ended_at(connection: WatchedConnection, closed: ConnectionClosed, now: datetime) -> datetime:
    """Now, where the peer has said so; else when it was last there: it may have dialled anew long since."""
    return connection.was_there_until() if closed.rcvd is None else now


def _reason(connection: WatchedConnection, closed: ConnectionClosed) -> str:
    """Why a socket ended, in words for a person. The close frame decides nothing: it says little about the call."""
    if connection.is_given_up and closed.rcvd is None:
        return "connection lost (no sign of life)"
    if closed.rcvd is None and closed.sent is None:
        return "connection lost (1006)"
    if closed.rcvd is not None and (closed.rcvd_then_sent or closed.sent is None):
        return f"closed by ACS ({closed.rcvd.code})"
    assert closed.sent is not None  # noqa: S101 - one of both is there
    if closed.sent.code == _TOO_BIG:
        return f"a packet was larger than {MOST_BYTES} bytes (1009)"
    return f"closed by ingest ({closed.sent.code})"
