"""Follow a running call: `watch`."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final

import typer
from temporalio.client import RPCError

from callscribe.contracts import names
from callscribe.contracts.status import CallResult, CallState, CallStatus
from callscribe.runtime.temporal import address
from cli.call_clock import CallClock
from cli.call_marks import CallMarks
from cli.caption_view import CaptionView, Mark
from cli.captions import captions
from cli.console import complain, stdout, until_nobody_reads
from cli.errors import CliError, is_away, no_worker
from cli.missed import Missed
from cli.options import LOOK_PANEL, CallArgument, JsonOption
from cli.outcome import exit_for, say_result
from cli.screens import Screen, screen
from cli.session import CallHandle, call_handle, result_of, run, settings, temporal
from cli.status import known_status

app = typer.Typer()

LAST_WORDS: Final = 0.7
"""Seconds after the call's end in which captions that are on their way are still shown."""
STATUS_EVERY: Final = 2.0
"""Seconds between questions to the workflow; asking leaves nothing in its history."""
CATCH_UP: Final = (0.5, 3.0, 10.0)
"""Seconds after ingest has come back at which the store is asked for what was missed."""
FILL_WITHIN: Final = 10.0
"""Seconds that the end waits for the store."""

_WORDS_ALONE: Final = "Until then this shows what is said, and nothing of how the call stands."


@app.command(rich_help_panel=LOOK_PANEL, epilog="Example: `callscribe watch 0192f0c4`")
def watch(call: CallArgument, as_json: JsonOption = False) -> None:
    """Show what is said as it is said, until the call ends; then its verdict. Ctrl-C leaves; the call goes on."""
    result = run(follow(names.call_key(call), as_json=as_json))
    say_result(result, as_json=as_json)
    raise typer.Exit(exit_for(result))


async def follow(key: str, *, as_json: bool = False) -> CallResult:
    """Show the live captions of `key` on standard output until its workflow ends; returns what it ended with."""
    handle = call_handle(await temporal(), key)
    status = await known_status(handle)
    clock = CallClock({stream.id: stream.opened_at for stream in status.streams} if status else None)
    view = CaptionView(status.participants if status else {}, locale=status.locale if status else None, clock=clock)
    if status is None:
        complain(f"{no_worker()} {_WORDS_ALONE}")
    with _until_terminated():
        async with screen(view, stdout(), as_json=as_json) as shown:
            follower = _Follower(key, handle, view, CallMarks(clock), shown)
            if status is not None:
                follower.take_status(status)
            return await follower.until_end()


class _Follower:
    def __init__(self, key: str, handle: CallHandle, view: CaptionView, marks: CallMarks, shown: Screen) -> None:
        self._key = key
        self._handle = handle
        self._view = view
        self._marks = marks
        self._screen = shown
        self._missed = Missed(settings().transcript_store_url, key)
        self._since = datetime.now(UTC)
        """From when on nothing may be missing: from the first caption that was shown, which may have been said before."""
        self._shown = False
        self._was_away = False
        self._is_heard = False
        """Whether ingest tells what is said."""
        self._is_told = True
        """Whether Temporal tells how the call stands."""
        self._back = asyncio.Event()

    async def until_end(self) -> CallResult:
        """The call's result, with everything shown that led to it."""
        async with _beside(self._captions(), self._status(), self._catch_up(), until_nobody_reads()) as tasks:
            result = await _while_well(self._result(), tasks)
            await asyncio.wait({tasks[0]}, timeout=LAST_WORDS)
        # Captions may be lost on their way without a word, between ingest processes for one: the store has them all.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FILL_WITHIN):
                await self._fill()
        return result

    async def _result(self) -> CallResult:
        while True:
            try:
                return await result_of(self._handle)
            except RPCError as error:
                if not (is_away(error) and self._is_heard):
                    raise
            if self._is_told:
                complain(f"Temporal at {address()} does not answer. {_WORDS_ALONE}")
            self._is_told = False
            await asyncio.sleep(STATUS_EVERY)

    def take_status(self, status: CallStatus) -> None:
        """Show what is new in it."""
        self._view.know(status.participants)
        self._screen.standing(status)
        fresh = self._marks.take(status, datetime.now(UTC))
        if self._marks.quiet:
            self._view.nobody_speaks()
        self._screen.lines([Mark(text) for text in fresh])

    async def _captions(self) -> None:
        try:
            async for caption in captions(settings(), self._key, patient=True, told=self._told):
                self._since = min(caption.at, self._since)
                self._shown = True
                self._screen.caption(caption)
        except CliError as error:
            complain(f"No live captions: {error} Waiting for the call's end.")

    def _told(self, answers: bool) -> None:
        self._is_heard = answers
        if answers and not self._was_away:
            return  # the first connection is no news
        self._was_away = True
        self._screen.link(answers)
        if answers:
            self._back.set()

    async def _status(self) -> None:
        while True:
            await asyncio.sleep(STATUS_EVERY)
            with contextlib.suppress(CliError, RPCError):
                status = await known_status(self._handle)
                if status is None:
                    continue
                if not self._is_told:
                    self._is_told = True
                    complain("Temporal answers again.")
                if status.state not in {CallState.SEALED, CallState.FAILED}:
                    self.take_status(status)

    async def _catch_up(self) -> None:
        while True:
            await self._back.wait()
            self._back.clear()
            for pause in CATCH_UP:
                await asyncio.sleep(pause)
                await self._fill()

    async def _fill(self) -> None:
        """Show what the store has and was not shown: since we look, or all of it where ingest has never told us of any."""
        shown, since = self._shown, self._since
        async for caption in self._missed.captions(None if self._was_away and not shown else since):
            if not shown or caption.at >= since:
                self._screen.caption(caption)


@contextlib.contextmanager
def _until_terminated() -> Iterator[None]:
    """SIGTERM, as `timeout` sends it, ends this first and then the process: else a terminal is left without its cursor."""
    loop, task, terminated = asyncio.get_running_loop(), asyncio.current_task(), asyncio.Event()

    def end() -> None:
        terminated.set()
        if task is not None:
            task.cancel()

    loop.add_signal_handler(signal.SIGTERM, end)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
        if terminated.is_set():
            signal.raise_signal(signal.SIGTERM)


@asynccontextmanager
async def _beside(*works: Coroutine[Any, Any, None]) -> AsyncIterator[list["asyncio.Task[None]"]]:
    """These run for as long as the context lasts, and end with it. Raises what one of them has failed with."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        failures = [task.exception() for task in tasks if not task.cancelled()]
    for failure in failures:
        if failure is not None:
            raise failure


async def _while_well(work: Coroutine[Any, Any, CallResult], beside: Iterable["asyncio.Task[None]"]) -> CallResult:
    """What `work` returns. Raises what one of those beside it fails with, at once: nobody may be reading any more."""
    working, running = asyncio.create_task(work), set(beside)
    try:
        while not working.done():
            done, _ = await asyncio.wait({working, *running}, return_when=asyncio.FIRST_COMPLETED)
            for task in done & running:
                task.result()
            running -= done
        return working.result()
    finally:
        working.cancel()
