"""Live captions of a call, read from ingest as server-sent events (WHATWG HTML, section 9.2)."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Final

import httpx
from pydantic import ValidationError

from callscribe.contracts.captions import Caption
from callscribe.contracts.links import captions_url
from callscribe.runtime.settings import Settings
from callscribe.runtime.tls import tls
from cli.errors import CliError
from cli.exit_codes import ExitCode
from cli.proxies import is_here

RETRY_AFTER: Final = 1.0
"""Seconds before a broken connection is tried again."""
SILENCE: Final = 40.0
"""Seconds without a line after which a connection is taken for dead: ingest sends a comment every 15."""


class Lines:
    """A sans-I/O splitter of what ingest sends: bytes in, complete lines out. Only a line feed ends one: a caption may hold
    any other character at which Python would split.
    """

    def __init__(self) -> None:
        self._rest = b""

    def take(self, data: bytes) -> Iterator[str]:
        """Yields the lines that `data` completes."""
        *complete, self._rest = (self._rest + data).split(b"\n")
        for line in complete:
            yield line.removesuffix(b"\r").decode("utf-8", "replace")


class EventStream:
    """A sans-I/O reader of server-sent events: lines in, the data of complete events out."""

    def __init__(self) -> None:
        self._data: list[str] = []
        self._id = ""
        self.last_id = ""
        """The id of the newest complete event, for `Last-Event-ID`."""

    def take(self, line: str) -> Iterator[str]:
        """Yields the data of the event that `line` completes, if it completes one."""
        if not line:
            self.last_id = self._id
            if self._data:
                yield "\n".join(self._data)
            self._data.clear()
            return
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            self._data.append(value)
        elif field == "id" and "\0" not in value:
            self._id = value

    def broken(self) -> None:
        """The connection is gone, and with it the event that was not complete."""
        self._data.clear()
        self._id = self.last_id


async def captions(
    settings: Settings,
    key: str,
    *,
    opened: asyncio.Event | None = None,
    patient: bool = False,
    told: Callable[[bool], None] = lambda _: None,
) -> AsyncIterator[Caption]:
    """The captions of the call `key` as they are spoken, across broken connections; ends only when it is closed.

    `opened` is set when the first connection stands: nothing that is said from then on is missed. `told` hears whether
    ingest answers, whenever that changes. Raises `CliError` where ingest refuses us, and, unless it is `patient`, httpx's
    `TransportError` where nothing answers the first time.
    """
    url = captions_url(settings.public_http_url, settings.secret(), key)
    events = EventStream()
    answers: bool | None = None
    timeout = httpx.Timeout(10.0, read=SILENCE)
    async with httpx.AsyncClient(verify=tls(), timeout=timeout, trust_env=not is_here(url)) as client:
        while True:
            try:
                async with _connected(client, url, events.last_id) as response:
                    if answers is not True:
                        told(True)
                    answers = True
                    if opened is not None:
                        opened.set()
                    lines = Lines()
                    async for data in response.aiter_bytes():
                        for caption in _captions(data, lines, events):
                            yield caption
            except (httpx.TransportError, _BusyError):
                if answers is None and not patient:
                    raise
            if answers is not False:
                told(False)
            answers = False
            events.broken()
            await asyncio.sleep(RETRY_AFTER)


class _BusyError(CliError):
    """Ingest, or what stands before it, cannot answer now."""


@asynccontextmanager
async def _connected(client: httpx.AsyncClient, url: str, last_id: str) -> AsyncIterator[httpx.Response]:
    """A connection to the captions that follow the event `last_id`, accepted by ingest."""
    headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": last_id} if last_id else {})
    async with client.stream("GET", url, headers=headers) as response:
        _check(response)
        yield response


def _check(response: httpx.Response) -> None:
    if response.status_code == httpx.codes.NOT_FOUND:
        raise CliError(f"There are no captions at {response.url.copy_with(query=None)}.", ExitCode.NOT_FOUND)
    if response.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        raise CliError(
            "Ingest refuses our key: set CALLSCRIBE_LINK_SECRET (or CALLSCRIBE_HOME) as it is set there.",
            ExitCode.UNREACHABLE,
        )
    if response.is_server_error:
        raise _BusyError(f"Ingest answers {response.status_code}: try again later.", ExitCode.UNREACHABLE)
    if not response.is_success:
        raise CliError(f"Ingest answers {response.status_code} to a request for captions.", ExitCode.UNREACHABLE)


def _captions(data: bytes, lines: Lines, events: EventStream) -> Iterator[Caption]:
    """The captions that `data` completes."""
    for line in lines.take(data):
        for event in events.take(line):
            if caption := _caption(event):
                yield caption


def _caption(data: str) -> Caption | None:
    """A caption, or `None` for an event of another kind: newer servers may send more than we know."""
    try:
        return Caption.model_validate_json(data)
    except ValidationError:
        return None
