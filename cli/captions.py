"""Live captions of a call, read from ingest as server-sent events (WHATWG HTML, section 9.2)."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Final

import httpx
from pydantic import ValidationError

from callscribe.contracts.captions import Caption
from callscribe.contracts.links import captions_url
from callscribe.runtime.settings import Settings
from cli.errors import CliError
from cli.exit_codes import ExitCode

RETRY_AFTER: Final = 1.0
"""Seconds before a broken connection is tried again."""


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


async def captions(settings: Settings, key: str, *, opened: asyncio.Event | None = None) -> AsyncIterator[Caption]:
    """The captions of the call `key` as they are spoken, across broken connections; ends only when it is closed.

    `opened` is set when the first connection stands: nothing that is said from then on is missed.
    Raises `CliError` where ingest refuses, and httpx's `TransportError` where nothing answers the first time.
    """
    url = captions_url(settings.public_http_url, settings.secret(), key)
    events = EventStream()
    connected = False
    timeout = httpx.Timeout(10.0, read=None)
    async with httpx.AsyncClient(timeout=timeout) as client:
        while True:
            headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": events.last_id} if events.last_id else {})
            try:
                async with client.stream("GET", url, headers=headers) as response:
                    _check(response, key)
                    connected = True
                    if opened is not None:
                        opened.set()
                    async for line in response.aiter_lines():
                        for data in events.take(line):
                            if caption := _caption(data):
                                yield caption
            except httpx.TransportError:
                if not connected:
                    raise
            events.broken()
            await asyncio.sleep(RETRY_AFTER)


def _check(response: httpx.Response, key: str) -> None:
    if response.status_code == httpx.codes.NOT_FOUND:
        raise CliError(f"Ingest knows no captions of call '{key}'.", ExitCode.NOT_FOUND)
    if response.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        raise CliError(
            "Ingest refuses our key: set CALLSCRIBE_LINK_SECRET (or CALLSCRIBE_HOME) as it is set there.",
            ExitCode.UNREACHABLE,
        )
    if not response.is_success:
        raise CliError(f"Ingest answers {response.status_code} to a request for captions.", ExitCode.UNREACHABLE)


def _caption(data: str) -> Caption | None:
    """A caption, or `None` for an event of another kind: newer servers may send more than we know."""
    try:
        return Caption.model_validate_json(data)
    except ValidationError:
        return None
