"""Processes that live and die together: started in groups, watched, stopped in reverse order, survived by none.

```
Supervisor ─┬─ start(service…)   spawn, read its log, wait until it is ready
            ├─ during(work)      do the work; give it up as soon as any service ends by itself
            ├─ kill(name)        SIGKILL, on purpose: the work goes on
            ├─ revive(name)      the same service once more, in its old place
            ├─ freeze(name)      SIGSTOP, until thaw(name)
            └─ stop()            newest first: SIGTERM, and SIGKILL after a grace
```
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from cli.errors import CliError

LAST_LINES: Final = 15
_TETHER = Path(__file__).resolve().with_name("tether.py")
_T = TypeVar("_T")

LineSink = Callable[[str, str], None]
"""Takes (service name, one line of its log without the line's end)."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """One process: what to run, with which environment, and how to see that it works."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    """The whole environment of the process."""
    ready: Callable[[], Awaitable[bool]]
    """Asked again and again until it says yes; an `OSError` or `TimeoutError` counts as no."""
    ready_within: float = 60.0
    """Seconds."""


class ServiceError(CliError):
    """A service ended by itself or never became ready; `last_lines` is the end of its log."""

    def __init__(self, message: str, last_lines: tuple[str, ...]) -> None:
        super().__init__(message)
        self.last_lines = last_lines


@dataclass(kw_only=True)
class _Running:
    service: Service
    process: asyncio.subprocess.Process
    last_lines: deque[str]
    reader: "asyncio.Task[None]"
    watch: "asyncio.Task[None] | None" = None
    killed: bool = False
    """Whether its death is wanted."""


class Supervisor:
    """Owns the processes it starts; as an async context manager it leaves none behind."""

    def __init__(
        self,
        sink: LineSink,
        *,
        grace: float = 10.0,
        poll: float = 0.05,
        ready: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`ready` is told the name of each service that has become ready."""
        self._sink = sink
        self._ready = ready
        self._grace = grace
        self._poll = poll
        self._running: list[_Running] = []
        self._hurry = asyncio.Event()
        self._death = asyncio.Event()
        self._dead: _Running | None = None
        self._stopping = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def process_ids(self) -> dict[str, int]:
        """Name → process id of everything started so far."""
        return {running.service.name: running.process.pid for running in self._running}

    async def start(self, *services: Service) -> None:
        """Start `services` together and wait until each is ready. Raises `ServiceError`."""
        fresh = [await self._spawn(service) for service in services]
        waits = [asyncio.create_task(self._until_ready(running)) for running in fresh]
        try:
            await asyncio.gather(*waits)
        finally:
            for wait in waits:
                wait.cancel()

    async def during(self, work: Coroutine[Any, Any, _T]) -> _T:
        """The outcome of `work`. Cancels it and raises `ServiceError` if a service ends by itself meanwhile."""
        working = asyncio.create_task(work)
        death = asyncio.create_task(self._death.wait())
        try:
            await asyncio.wait({working, death}, return_when=asyncio.FIRST_COMPLETED)
            if self._dead is not None and not working.done():
                raise await self._died(self._dead)
            return await working
        finally:
            death.cancel()
            working.cancel()
            await asyncio.wait({working})

    async def kill(self, name: str) -> None:
        """End the service of that name with SIGKILL, and all that it has started; its death is nobody's failure."""
        running = self._find(name)
        running.killed = True
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.process.pid, signal.SIGKILL)
        await running.process.wait()
        await asyncio.wait({running.reader}, timeout=2.0)
        running.reader.cancel()

    async def revive(self, name: str) -> None:
        """Start a service that was killed again, as it was first started; ready on return. Raises `ServiceError`."""
        dead = self._find(name)
        place = self._running.index(dead)
        fresh = await self._spawn(dead.service)
        self._running.remove(fresh)
        self._running[place] = fresh
        await self._until_ready(fresh)

    def freeze(self, name: str) -> None:
        """Let the service of that name stand still (SIGSTOP), with all that it has started: its sockets stay open, and
        nobody answers.
        """
        self._signal_family(name, signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        """Let a service go on that was frozen."""
        self._signal_family(name, signal.SIGCONT)

    async def until_ready(self, name: str) -> None:
        """Wait until the service of that name says that it is ready. Raises `ServiceError`."""
        await self._until_ready(self._find(name))

    def _signal_family(self, name: str, number: signal.Signals) -> None:
        first = self._find(name).process.pid
        for pid in (first, *_descendants(first)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def _find(self, name: str) -> _Running:
        return next(running for running in self._running if running.service.name == name)

    def hurry(self) -> None:
        """Let `stop` use SIGKILL at once: somebody pressed Ctrl-C twice."""
        self._hurry.set()

    async def stop(self) -> None:
        """Stop everything, newest first. Does nothing the second time."""
        self._stopping = True
        while self._running:
            running = self._running[-1]
            await self._end(running)
            await asyncio.wait({running.reader}, timeout=2.0)  # a grandchild may hold the log open
            running.reader.cancel()
            if running.watch is not None:
                await running.watch
            self._running.pop()

    async def _spawn(self, service: Service) -> _Running:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            str(_TETHER),
            str(os.getpid()),
            *service.command,
            env=dict(service.environment),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,  # so that Ctrl-C in the terminal reaches us alone, and we stop them in order
        )
        last_lines: deque[str] = deque(maxlen=LAST_LINES)
        reader = asyncio.create_task(self._read(service.name, process, last_lines))
        running = _Running(service=service, process=process, last_lines=last_lines, reader=reader)
        running.watch = asyncio.create_task(self._watch(running))
        self._running.append(running)
        return running

    async def _watch(self, running: _Running) -> None:
        await running.process.wait()
        if not self._stopping and not running.killed and self._dead is None:
            self._dead = running
            self._death.set()

    async def _read(self, name: str, process: asyncio.subprocess.Process, last_lines: deque[str]) -> None:
        """Hand each line on; a line of any length, an unfinished last line and broken UTF-8 included."""
        stream = process.stdout
        rest = b""
        while stream is not None and (chunk := await stream.read(65536)):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self._take_line(name, line, last_lines)
        if rest:
            self._take_line(name, rest, last_lines)

    def _take_line(self, name: str, line: bytes, last_lines: deque[str]) -> None:
        text = line.decode(errors="replace").rstrip("\r")
        last_lines.append(text)
        self._sink(name, text)

    async def _until_ready(self, running: _Running) -> None:
        service = running.service
        try:
            async with asyncio.timeout(service.ready_within):
                while not await self._is_ready(running):  # noqa: ASYNC110 -- another process's readiness can only be asked for
                    await asyncio.sleep(self._poll)
            self._ready(service.name)
        except TimeoutError:
            raise ServiceError(
                f"{service.name} was not ready within {service.ready_within:.0f} s.", tuple(running.last_lines)
            ) from None

    async def _is_ready(self, running: _Running) -> bool:
        if running.process.returncode is not None:
            raise await self._died(running)
        try:
            return await running.service.ready()
        except OSError:
            return False

    async def _died(self, running: _Running) -> ServiceError:
        await running.process.wait()
        await asyncio.wait({running.reader}, timeout=2.0)  # a grandchild may hold the log open
        code = running.process.returncode or 0
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        return ServiceError(f"{running.service.name} {how}.", tuple(running.last_lines))

    async def _end(self, running: _Running) -> None:
        process = running.process
        if process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        waits = {asyncio.create_task(process.wait()), asyncio.create_task(self._hurry.wait())}
        try:
            await asyncio.wait(waits, timeout=self._grace, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        if process.returncode is None:
            self._sink(running.service.name, f"(does not stop within {self._grace:.0f} s: killed)")
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


def _descendants(pid: int) -> Iterator[int]:
    """Children of `pid`, and theirs: a process group is not enough, for PostgreSQL gives each of its own a new one."""
    try:
        children = [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    except OSError:
        return
    for child in children:
        yield child
        yield from _descendants(child)
