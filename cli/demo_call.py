"""The demo's one call, through the whole life that ACS's how-to describes.

create (transcription off) → CallConnected → start with locale and context → captions → locale change → stop → hang up
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from time import monotonic
from typing import Final, TypeVar

from rich.console import Console
from rich.text import Text

from callscribe.acs.locales import same_locale
from callscribe.contracts import names
from callscribe.contracts.call import CallRequest, CreateCall, StartMode, TranscriptionSettings
from callscribe.contracts.commands import HangUp, StartTranscription, StopTranscription, UpdateLocale
from callscribe.contracts.status import CallResult, CallState, CallStatus
from cli.calls import begin, summary
from cli.caption_view import CaptionView
from cli.captions import captions
from cli.commands import send
from cli.errors import CliError
from cli.locale_plan import LocalePlan
from cli.outcome import seconds
from cli.screens import Screen, screen
from cli.session import CallHandle, result_of, settings
from cli.status import known_status
from cli.targets import parse_target
from emulator.scripts import CallScript

_T = TypeVar("_T")
CONTEXT: Final = "callscribe-demo"
STEP_WITHIN: Final = 60.0
"""Seconds for any one step; each takes about two."""


def demo_request(script: CallScript) -> CallRequest:
    """The call that the demo makes: everybody in the script's header is dialled. Raises `CliError` for a script that
    names nobody who can be.
    """
    targets = []
    for raw_id in script.participants:
        with contextlib.suppress(CliError):
            targets.append(parse_target(raw_id))
    if not targets:
        raise CliError(f"The script '{script.name}' names no participant who can be called in its first line.")
    return CallRequest(
        origin=CreateCall(targets=tuple(targets), source_display_name="Callscribe demo", operation_context=CONTEXT),
        transcription=TranscriptionSettings(
            locale=script.locale, start=StartMode.ON_REQUEST, intermediate_results=True, operation_context=CONTEXT
        ),
        participants=script.participants,
    )


class DemoCall:
    """Makes the call, shows it, steers it. `has_spoken` says whether the emulator has spoken the whole script."""

    def __init__(
        self, script: CallScript, key: str, console: Console, has_spoken: Callable[[], Awaitable[bool]], speed: float
    ) -> None:
        self._script = script
        self._key = key
        self._console = console
        self._has_spoken = has_spoken
        length = max((line.end_ms for line in script.lines), default=0) / 1000 / speed
        self._patience = length * 1.5 + STEP_WITHIN
        self._view = CaptionView(script.participants, locale=script.locale)
        self._heard = asyncio.Condition()

    async def run(self) -> CallResult:
        """The whole call; returns what it ended with. Raises `CliError` for a step that fails or takes too long."""
        request = demo_request(self._script)
        self._console.print(Text(summary(request, whole=True), style="bold"), soft_wrap=True)
        handle = await begin(request, self._key)
        await self._step("dialled, and CallConnected came", self._until_connected(handle))
        async with self._captions():
            start = StartTranscription(locale=self._script.locale, operation_context=CONTEXT)
            await self._step(
                f"transcription started ({self._script.locale}, context '{CONTEXT}')",
                send(handle, names.UPDATE_START, start),
            )
            changing = asyncio.create_task(self._follow_locales(handle))
            try:
                await self._until_stored(handle)
            finally:
                changing.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await changing
        stop = StopTranscription(operation_context=CONTEXT)
        await self._step("transcription stopped", send(handle, names.UPDATE_STOP, stop))
        await self._step("hung up for everyone", send(handle, names.UPDATE_HANG_UP, HangUp()))
        return await self._step("transcript sealed", result_of(handle))

    async def _step(self, done: str, work: Awaitable[_T]) -> _T:
        began = monotonic()
        try:
            async with asyncio.timeout(STEP_WITHIN):
                outcome = await work
        except TimeoutError as error:
            raise CliError(f"Waited {STEP_WITHIN:.0f} s in vain for: {done}.") from error
        took = seconds(timedelta(seconds=monotonic() - began))
        self._console.print(Text.assemble(("✓ ", "green"), done, (f"  {took}", "dim")), soft_wrap=True)
        return outcome

    async def _until_connected(self, handle: CallHandle) -> None:
        while True:
            status = await known_status(handle)
            if status and status.state is CallState.CONNECTED:
                return
            if status and status.state in {CallState.FAILED, CallState.SEALED, CallState.DRAINING}:
                raise CliError(f"The call did not connect: {_problem(status)}")
            await asyncio.sleep(0.1)

    @contextlib.asynccontextmanager
    async def _captions(self) -> AsyncIterator[None]:
        """Live captions for as long as the context lasts; entered when the first connection to ingest stands."""
        async with screen(self._view, self._console, bar=False) as shown:
            opened = asyncio.Event()
            showing = asyncio.create_task(self._show(shown, opened))
            opening = asyncio.create_task(opened.wait())
            try:
                await asyncio.wait({showing, opening}, return_when=asyncio.FIRST_COMPLETED, timeout=STEP_WITHIN)
                if showing.done():
                    showing.result()
                yield
            finally:
                opening.cancel()
                showing.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await showing

    async def _show(self, shown: Screen, opened: asyncio.Event) -> None:
        async for caption in captions(settings(), self._key, opened=opened):
            shown.caption(caption)
            async with self._heard:
                self._heard.notify_all()

    async def _follow_locales(self, handle: CallHandle) -> None:
        """Ask for the locale that the script's next line is in, whenever that is another one."""
        plan = LocalePlan(self._script)
        current = self._script.locale
        async with self._heard:
            while True:
                wanted = plan.after(self._view.finals)
                if wanted is None or same_locale(wanted, current):
                    await self._heard.wait()
                    continue
                change = UpdateLocale(locale=wanted, operation_context=CONTEXT)
                await self._step(f"locale changed to {wanted}", send(handle, names.UPDATE_LOCALE, change))
                current = wanted

    async def _until_stored(self, handle: CallHandle) -> None:
        """Until the emulator has spoken the script and the workflow has stored every line of it."""
        expected = len(self._script.lines)
        deadline = monotonic() + self._patience
        grace: float | None = None
        while True:
            if await self._has_spoken():
                grace = grace or monotonic() + 20.0
                status = await known_status(handle)
                caught_up = status is not None and status.segments >= expected and self._view.finals >= expected
                if caught_up or monotonic() > grace:
                    return
            if monotonic() > deadline:
                raise CliError(f"The script was not spoken to its end within {self._patience:.0f} s.")
            await asyncio.sleep(0.1)


def _problem(status: CallStatus) -> str:
    return f"{status.problem.message} {status.problem.advice}" if status.problem else f"it is {status.state}."
