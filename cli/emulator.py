"""The ACS emulator: run it, look at its calls, speak, hang up and ring from the far end."""

import errno
import os
import socket
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from callscribe.acs.locales import check_locale
from callscribe.contracts.links import incoming_url
from callscribe.runtime import logs
from cli.completion import locales
from cli.console import one_line, say, say_json, show, stdout
from cli.errors import CliError
from cli.exit_codes import ExitCode
from cli.fitting import Cell, fitting
from cli.options import JsonOption
from cli.session import run, settings
from cli.targets import parse_raw_id
from emulator.auth import decode_key
from emulator.client import EmulatorControl
from emulator.config import DEFAULT_ACCESS_KEY, EmulatorConfig
from emulator.control_models import CallReport, IncomingReport, IncomingRequest, SayRequest

app = typer.Typer(help="The ACS emulator: run it, and play the people at the far end of a call.", no_args_is_help=True)

CallIdArgument = Annotated[
    str, typer.Argument(metavar="CALL_ID", help="Call connection id, as `callscribe emulator call` lists it.")
]


@app.command(epilog="Example: `callscribe emulator serve --port 8090 --speed 4`")
def serve(  # noqa: PLR0913, PLR0917 -- each option of the command is a parameter
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 takes a free one.")] = 8090,
    speed: Annotated[float, typer.Option("--speed", min=0.01, help="How many times faster than life.")] = 1.0,
    script: Annotated[
        Path | None,
        typer.Option("--script", exists=True, dir_okay=False, help="Call script of every call without a plan."),
    ] = None,
    access_key: Annotated[
        str, typer.Option("--access-key", help="Base64 key that requests are signed with.")
    ] = DEFAULT_ACCESS_KEY,
    seed: Annotated[int, typer.Option("--seed", help="Seed of everything that is drawn.")] = 0,
    hangup_at_end: Annotated[
        float | None,
        typer.Option("--hangup-at-end", min=0, help="Seconds after its script at which the far end hangs up."),
    ] = None,
    reconnect_tries: Annotated[
        int, typer.Option("--reconnect-tries", min=0, help="How often a dropped socket is dialled again.")
    ] = 10,
    require_tls: Annotated[
        bool, typer.Option("--require-tls", help="Refuse callback and socket addresses without TLS, as ACS does.")
    ] = False,
) -> None:
    """Stand where ACS stands, until Ctrl-C or SIGTERM."""
    from emulator.main import run as serve_emulator

    config = EmulatorConfig(
        host=host,
        port=port,
        speed=speed,
        script=script,
        access_key=access_key,
        seed=seed,
        hangup_at_end=hangup_at_end,
        reconnect_tries=reconnect_tries,
        require_tls=require_tls,
    )
    try:
        decode_key(access_key)
    except ValueError as error:
        raise CliError(f"--access-key: {error}.", ExitCode.USAGE) from error
    logs.configure(settings().log_level, settings().log_format)
    try:
        run(serve_emulator(config))
    except OSError as error:
        if isinstance(error, socket.gaierror):
            raise CliError(f"'{host}' is no address here ({error.strerror}): choose another --host.") from error
        if error.errno not in {errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES}:
            raise
        raise CliError(
            f"{host}:{port} cannot be listened on ({os.strerror(error.errno)}): stop what uses it, or choose another "
            "--port (0 takes a free one)."
        ) from error


@app.command(epilog="Example: `callscribe emulator call`")
def call(
    call_id: Annotated[
        str | None, typer.Argument(metavar="[CALL_ID]", help="One call, by its call connection id; unset: all.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show the emulated calls, and how far each one's script is."""

    async def work() -> list[CallReport]:
        async with control() as emulator:
            return [await emulator.call(call_id)] if call_id else await emulator.calls()

    reports = run(work())
    if as_json:
        for report in reports:
            say_json(report)
        return
    if not reports:
        say("The emulator has had no call yet.")
        return
    titles = ("CALL_ID", "STATE", "TRANSCRIPTION", "LOCALE", "SCRIPT", "SPOKEN")
    show(fitting(titles, [_row(report) for report in reports], stdout().width, folded={"SCRIPT"}))


@app.command("say", epilog='Example: `callscribe emulator say 1f2e… --as +12025550100 "Good morning."`')
def say_words(
    call_id: CallIdArgument,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What is said.")],
    participant: Annotated[str, typer.Option("--as", metavar="RAWID", help="Who says it.")],
    locale: Annotated[
        str | None,
        typer.Option("--locale", metavar="LOCALE", autocompletion=locales, help="Language and region it is said in."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Let somebody on a call say something now."""
    words = SayRequest(
        participant=parse_raw_id(participant), text=text, locale=check_locale(locale) if locale else None
    )

    async def work() -> None:
        async with control() as emulator:
            await emulator.say(call_id, words)

    run(work())
    if as_json:
        say_json({"call_connection_id": call_id, **words.model_dump(mode="json")})
    else:
        say("Said.")


@app.command(epilog="Example: `callscribe emulator hangup 1f2e…`")
def hangup(call_id: CallIdArgument, as_json: JsonOption = False) -> None:
    """Let the far end hang up."""

    async def work() -> None:
        async with control() as emulator:
            await emulator.hang_up(call_id)

    run(work())
    if as_json:
        say_json({"call_connection_id": call_id, "hung_up": True})
    else:
        say("Hung up.")


@app.command(epilog="Example: `callscribe emulator incoming --from +12025550100 --to +12025550199`")
def incoming(
    caller: Annotated[str, typer.Option("--from", metavar="RAWID", help="Who calls: phone number or raw id.")],
    callee: Annotated[str, typer.Option("--to", metavar="RAWID", help="Who is called: a number of yours.")],
    script: Annotated[
        Path | None, typer.Option("--script", exists=True, dir_okay=False, help="Call script that is spoken.")
    ] = None,
    speed: Annotated[float | None, typer.Option("--speed", min=0.01, help="How many times faster than life.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Ring: announce an incoming call to ingest, as Event Grid does. Ingest answers it and transcribes it."""
    known = settings()
    caller, callee = parse_raw_id(caller), parse_raw_id(callee)
    request = IncomingRequest.model_validate(
        {"from": caller, "to": callee, "notify": incoming_url(known.public_http_url, known.secret())}
        | ({"script": script.read_text(encoding="utf-8")} if script else {})
        | ({"speed": speed} if speed else {})
    )

    async def work() -> IncomingReport:
        async with control() as emulator:
            return await emulator.incoming(request)

    report = run(work())
    if as_json:
        say_json(report)
    else:
        say(f"Announced; server call id {report.server_call_id}. 'callscribe list' shows the call once it is answered.")


def control() -> EmulatorControl:
    """A client of the emulator that the settings name."""
    return EmulatorControl(settings().emulator_url)


def _row(report: CallReport) -> list[Cell]:
    progress = report.script
    return [
        Text(report.call_connection_id, style="bold"),
        report.state,
        report.transcription_state,
        report.locale or "",
        one_line(progress.name),
        f"{progress.spoken} of {progress.lines_total}" + (" (all)" if progress.finished else ""),
    ]
