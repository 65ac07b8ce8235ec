"""`callscribe chaos`: start a stack, kill it under its calls, and account for every word."""

import os
import time
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.text import Text

from callscribe.transcript.spans import counted
from cli.chaos.account import Account, Row
from cli.chaos.drill import Chaos, Drill
from cli.chaos.postgresql import fresh_server
from cli.chaos.schedule import VICTIMS, Kind
from cli.console import say_json, stderr, stdout
from cli.errors import CliError
from cli.exit_codes import ExitCode
from cli.fitting import fitting
from cli.options import RUN_PANEL, JsonOption
from cli.own_home import LOG, isolated, own_home
from cli.ports import choose_free, free_port
from cli.progress import progress
from cli.session import run
from cli.stack import StackPlan, run_supervised, wiring
from cli.supervisor import Service, Supervisor
from emulator.scripts import SHIPPED, CallScript, ScriptError, load_script

app = typer.Typer()


class Store(StrEnum):
    """What keeps the transcripts of the run."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


MOST_COMPLAINTS: Final = 10
"""Lines about one call that a person gets to see; `--json` has them all."""
_COLUMNS: Final = (
    ("faults", "faults"),
    ("said", "said"),
    ("sent", "sent"),
    ("accepted", "accepted"),
    ("stored", "stored"),
    ("in flight", "in_flight"),
    ("lost", "lost"),
    ("doubled", "doubled"),
    ("out of order", "out_of_order"),
)


@app.command(
    rich_help_panel=RUN_PANEL,
    epilog="Example: `callscribe chaos --calls 20 --speed 20 --kill ingest,worker,temporal,all --seed 1`",
)
def chaos(  # noqa: PLR0913, PLR0917 -- each option of the command is a parameter
    calls: Annotated[int, typer.Option("--calls", min=1, max=500, help="Calls at once.")] = 3,
    script: Annotated[
        list[Path] | None,
        typer.Option(
            "--script", exists=True, dir_okay=False, help="Call script that is spoken. Repeatable: calls take turns."
        ),
    ] = None,
    speed: Annotated[float, typer.Option("--speed", min=0.01, help="How many times faster than life.")] = 1.0,
    kill: Annotated[
        str,
        typer.Option("--kill", metavar="KINDS", help="What is killed: `ingest`, `worker`, `temporal`, `store`, `all`."),
    ] = "ingest,worker,temporal,all",
    seed: Annotated[int, typer.Option("--seed", help="Seed of what is killed when, and for how long.")] = 1,
    every: Annotated[
        float, typer.Option("--every", min=0.1, metavar="SECONDS", help="Calm between two faults, on average.")
    ] = 5.0,
    outage: Annotated[
        float | None,
        typer.Option(
            "--outage",
            min=0.0,
            metavar="SECONDS",
            help="How long what is killed stays away. [default: 0 to 5, by the seed]",
        ),
    ] = None,
    freeze: Annotated[
        bool,
        typer.Option(
            "--freeze", help="Stop it (SIGSTOP) and let it go on instead of killing it: nobody answers, nothing closes."
        ),
    ] = False,
    hang_up_early: Annotated[
        bool,
        typer.Option("--hang-up-early", help="Let far ends hang up right after their last word, amid the blows."),
    ] = False,
    from_the_start: Annotated[
        bool,
        typer.Option("--from-the-start", help="Let the blows begin with the first dial, not once all calls speak."),
    ] = False,
    store: Annotated[
        Store, typer.Option("--store", help="Transcript store: a file, or a PostgreSQL server that can be killed.")
    ] = Store.SQLITE,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the run's folder: databases, outbox, logs.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Kill Callscribe's own processes under running calls, and check that no accepted word is lost or doubled.

    Starts Temporal, the emulator, ingest and the worker with a folder of their own, and stops them afterwards. Your
    settings are not used. The exit code is 1 if a word or a verdict is wrong; docs/chaos.md defines the terms.
    """
    drill = Drill(
        scripts=tuple(map(_spoken, script or [SHIPPED / "two-languages.jsonl"])),
        calls=calls,
        kinds=parse_kinds(kill),
        seed=seed,
        every=every,
        outage=outage,
        speed=speed,
        victims=(*VICTIMS, Kind.STORE) if store is Store.POSTGRESQL else VICTIMS,
        freeze=freeze,
        hang_up_early=hang_up_early,
        from_the_start=from_the_start,
    )
    if Kind.STORE in drill.kinds and store is not Store.POSTGRESQL:
        raise CliError("Only a store that is a server can be killed: add --store postgresql.", ExitCode.USAGE)
    with own_home("chaos", keep=keep) as home, ExitStack() as stack:
        plan = StackPlan(home=home, ports=choose_free(), speed=speed, reconnect_tries=1000, settings=isolated(home))
        os.environ.update(wiring(plan))
        before: tuple[Service, ...] = ()
        if store is Store.POSTGRESQL:
            server = stack.enter_context(fresh_server(free_port()))
            os.environ["CALLSCRIBE_STORE_URL"] = server.url
            before = (server.service,)
        account = run(_carry_out(plan, drill, stderr(), before, quiet=as_json))
        if as_json:
            say_json(account)
        else:
            show(account, stdout())
        if keep or not account.is_sound:
            stderr().print(Text(f"The run's folder, with the processes' logs in {LOG}: {home}"), soft_wrap=True)
        raise typer.Exit(ExitCode.OK if account.is_sound else ExitCode.FAILED)


