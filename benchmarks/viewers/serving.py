"""The ingest that is measured: a process of its own, with its outbox and its transcript store on the checkout's disk."""

import asyncio
import os
import re
import socket
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import httpx

from callscribe.contracts.chunks import StreamOpening
from callscribe.contracts.links import PagePass, PageRole, Purpose, page_token, page_url, sign, transcription_url
from callscribe.contracts.steps import SaveSegments
from callscribe.runtime.store import TranscriptStore
from callscribe.runtime.tls import tls
from callscribe.transcript.model import Segment

SECRET: Final = "bench"  # noqa: S105 - it guards made-up words
SPEAKER: Final = "4:+12025550100"
VALID: Final = 24 * 3600
"""Seconds for which the viewers' links hold; a page says it when there are few left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """Where ingest is, for those who speak and for those who watch."""

    http: str
    websocket: str
    client: httpx.AsyncClient

    def socket_of(self, call: str) -> str:
        """Where ACS sends the call's packets."""
        return transcription_url(self.websocket, SECRET, call)

    def link_to(self, call: str) -> str:
        """What lets a person in, at the call's page."""
        return page_url(self.http, SECRET, _viewer(), call=call)

    def live_request(self, call: str) -> bytes:
        """What a page that has been let in sends to be told what happens on the call."""
        cookie = f"callscribe_{sign(SECRET, Purpose.PAGE, 'cookie')[:8]}={page_token(SECRET, _viewer())}"
        host = self.http.removeprefix("http://")
        return f"GET /api/calls/{call}/live HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\n\r\n".encode()

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of the pages."""
        host, _, port = self.http.removeprefix("http://").partition(":")
        return host, int(port)

    async def held(self) -> int:
        """How many pages ingest waits for, because their connections take nothing more."""
        told = (await self.client.get("/metrics")).raise_for_status().text
        found = re.search(r"^callscribe_ingest_page_readers_held (\d+)$", told, re.MULTILINE)
        if found is None:
            raise RuntimeError("ingest does not count the pages that it waits for")
        return int(found[1])


@asynccontextmanager
async def serving(home: Path, calls: Sequence[str]) -> AsyncIterator[Served]:
    """`python -m ingest`; its store has the first words of each of `calls`, as a page expects of a call that runs."""
    await _first_words(home, calls)
    http, websocket = _free_port(), _free_port()
    environment = {
        "CALLSCRIBE_HOME": str(home),
        "CALLSCRIBE_LINK_SECRET": SECRET,
        "CALLSCRIBE_HTTP_PORT": str(http),
        "CALLSCRIBE_WEBSOCKET_PORT": str(websocket),
        "CALLSCRIBE_LOG_LEVEL": "error",
        "TEMPORAL_ADDRESS": "127.0.0.1:1",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ingest", env=os.environ | environment, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        await _accepting(http)
        url = f"http://127.0.0.1:{http}"
        async with httpx.AsyncClient(verify=tls(), base_url=url) as client:
            yield Served(http=url, websocket=f"ws://127.0.0.1:{websocket}", client=client)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _first_words(home: Path, calls: Sequence[str]) -> None:
    now = datetime.now(UTC)
    said = Segment(
        stream="before", position=1, participant=SPEAKER, text="Hello.", offset=0, locale="en-US", received_at=now
    )
    await asyncio.to_thread(home.mkdir)
    async with await TranscriptStore.open(f"sqlite+aiosqlite:///{home / 'transcripts.sqlite'}") as store:
        for call in calls:
            opening = StreamOpening(id="before", opened_at=now)
            await store.save(SaveSegments(key=call, streams=(opening,), segments=(said,)))


async def _accepting(port: int) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


def _viewer() -> PagePass:
    return PagePass(role=PageRole.VIEWER, expires=int(time.time()) + VALID)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
