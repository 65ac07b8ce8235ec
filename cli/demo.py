"""One call, end to end, on this machine: `demo`. Everything is real but the telephone network."""

import asyncio
import os
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.text import Text

from callscribe.contracts.status import CallResult
from callscribe.runtime.settings import load_settings
from callscribe.transcript.facts import VerdictKind
from callscribe.transcript.model import Segment, Stream
from callscribe.transcript.sequencing import order
from cli.caption_view import CaptionView
from cli.console import say_json, stderr, stdout
from cli.demo_call import DemoCall
from cli.dev import SHOWN, FreePortsOption, addresses, log_lines, page_link, ports_from
from cli.emulator import control
from cli.errors import CliError
from cli.exit_codes import ExitCode
from cli.options import BEGIN_PANEL, JsonOption
from cli.outcome import StepsTable, verdict_lines
from cli.own_home import LOG, at_home, isolated, own_home
from cli.ports import choose_free
from cli.script_check import compare
from cli.session import run, stored_transcript, ui_url
from cli.stack import InterruptedByUserError, StackPlan, run_stack, wiring
from cli.starting import starting
from cli.supervisor import ServiceError
from cli.targets import new_key
from emulator.scripts import SHIPPED, CallScript, ScriptError, load_script

app = typer.Typer()

DEFAULT_SCRIPT: Final = SHIPPED / "two-languages.jsonl"
SHORT: Final = 40
"""Segments up to which the demo prints the whole transcript; of longer ones it shows both ends."""


@app.command(rich_help_panel=BEGIN_PANEL, epilog="Example: `callscribe demo --speed 2`")
def demo(
    script: Annotated[
        Path | None, typer.Option("--script", exists=True, dir_okay=False, help="Call script that is spoken.")
    ] = None,
    speed: Annotated[float, typer.Option("--speed", min=0.01, help="How many times faster than life.")] = 1.0,
    stay: Annotated[bool, typer.Option("--stay", help="Leave everything running until Ctrl-C.")] = False,
    free_ports: FreePortsOption = False,
    call_log: Annotated[bool, typer.Option("--call-log", help="Show the processes' own logs as well.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Run one emulated call through its whole life, with live captions, and check its transcript against the script.

    Starts Temporal, the emulator, ingest and the worker with a folder of their own, and stops them afterwards. Your
    settings are not used. With `--json`, what you would watch goes to standard error, and one object says how it ended.
    """
    try:
        spoken = load_script(script or DEFAULT_SCRIPT)
    except ScriptError as error:
        raise CliError(str(error), ExitCode.USAGE) from error
    ports = choose_free() if free_ports else ports_from(load_settings())
    with own_home("demo") as home:
        settings = isolated(home)
        plan = StackPlan(home=home, ports=ports, speed=speed, script=script, settings=settings, at_home=at_home())
        os.environ.update(wiring(plan))
        shown = _Demo(plan, spoken, stderr() if as_json else stdout(), stay=stay, call_log=call_log, as_json=as_json)
        raise typer.Exit(run(shown.run()))


class _Demo:
    def __init__(
        self, plan: StackPlan, script: CallScript, console: Console, *, stay: bool, call_log: bool, as_json: bool
    ) -> None:
        self._plan = plan
        self._script = script
        self._console = console
        self._stay = stay
        self._call_log = call_log
        self._as_json = as_json
        self._log = plan.home / LOG
        self._finished: ExitCode | None = None

    async def run(self) -> ExitCode:
        """The stack with the call in it; returns the exit code."""
        with self._log.open("a") as file, starting(self._console, SHOWN) as started:
            shown = log_lines(self._console) if self._call_log else None

            def keep(name: str, line: str) -> None:
                file.write(f"{name:<8} │ {line}\n")
                file.flush()
                if shown is not None:
                    shown(name, line)

            async def work() -> ExitCode:
                started.done()
                return await self._work()

            try:
                return await run_stack(self._plan, keep, work, command="demo", progress=started)
            except InterruptedByUserError:
                if self._finished is None:
                    raise
                return self._finished
            except CliError as error:
                if self._log.stat().st_size:
                    self._show_log(error)
                raise

    async def _work(self) -> ExitCode:
        began = monotonic()
        key = new_key()
        self._console.print(Text(f"Live page: {page_link(self._plan)}"), soft_wrap=True)
        async with control() as emulator:

            async def has_spoken() -> bool:
                return any(report.script.finished for report in await emulator.calls())

            call = DemoCall(self._script, key, self._console, has_spoken, self._plan.speed)
            result = await call.run()
        stored = await stored_transcript(key)
        segments = order(stored.segments, stored.streams)
        self._show_transcript(segments)
        self._finished = self._verdict(key, result, segments, stored.streams, monotonic() - began)
        if self._stay:
            for line in addresses(self._plan):
                self._console.print(line, soft_wrap=True)
            await asyncio.Event().wait()
        return self._finished

    def _show_transcript(self, segments: tuple[Segment, ...]) -> None:
        names = CaptionView(self._script.participants)
        self._heading("Final transcript")
        shown: list[Segment | None] = [*segments]
        if len(segments) > SHORT:
            shown = [*segments[:5], None, *segments[-5:]]
        for segment in shown:
            if segment is None:
                self._console.print(f"  … {len(segments) - 10} more …", style="dim")
            else:
                line = Text.assemble((f"  {names.name(segment.participant)}: ", "bold"), segment.text)
                self._console.print(line, soft_wrap=not self._console.is_terminal)

    def _verdict(
        self, key: str, result: CallResult, segments: tuple[Segment, ...], streams: tuple[Stream, ...], took: float
    ) -> ExitCode:
        """Steps, verdict, links, and last of all whether the transcript is the script."""
        self._heading(f"Steps ({took:.1f} s in all)")
        self._console.print(StepsTable(result.steps))
        self._heading("Verdict")
        for line in verdict_lines(result.verdict):
            self._console.print(line, soft_wrap=True)
        self._console.print(
            f"  {len(streams)} {'stream' if len(streams) == 1 else 'streams'}, {result.verdict.counts.received} segments received, "
            f"{result.verdict.counts.stored} stored",
            style="dim",
        )
        up = "" if self._stay else " (while the stack runs: make demo STAY=1)"
        self._console.print(Text(f"In Temporal's web UI: {ui_url(key)}{up}"), soft_wrap=True)
        comparison = compare(self._script, segments)
        exact = comparison.is_exact and result.verdict.kind is VerdictKind.COMPLETE
        for told in comparison.lines():
            self._console.print(Text(told, style="bold green" if comparison.is_exact else "bold red"), soft_wrap=True)
        if self._as_json:
            say_json(
                {
                    "key": key,
                    "script": self._script.name,
                    "exact": exact,
                    "seconds": round(took, 1),
                    "comparison": asdict(comparison),
                    "temporal_ui": ui_url(key),
                    "result": result.model_dump(mode="json"),
                }
            )
        return ExitCode.OK if exact else ExitCode.INCOMPLETE

    def _heading(self, text: str) -> None:
        self._console.print(Text(f"\n{text}", style="bold"))

    def _show_log(self, error: CliError) -> None:
        """The end of the services' log, and where the rest is."""
        lines = list(error.last_lines) if isinstance(error, ServiceError) else []
        lines = lines or self._log.read_text(errors="replace").splitlines()[-20:]
        for line in lines:
            self._console.print(Text(f"  {line}", style="dim"), soft_wrap=True)
        self._console.print(Text(f"The processes' logs are in {self._log}"), soft_wrap=True)
