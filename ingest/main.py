"""The ingest process: everything built in one place, and taken down in an order that loses nothing."""

import asyncio
import logging
import secrets
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from temporalio.client import Client

from callscribe.contracts import names
from callscribe.runtime import logs
from callscribe.runtime.settings import Settings, SettingsError, load_settings
from ingest.captions import CaptionHub
from ingest.http import serving
from ingest.intake import Intake
from ingest.measures import Measures
from ingest.outbox import Outbox, OutboxError, OutboxLostError
from ingest.publisher import Publisher
from ingest.sockets import SocketServer
from ingest.temporal_link import TemporalLink
from ingest.vigil import Vigil
from ingest.web.site import Site

FLUSH: Final = 5.0
"""Seconds that a stopping process goes on sending; what is left then goes on at the next start."""
SWITCH: Final = 0.001
"""Seconds for which a thread that computes (a transcript to download, rows of the store) keeps the interpreter from the
loop that reads the sockets: Python's own 5 ms, at every turn of the loop, are too much while a thousand packets come.
"""
HEARTBEAT: Final = 0.5
"""Seconds between notes in the outbox that this process listens: how exactly a crash shows in a transcript."""
UNSENT: Final = 16 * 1024
"""Bytes that the kernel holds for a page beyond what is on its way."""

_log = logging.getLogger(__name__)


class ListenError(Exception):
    """A port cannot be listened on; the message says which, and what to do."""


@dataclass(frozen=True, slots=True)
class RunningIngest:
    """An ingest that accepts sockets and requests."""

    intake: Intake
    site: Site
    http_url: str
    """Its own address, `http://127.0.0.1:8080`; what ACS uses is `Settings.public_http_url`."""
    websocket_url: str


@asynccontextmanager
async def running_ingest(
    settings: Settings,
    client: Client | None = None,
    *,
    task_queue: str = names.TASK_QUEUE,
    now: Callable[[], datetime] | None = None,
) -> AsyncIterator[RunningIngest]:
    """Ingest from the first accepted socket to the last flushed word. Connects to Temporal in the background if no
    `client` is given. Raises `ListenError` or `OutboxError` before it has taken anything.
    """
    clock = now or (lambda: datetime.now(UTC))
    async with AsyncExitStack() as stack:
        web = _listener(settings.http_host, settings.http_port, "CALLSCRIBE_HTTP_PORT")
        stack.callback(web.close)
        # Pages that have read nothing for half a minute as well: they come back where they were.
        notice_dead_peers(web)
        keep_little_unsent(web)
        packets = _listener(settings.websocket_host, settings.websocket_port, "CALLSCRIBE_WEBSOCKET_PORT")
        stack.callback(packets.close)
        notice_dead_peers(packets)
        outbox = await stack.enter_async_context(Outbox(settings.outbox_path, now=clock()))
        link, measures = TemporalLink(client), Measures()
        intake = Intake(
            secret=await asyncio.to_thread(settings.secret),
            outbox=outbox,
            publisher=Publisher(outbox, link, measures, task_queue=task_queue, now=clock),
            link=link,
            vigil=Vigil(link),
            hub=CaptionHub(secrets.token_hex(4)),
            measures=measures,
            task_queue=task_queue,
            answer_locale=settings.answer_locale,
            now=clock,
            started_at=clock(),
        )
        group = await stack.enter_async_context(_background(intake))
        http_url, websocket_url = _url("http", web), _url("ws", packets)
        site = Site(intake, settings)
        await stack.enter_async_context(site.running())
        await stack.enter_async_context(serving(intake, site, web, group))
        await stack.enter_async_context(SocketServer(intake).listening(packets))
        _log.info("ingest listens", extra={"http": http_url, "websocket": websocket_url})
        try:
            yield RunningIngest(intake, site, http_url, websocket_url)
        finally:
            intake.stopping = True


async def run(settings: Settings, *, task_queue: str = names.TASK_QUEUE, ready: asyncio.Event | None = None) -> None:
    """Run until cancelled; `ready` is set once sockets and requests are accepted."""
    async with running_ingest(settings, task_queue=task_queue):
        if ready is not None:
            ready.set()
        await asyncio.Event().wait()


