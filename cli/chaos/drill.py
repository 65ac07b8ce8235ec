"""One run: calls begin, their processes are killed under them, everything settles, and every call is accounted for."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from temporalio.service import RPCError

from callscribe.contracts.call import CallRequest, CreateCall, Limits, PhoneNumber, TranscriptionSettings
from callscribe.contracts.status import CallResult
from callscribe.runtime.store import StoredTranscript, StoreError, open_store
from callscribe.runtime.temporal import TemporalUnreachableError
from cli.calls import begin
from cli.chaos.account import Account, make_account
from cli.chaos.audit import Evidence, Finding, audit
from cli.chaos.havoc import Blow, havoc
from cli.chaos.schedule import VICTIMS, Kind, faults
from cli.chaos.stalls import Progress
from cli.emulator import control
from cli.errors import CliError
from cli.session import CallHandle, result_of, settings
from cli.supervisor import Supervisor
from emulator.client import EmulatorControl, EmulatorError
from emulator.control_models import CallReport, PlanRequest
from emulator.scripts import CallScript

SPEAKING_WITHIN: Final = 90.0
"""Seconds from the first dial until all calls speak; the blows begin then."""
STARTING_WITHIN: Final = 240.0
"""Seconds within which every call is transcribed although the blows fall on its first attempts: those come ever later."""
SETTLED_WITHIN: Final = 30.0
"""Seconds from the last word until every socket is open again; then the calls are hung up."""
SEALED_WITHIN: Final = 180.0
"""Seconds from hanging up to the last verdict; a drain takes 60 at most."""
EARLY: Final = 0.5
"""Seconds after its last word at which a far end hangs up that is to hang up early."""
LOOK_EVERY: Final = 0.5
"""Seconds between two looks at how far calls and store are."""
STALE_CONNECTIONS: Final = 20
"""How often the store may refuse to be read at the end."""

if TYPE_CHECKING:
    from callscribe.runtime.store import TranscriptStore


Shown = Callable[[int, int], None]
"""Is told how many blows have fallen and how many calls are spoken out."""


@dataclass(frozen=True, kw_only=True)
class Drill:
    """What is asked for."""

    scripts: tuple[tuple[Path, CallScript], ...]
    calls: int
    kinds: tuple[Kind, ...]
    seed: int
    every: float
    speed: float
    outage: float | None = None
    """Seconds that what is killed stays away; None: a random time."""
    victims: tuple[Kind, ...] = VICTIMS
    """What `all` kills."""
    hang_up_early: bool = False
    """Whether far ends hang up right after their last word, with the blows going on."""
    freeze: bool = False
    """Whether what is struck stands still for its time, instead of dying."""
    from_the_start: bool = False
    """Whether the blows begin with the first dial, amid the calls' connecting, and not once all calls speak."""

    def script(self, number: int) -> tuple[Path, CallScript]:
        """The script of call `number`, from 0: the given ones in turn."""
        return self.scripts[number % len(self.scripts)]

    @property
    def patience(self) -> float:
        """Seconds within which all scripts must have been spoken."""
        longest = max((line.end_ms for _, script in self.scripts for line in script.lines), default=0)
        connecting = STARTING_WITHIN if self.from_the_start else 0.0
        return longest / 1000 / self.speed * 2 + 60 + connecting


@dataclass(frozen=True, kw_only=True)
class _Call:
    key: str
    target: str
    script: CallScript
    handle: CallHandle


