"""The whole stack on this machine, left running: `dev`."""

import asyncio
import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.text import Text

from callscribe.contracts.links import PagePass, PageRole, incoming_url, page_url
from callscribe.runtime.settings import Settings, load_settings
from cli.console import stdout
from cli.errors import CliError
from cli.exit_codes import ExitCode
from cli.options import BEGIN_PANEL
from cli.ports import LOOPBACK, Ports, choose_free
from cli.session import run
from cli.stack import InterruptedByUserError, StackPlan, run_stack, wiring
from cli.starting import starting
from cli.supervisor import LineSink, ServiceError

app = typer.Typer()

COLOURS: Final = {"temporal": "magenta", "emulator": "yellow", "ingest": "cyan", "worker": "green"}
SHOWN: Final = tuple(COLOURS)
"""The processes of a stack, in the order in which they start."""
HANGUP_AT_END: Final = 20.0
"""Seconds after an emulated call's last words: long enough to try commands on it, and then it ends as calls do."""
PAGE_VALID: Final = timedelta(hours=24)
"""How long the link to the live page that the stack shows is good."""
FreePortsOption = Annotated[
    bool,
    typer.Option("--free-ports", envvar="FREE_PORTS", help="Take any free ports instead of the usual ones."),
]


@app.command(rich_help_panel=BEGIN_PANEL, epilog="Example: `callscribe dev --emulator-speed 4`")
def dev(
    free_ports: FreePortsOption = False,
    emulator_speed: Annotated[
        float, typer.Option("--emulator-speed", min=0.01, help="How many times faster than life emulated people speak.")
    ] = 1.0,
    script: Annotated[
        Path | None,
        typer.Option("--script", exists=True, dir_okay=False, help="Call script of every emulated call."),
    ] = None,
    hangup_at_end: Annotated[
        float,
        typer.Option("--hangup-at-end", min=0, help="Seconds after their script at which emulated people hang up."),
    ] = HANGUP_AT_END,
) -> None:
    """Run Temporal, the emulator, ingest and the worker here, with one log, until Ctrl-C.

    With CALLSCRIBE_ACS_CONNECTION_STRING set, that ACS resource is used and no emulator starts.
    """
    settings = load_settings()
    plan = StackPlan(
        home=settings.home,
        ports=choose_free() if free_ports else ports_from(settings),
        emulated=settings.acs_connection_string is None,
        speed=emulator_speed,
        script=script,
        hangup_at_end=hangup_at_end,
        settings=settings,
    )
    console = stdout()
    run(_serve(plan, console))


async def _serve(plan: StackPlan, console: Console) -> None:
    with starting(console, SHOWN if plan.emulated else [name for name in SHOWN if name != "emulator"]) as shown:

        async def forever() -> None:
            shown.done()
            for line in addresses(plan):
                console.print(line, soft_wrap=True)
            await asyncio.Event().wait()

        try:
            await run_stack(plan, log_lines(console), forever, command="dev", progress=shown)
        except InterruptedByUserError:
            console.print("Stopped.")
        except ServiceError as error:
            raise CliError(f"{error} Its last lines are above; everything else has been stopped.") from error


def log_lines(console: Console) -> LineSink:
    """Each line behind its service's name, coloured and of fixed width."""
    width = max(map(len, COLOURS))

    def show(name: str, line: str) -> None:
        prefix = (f"{name:<{width}} │ ", COLOURS.get(name, ""))
        console.print(Text.assemble(prefix, Text.from_ansi(line)), soft_wrap=True)

    return show


def addresses(plan: StackPlan) -> list[Text]:
    """What runs where, for a person."""
    ports = plan.ports
    variables = wiring(plan)
    http = variables.get("CALLSCRIBE_PUBLIC_HTTP_URL", plan.settings.public_http_url)
    rows = [
        ("live page", _page_link(plan, f"http://{LOOPBACK}:{ports.http}")),
        ("Temporal's web UI", f"http://{LOOPBACK}:{ports.temporal_ui}"),
        ("Temporal", plan.address),
        ("ingest", f"http://{LOOPBACK}:{ports.http} and ws://{LOOPBACK}:{ports.websocket}"),
    ]
    if plan.emulated:
        rows.append(("emulator", f"http://{LOOPBACK}:{ports.emulator}"))
    else:
        rows.append(("Event Grid webhook", incoming_url(http, plan.settings.secret())))
    rows.append(("data", str(plan.home.resolve())))
    lines = [Text("Callscribe is up; Ctrl-C stops it.", style="bold")]
    lines += [Text.assemble((f"  {what:<20}", "dim"), value) for what, value in rows]
    command = "callscribe" if shutil.which("callscribe") else ".venv/bin/callscribe"
    hint = f"{command} call +12025550100 --watch"
    if plan.home.resolve() != Path(".callscribe").resolve() and "CALLSCRIBE_HOME" not in os.environ:
        hint = f"CALLSCRIBE_HOME={plan.home.resolve()} {hint}"
    lines.append(Text.assemble(("  in another terminal ", "dim"), hint))
    return lines


def _page_link(plan: StackPlan, base: str) -> str:
    """A link to the live page for whoever started the stack: it opens everything, for as long as a working day."""
    expires = datetime.now(UTC) + PAGE_VALID
    secret = plan.settings.model_copy(update={"home": plan.home}).secret()
    return page_url(base, secret, PagePass(role=PageRole.OPERATOR, expires=int(expires.timestamp())))


def ports_from(settings: Settings) -> Ports:
    """The ports that the settings and TEMPORAL_ADDRESS name. Raises `CliError` for one that is not on this machine."""
    return Ports(
        temporal=_local_port("TEMPORAL_ADDRESS", f"//{os.environ.get('TEMPORAL_ADDRESS', f'{LOOPBACK}:7233')}"),
        temporal_ui=_local_port("CALLSCRIBE_TEMPORAL_UI_URL", settings.temporal_ui_url),
        http=settings.http_port,
        websocket=settings.websocket_port,
        emulator=_local_port("CALLSCRIBE_EMULATOR_URL", settings.emulator_url),
    )


def _local_port(variable: str, url: str) -> int:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if host in {LOOPBACK, "localhost"} and port:
        return port
    value = url.removeprefix("//")
    raise CliError(
        f"{variable} is '{value}', but this command runs everything on this machine: unset it, or name {LOOPBACK} "
        "and a port.",
        ExitCode.USAGE,
    )