def main() -> int:
    """The process: run until SIGINT or SIGTERM. Where it cannot start, or has lost its outbox, one line says why; the exit
    code is 2 for a setting that is wrong, 1 for anything else.
    """
    try:
        settings = load_settings()
        logs.configure(settings.log_level, settings.log_format)
        sys.setswitchinterval(SWITCH)
        asyncio.run(_until_signalled(settings))
    except OutboxLostError as error:
        sys.stderr.write(f"ingest cannot go on: {error}\n")
        return 1
    except (SettingsError, ListenError, OutboxError) as error:
        sys.stderr.write(f"ingest cannot start: {error}\n")
        return 2 if isinstance(error, SettingsError) else 1
    return 0


async def _until_signalled(settings: Settings) -> None:
    running = asyncio.current_task()
    assert running is not None  # noqa: S101 - this is a coroutine
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, running.cancel)
    with suppress(asyncio.CancelledError):
        await run(settings)
    _log.info("ingest stopped")


@asynccontextmanager
async def _background(intake: Intake) -> AsyncIterator[asyncio.TaskGroup]:
    """The connection, the publisher, the heartbeat and the vigil; at the end the publisher gets a little time to send the rest.

    Raises `OutboxLostError` once the outbox can be used no more: what it takes nobody would ever keep.
    """
    try:
        async with _tasks(intake) as group:
            yield group
    except BaseExceptionGroup as failures:
        lost, _ = failures.split(OutboxLostError)
        if lost is None:
            raise
        raise lost.exceptions[0] from None


@asynccontextmanager
async def _tasks(intake: Intake) -> AsyncIterator[asyncio.TaskGroup]:
    failure: Exception | None = None
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(intake.link.run(), name="connect"),
            group.create_task(intake.publisher.run(), name="publish"),
            group.create_task(_heartbeat(intake), name="heartbeat"),
            group.create_task(intake.vigil.run(), name="vigil"),
            group.create_task(_watch_outbox(intake), name="watch the outbox"),
        ]
        try:
            yield group
        except Exception as error:  # noqa: BLE001 - raised again below, as itself and not as a group
            failure = error
        finally:
            try:
                with suppress(TimeoutError):
                    async with asyncio.timeout(FLUSH if intake.link.client is not None else 0):
                        await intake.publisher.idle()
            finally:
                for task in tasks:
                    task.cancel()
    if failure is not None:
        raise failure


async def _heartbeat(intake: Intake) -> None:
    while True:
        # What is noted lies a pause back: what came until then has been read, of the newest packets nobody knows yet.
        listened = intake.now()
        await asyncio.sleep(HEARTBEAT)
        try:
            if intake.outbox.failing is not None:
                await intake.outbox.probe()
            elif intake.measures.sockets.value() > 0:
                await intake.outbox.alive(listened, unread=frozenset(intake.unread))
        except OutboxError as error:
            intake.measures.outbox_failures.add()
            _log.debug("the outbox takes nothing: %s", error)  # said loudly where it began


async def _watch_outbox(intake: Intake) -> None:
    raise await intake.outbox.lost()


def _listener(host: str, port: int, variable: str) -> socket.socket:
    """A bound and listening socket. Raises `ListenError`."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        reason = (error.strerror or str(error)).partition(" (while")[0]  # Python repeats the address there
        raise ListenError(
            f"{host}:{port} cannot be listened on ({reason}): stop what uses it, or set {variable}."
        ) from error


def notice_dead_peers(listener: socket.socket) -> None:
    """Let the kernel end accepted connections whose other side is gone without a word, after about half a minute.

    Sockets inherit these options from the one that accepts them. Options that a system does not have are left out.
    """
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (
        ("TCP_KEEPIDLE", 15),
        ("TCP_KEEPINTVL", 5),
        ("TCP_KEEPCNT", 3),
        ("TCP_USER_TIMEOUT", 30_000),  # milliseconds; for what was sent and is not acknowledged, a ping for instance
    ):
        if hasattr(socket, name):
            listener.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def keep_little_unsent(listener: socket.socket) -> None:
    """Let the kernel hold little for accepted connections beyond what is on its way: `UNSENT` bytes each.

    Left to itself it takes some megabytes for a page that has stopped reading: minutes of captions, which the page would
    have to read one after the other before it sees what is said now. What it is owed waits in the call's log instead,
    once for all pages, where an intermediate gives way to the next.
    """
    if hasattr(socket, "TCP_NOTSENT_LOWAT"):
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT)


def _url(scheme: str, listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