class Chaos:
    """Carries a drill out on a running stack."""

    def __init__(self, drill: Drill, supervisor: Supervisor, tell: Callable[[str], None], shown: Shown) -> None:
        self._drill = drill
        self._supervisor = supervisor
        self._tell = tell
        self._shown = shown
        self._blows = 0
        self._progress = Progress()

    async def run(self) -> Account:
        """The account. Raises `CliError` where the calls never begin, or a process does not come back."""
        drill = self._drill
        async with control() as emulator, await open_store(settings().transcript_store_url) as store:
            calls: list[_Call] = []
            if not drill.from_the_start:
                await self._begin_all(emulator, calls)
                await self._until_speaking(emulator)
                self._tell(f"{drill.calls} calls speak; the blows begin")
            began = time.monotonic()
            async with asyncio.TaskGroup() as tasks:
                watching = tasks.create_task(self._watch(store, calls), name="watch")
                if drill.from_the_start:
                    self._tell("the blows begin with the first dial")
                    tasks.create_task(self._begin_all(emulator, calls), name="dial")
                blows = await self._strike_until_spoken(emulator)
                took = time.monotonic() - began
                self._tell(f"all scripts are spoken, after {len(blows)} blows")
                await self._settle(emulator)
                for report in await emulator.calls():
                    if report.state == "connected":
                        await emulator.hang_up(report.call_connection_id)
                outcomes = await asyncio.gather(*(_outcome(call.handle) for call in calls))
                watching.cancel()
            await self._look(store, calls)
            reports = {report.targets[0]: report for report in await emulator.calls()}
            findings = [
                await self._finding(emulator, store, call, reports.get(f"4:{call.target}"), outcome, blows)
                for call, outcome in zip(calls, outcomes, strict=True)
            ]
        waits = [wait for finding in findings for wait in self._progress.waits(finding.key, _said(finding))]
        return make_account(findings, blows, waits, seed=drill.seed, speed=drill.speed, took=took)

    async def _begin_all(self, emulator: EmulatorControl, calls: list[_Call]) -> None:
        """Dial every call, one after the other, and put it into `calls`."""
        for number in range(self._drill.calls):
            await self._begin(emulator, number, calls)

    async def _begin(self, emulator: EmulatorControl, number: int, calls: list[_Call]) -> None:
        path, script = self._drill.script(number)
        key, target = f"chaos-{number + 1}", f"+1555{number:07d}"
        await emulator.plan(
            target, PlanRequest(script_path=path.resolve(), hangup_at_end=EARLY if self._drill.hang_up_early else None)
        )
        request = CallRequest(
            origin=CreateCall(targets=(PhoneNumber(value=target),)),
            transcription=TranscriptionSettings(locale=script.locale),
            limits=Limits(),
            participants=script.participants,
        )
        deadline = time.monotonic() + SPEAKING_WITHIN
        while True:
            try:
                handle = await begin(request, key)
            except (RPCError, TemporalUnreachableError):
                # Temporal may be one of the victims; under the same key a second try finds what the first one began.
                if not self._drill.from_the_start or time.monotonic() > deadline:
                    raise
                await asyncio.sleep(LOOK_EVERY)
            else:
                calls.append(_Call(key=key, target=target, script=script, handle=handle))
                return

    async def _until_speaking(self, emulator: EmulatorControl) -> None:
        def speaks(report: CallReport) -> bool:
            return report.transcription_state == "active"

        async def all_speak() -> bool:
            reports = await emulator.calls()
            return len(reports) == self._drill.calls and all(map(speaks, reports))

        if not await _until(all_speak, SPEAKING_WITHIN):
            speaking = sum(map(speaks, await emulator.calls()))
            raise CliError(
                f"Only {speaking} of {self._drill.calls} calls were transcribed within {SPEAKING_WITHIN:.0f} s of "
                "dialling: try fewer calls on this machine."
            )

    async def _strike_until_spoken(self, emulator: EmulatorControl) -> list[Blow]:
        drill, spoken = self._drill, asyncio.Event()
        sequence = faults(drill.kinds, every=drill.every, seed=drill.seed, victims=drill.victims, outage=drill.outage)
        async with asyncio.TaskGroup() as tasks:
            striking = tasks.create_task(
                havoc(self._supervisor, sequence, spoken, self._struck, at_least=len(drill.kinds), freeze=drill.freeze),
                name="havoc",
            )

            def spoken_out(report: CallReport) -> bool:
                return report.script.finished or report.state not in {"connecting", "connected"}

            async def all_spoken() -> bool:
                reports = await emulator.calls()
                self._shown(self._blows, sum(map(spoken_out, reports)))
                return len(reports) == drill.calls and all(map(spoken_out, reports))

            await _until(all_spoken, drill.patience)
            spoken.set()
        return striking.result()

    def _struck(self, line: str) -> None:
        self._blows += 1
        self._tell(line)

    async def _watch(self, store: "TranscriptStore", calls: list[_Call]) -> None:
        while True:
            await self._look(store, calls)
            await asyncio.sleep(LOOK_EVERY)

    async def _look(self, store: "TranscriptStore", calls: list[_Call]) -> None:
        try:
            stored = await store.calls(limit=len(calls))
        except StoreError:
            return  # it may be one of the victims; the next look tells how long that took
        for call in stored:
            self._progress.note(call.key, call.segment_count, time.time())

    async def _settle(self, emulator: EmulatorControl) -> None:
        async def all_open() -> bool:
            for report in await emulator.calls():
                if report.transcription_state == "active":
                    record = await emulator.record(report.call_connection_id)
                    if not record.sockets or record.sockets[-1].ended_at is not None:
                        return False
            return True

        if not await _until(all_open, SETTLED_WITHIN):
            self._tell(f"some sockets did not open again within {SETTLED_WITHIN:.0f} s")

    async def _finding(
        self,
        emulator: EmulatorControl,
        store: "TranscriptStore",
        call: _Call,
        report: CallReport | None,
        outcome: CallResult | str,
        blows: list[Blow],
    ) -> Finding:
        if report is None:
            raise CliError(f"The emulator knows no call to {call.target}.")
        stored = await _read(store, call.key)
        return audit(
            Evidence(
                key=call.key,
                record=await emulator.record(report.call_connection_id),
                lines=len(call.script.lines),
                segments=stored.segments if stored else (),
                streams=stored.streams if stored else (),
                verdict=outcome.verdict if isinstance(outcome, CallResult) else None,
                problem="" if isinstance(outcome, CallResult) else outcome,
                ingest_deaths=[blow.at for blow in blows if blow.kind in {Kind.INGEST, Kind.ALL} and not blow.frozen],
            )
        )


def _said(finding: Finding) -> list[float]:
    """When each word was said that is stored."""
    return [word.final.said_at for word in finding.words if not word.is_missing]


async def _read(store: "TranscriptStore", key: str) -> StoredTranscript | None:
    """The call's rows; a connection may be left over from before the store was killed."""
    for _ in range(STALE_CONNECTIONS):
        try:
            return await store.transcript(key)
        except StoreError:
            await asyncio.sleep(LOOK_EVERY)
    return await store.transcript(key)


async def _outcome(handle: CallHandle) -> CallResult | str:
    """The call's result, or why there is none; bears that Temporal answers late after what was done to it."""
    problem = "no answer"
    try:
        async with asyncio.timeout(SEALED_WITHIN):
            while True:
                try:
                    return await result_of(handle)
                except (RPCError, TemporalUnreachableError) as error:
                    problem = str(error)
                    await asyncio.sleep(1.0)
    except TimeoutError:
        return f"not sealed within {SEALED_WITHIN:.0f} s ({problem})"
    except CliError as error:
        return str(error)


async def _until(condition: Callable[[], Awaitable[bool]], within: float) -> bool:
    """Wait until it holds; False once `within` seconds have passed. An emulator that is slow to answer counts as no."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            if await condition():
                return True
        except EmulatorError as error:
            if error.status:
                raise
        await asyncio.sleep(0.2)
    return False