def parse_kinds(text: str) -> tuple[Kind, ...]:
    """`ingest,worker` as kinds. Raises `CliError` for what is none."""
    named = [part.strip() for part in text.split(",") if part.strip()]
    known = [kind.value for kind in Kind]
    if not named or any(name not in known for name in named):
        raise CliError(f"--kill is a list of {', '.join(known)}, not '{text}'.", ExitCode.USAGE)
    return tuple(Kind(name) for name in dict.fromkeys(named))


def _spoken(path: Path) -> tuple[Path, CallScript]:
    try:
        return path, load_script(path)
    except ScriptError as error:
        raise CliError(str(error), ExitCode.USAGE) from error


async def _carry_out(
    plan: StackPlan, drill: Drill, console: Console, before: tuple[Service, ...], *, quiet: bool
) -> Account:
    began = time.monotonic()

    def tell(line: str) -> None:
        console.print(Text(f"{time.monotonic() - began:6.1f} s  {line}", style="dim"), soft_wrap=True)

    with (plan.home / LOG).open("a") as file:

        def keep(name: str, line: str) -> None:
            file.write(f"{name:<8} │ {line}\n")
            file.flush()

        async def work(supervisor: Supervisor) -> Account:
            with progress(console, quiet=quiet) as told:

                def shown(blows: int, spoken: int) -> None:
                    told(
                        f"{counted(blows, 'blow')}, {spoken} of {counted(drill.calls, 'call')} spoken",
                        spoken,
                        drill.calls,
                    )

                return await Chaos(drill, supervisor, tell, shown).run()

        tell("starting Temporal, the emulator, ingest and the worker")
        try:
            return await run_supervised(plan, keep, work, command="chaos", before=before)
        except (CliError, ExceptionGroup):
            console.print(Text(f"The processes' logs are in {plan.home / LOG}"), soft_wrap=True)
            raise


def show(account: Account, console: Console) -> None:
    """The account for a person: a table by kind of fault, the verdicts, and whatever is wrong."""
    titles = ("UNDER", *(title.upper() for title, _ in _COLUMNS), "LONGEST STALL")
    console.print(fitting(titles, [_row(row) for row in account.rows], console.width, right=titles[1:]))
    verdicts = ", ".join(f"{count} {kind}" for kind, count in sorted(account.verdicts.items()))
    console.print(Text(f"\nVerdicts: {verdicts}; {account.untrue} untrue. Chaos lasted {account.seconds:.1f} s."))
    for call in account.calls:
        for line in call.complaints[:MOST_COMPLAINTS]:
            console.print(Text(f"  {call.key}: {line}", style="red"), soft_wrap=True)
        if len(call.complaints) > MOST_COMPLAINTS:
            console.print(Text(f"  {call.key}: … {len(call.complaints) - MOST_COMPLAINTS} more", style="red"))
    total = account.rows[-1]
    if account.is_sound:
        console.print(
            Text(
                f"None of {total.accepted} accepted segments is lost, doubled or out of order; every verdict is true."
            ),
            style="bold green",
        )


def _row(row: Row) -> list[str]:
    return [row.kind, *(str(getattr(row, name)) for _, name in _COLUMNS), f"{row.longest_stall:.1f} s"]
