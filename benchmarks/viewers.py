"""How long a word takes from ACS's socket to people's pages: many viewers of one call, and many calls with a viewer each.

Ingest runs in a process of its own, with its outbox and a transcript store on the checkout's own disk; Temporal is away,
which captions do not notice. The viewers share this process, and so their reading is part of what is measured. A tenth
of them stop reading as soon as they have come in, as a laptop does whose lid is shut.
"""

import asyncio
import json
import os
import re
import socket
import statistics
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from websockets.asyncio.client import ClientConnection, connect

from benchmarks.measure import Conditions, Figure
from callscribe.contracts.links import PagePass, PageRole, Purpose, page_token, sign, transcription_url

SECRET: Final = "bench"  # noqa: S105 - it guards made-up words
VIEWERS: Final = 200
SECONDS: Final = 12.0
SLOW: Final = 10
"""One viewer in so many stands still."""
ONE_CALL: Final = 10.0
"""Packets a second in the call that everybody watches: two people who talk at once."""
MANY_CALLS: Final = 3.0
"""Packets a second in each of many calls."""
FINAL: Final = 5
"""One packet in so many is a final."""
_SEEN: Final = re.compile(rb'event: (segment|intermediate)\ndata: [^\n]*?"text":"m(\d+) ')


@dataclass(slots=True)
class _Heard:
    """What a call's viewers have seen of its packets: seconds from the socket to the page."""

    sent: dict[int, float] = field(default_factory=dict)
    finals: list[float] = field(default_factory=list)
    intermediates: list[float] = field(default_factory=list)


async def bench(conditions: Conditions) -> list[Figure]:
    """Both ways of being many."""
    viewers = conditions.some(VIEWERS)
    seconds = 2.0 if conditions.quick else SECONDS
    figures = []
    for what, calls, rate in (("one call", 1, ONE_CALL), ("a call each", viewers, MANY_CALLS)):
        folder = conditions.folder / what.replace(" ", "-")
        heard = await _measured(folder, viewers, calls, rate, seconds)
        basis = f"{viewers} viewers, {calls * rate:,.0f} packets a second for {seconds:.0f} s"
        figures += _figures(what, heard, basis)
    return figures


def _figures(what: str, heard: Sequence[_Heard], basis: str) -> list[Figure]:
    found = []
    for kind, taken in (
        ("final", [one for call in heard for one in call.finals]),
        ("intermediate", [one for call in heard for one in call.intermediates]),
    ):
        ordered = sorted(1000 * one for one in taken)
        for name, value in (
            ("median", statistics.median(ordered)),
            ("95 of 100", ordered[int(len(ordered) * 0.95)]),
            ("slowest", ordered[-1]),
        ):
            found.append(
                Figure(
                    bench="viewers",
                    what=f"{what}: {kind}, {name}",
                    value=value,
                    unit="milliseconds",
                    basis=f"{len(ordered):,} seen; {basis}",
                )
            )
    return found


async def _measured(folder: Path, viewers: int, calls: int, rate: float, seconds: float) -> list[_Heard]:
    async with _ingest(folder) as (http, websocket):
        heard = [_Heard() for _ in range(calls)]
        sockets = [await connect(transcription_url(websocket, SECRET, f"call-{number}")) for number in range(calls)]
        ready = asyncio.Semaphore(0)
        async with asyncio.TaskGroup() as group:
            watching = [
                group.create_task(_watch(http, f"call-{place % calls}", heard[place % calls], ready, place % SLOW == 1))
                for place in range(viewers)
            ]
            for _ in watching:
                await ready.acquire()
            async with asyncio.TaskGroup() as speaking:
                for number, acs in enumerate(sockets):
                    speaking.create_task(_speak(acs, heard[number], rate, seconds, number / calls / rate))
            quick = [place % calls for place in range(viewers) if place % SLOW != 1]
            await _all_seen([(heard[call], quick.count(call)) for call in sorted(set(quick))])
            for task in watching:
                task.cancel()
        for acs in sockets:
            await acs.close()
    return heard


async def _speak(acs: ClientConnection, heard: _Heard, rate: float, seconds: float, delay: float) -> None:
    """Packets at an even pace; each carries its number."""
    loop = asyncio.get_running_loop()
    at = loop.time() + delay
    for number in range(1, int(rate * seconds) + 1):
        await asyncio.sleep(max(at - loop.time(), 0))
        at += 1 / rate
        status = "Final" if number % FINAL == 0 else "Intermediate"
        data = {
            "text": f"m{number} and so on, for as long as a phrase is, which is about this long.",
            "offset": number * 1_000_000,
            "participantRawID": "4:+12025550100",
            "resultStatus": status,
        }
        heard.sent[number] = time.perf_counter()
        await acs.send(json.dumps({"kind": "TranscriptionData", "transcriptionData": data}))


async def _watch(http: str, call: str, heard: _Heard, ready: asyncio.Semaphore, slow: bool) -> None:
    """A page: reads the events of a call, and notes when each packet is seen first."""
    token = page_token(SECRET, PagePass(role=PageRole.VIEWER, expires=int(time.time()) + 600))
    cookie = f"callscribe_{sign(SECRET, Purpose.PAGE, 'cookie')[:8]}={token}"
    host, _, port = http.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(f"GET /api/calls/{call}/live HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\n\r\n".encode())
        rest = await reader.readuntil(b"event: caught_up")
        ready.release()
        if slow:
            await asyncio.Event().wait()
        seen: set[int] = set()
        rest = b""
        while piece := await reader.read(65_536):
            now = time.perf_counter()
            rest += piece
            end = 0
            for found in _SEEN.finditer(rest):
                end = found.end()
                number = int(found[2])
                if number not in seen:
                    seen.add(number)
                    (heard.finals if found[1] == b"segment" else heard.intermediates).append(now - heard.sent[number])
            rest = rest[max(end, len(rest) - 4_096) :]
    finally:
        writer.close()


async def _all_seen(heard: Sequence[tuple[_Heard, int]]) -> None:
    """Wait until everybody who reads has every final: none may be missing. Takes calls with how many read each."""
    async with asyncio.timeout(30):
        for call, viewers in heard:
            while len(call.finals) < viewers * (len(call.sent) // FINAL):  # noqa: ASYNC110 - the loop is what is measured
                await asyncio.sleep(0.05)


@asynccontextmanager
async def _ingest(home: Path) -> AsyncIterator[tuple[str, str]]:
    """`python -m ingest`, and its two addresses."""
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
        async with asyncio.timeout(30):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", http)
                except OSError:
                    await asyncio.sleep(0.05)
                else:
                    writer.close()
                    break
        yield f"http://127.0.0.1:{http}", f"ws://127.0.0.1:{websocket}"
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
