"""The whole stack on this machine, left running: `dev`."""

import asyncio
import os
import shlex
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
from cli.console import say_json, stderr, stdout
from cli.errors import CliError
from cli.exit_codes import ExitCode
from cli.options import BEGIN_PANEL, JsonOption
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
    as_json: JsonOption = False,
) -> None:
    """Run Temporal, the emulator, ingest and the worker here, with one log, until Ctrl-C.

    With CALLSCRIBE_ACS_CONNECTION_STRING set, that ACS resource is used and no emulator starts. With `--json`, one object
    says what runs where as soon as all of it is up; the log goes to standard error.

    All of it lives and dies together: where one process ends by itself, the others are stopped, with exit code 1, so that
    no half of a stack goes on unseen. `callscribe chaos` kills processes and starts them again; docs/chaos.md says
    how to do so by hand.
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
    run(_serve(plan, stderr() if as_json else stdout(), as_json=as_json))


async def _serve(plan: StackPlan, console: Console, *, as_json: bool) -> None:
    with starting(console, SHOWN if plan.emulated else [name for name in SHOWN if name != "emulator"]) as shown:

        async def forever() -> None:
            shown.done()
            if as_json:
                say_json(places(plan))
            for line in [] if as_json else addresses(plan):
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


_TITLES: Final = {
    "live_page": "live page",
    "temporal_ui": "Temporal's web UI",
    "temporal": "Temporal",
    "ingest": "ingest",
    "emulator": "emulator",
    "event_grid_webhook": "Event Grid webhook",
    "home": "data",
}


def places(plan: StackPlan) -> dict[str, str]:
    """What runs where, for a script: addresses, the live page's with a key to it, and the folder of the data."""
    ports = plan.ports
    found = {
        "live_page": page_link(plan),
        "temporal_ui": f"http://{LOOPBACK}:{ports.temporal_ui}",
        "temporal": plan.address,
        "ingest_http": f"http://{LOOPBACK}:{ports.http}",
        "ingest_websocket": f"ws://{LOOPBACK}:{ports.websocket}",
    }
    if plan.emulated:
        found["emulator"] = f"http://{LOOPBACK}:{ports.emulator}"
    else:
        http = wiring(plan).get("CALLSCRIBE_PUBLIC_HTTP_URL", plan.settings.public_http_url)
        found["event_grid_webhook"] = incoming_url(http, plan.settings.secret())
    return found | {"home": str(plan.home.resolve())}


def addresses(plan: StackPlan) -> list[Text]:
    """What runs where, for a person."""
    found = places(plan)
    found["ingest"] = f"{found['ingest_http']} and {found['ingest_websocket']}"
    rows = [(title, found[name]) for name, title in _TITLES.items() if name in found]
    lines = [Text("Callscribe is up; Ctrl-C stops it.", style="bold")]
    lines += [Text.assemble((f"  {what:<20}", "dim"), value) for what, value in rows]
    command = "callscribe" if shutil.which("callscribe") else ".venv/bin/callscribe"
    hint = f"{command} call +12025550100 --watch"
    if plan.at_home or plan.home.resolve() != Path(".callscribe").resolve():
        hint = f"CALLSCRIBE_HOME={shlex.quote(str(plan.home.resolve()))} {hint}"
    lines.append(Text.assemble(("  in another terminal ", "dim"), hint))
    return lines


def page_link(plan: StackPlan) -> str:
    """A link to the live page for whoever started the stack: it opens everything, for a day."""
    expires = datetime.now(UTC) + PAGE_VALID
    secret = plan.settings.model_copy(update={"home": plan.home}).secret()
    return page_url(
        f"http://{LOOPBACK}:{plan.ports.http}",
        secret,
        PagePass(role=PageRole.OPERATOR, expires=int(expires.timestamp())),
    )


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
