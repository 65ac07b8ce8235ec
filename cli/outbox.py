"""What ingest has taken and not delivered yet: `outbox`, `outbox redeliver`, `outbox raw`."""

from datetime import UTC, datetime
from typing import Annotated, Final

import typer
from rich.text import Text
from temporalio.client import RPCError
from temporalio.service import RPCStatusCode

from callscribe.contracts import names
from callscribe.runtime.store import StoreError
from callscribe.runtime.temporal import TemporalUnreachableError, is_missing_namespace
from callscribe.transcript.spans import counted
from cli.console import one_line, say, say_json, say_raw, show, stdout
from cli.errors import CliError, unknown_call
from cli.exit_codes import ExitCode
from cli.fitting import Cell, fitting
from cli.options import CallArgument, JsonOption
from cli.outcome import seconds
from cli.session import call_handle, opened_store, run, settings, temporal
from ingest.inspection import CallWaiting, OutboxView, inspect, raw_messages, redeliver

app = typer.Typer(invoke_without_command=True)

_TITLES: Final = ("CALL", "STREAM", "STATE", "SEGMENTS", "CHUNKS", "EVENTS", "RAW", "WAITING")


@app.callback(epilog="Example: `callscribe outbox`")
def outbox(context: typer.Context, as_json: JsonOption = False) -> None:
    """Show what ingest has taken and not delivered yet: how much of each call, since when, and why.

    Reads the outbox in `CALLSCRIBE_HOME`, so it runs where ingest runs; ingest may be running or not.
    """
    if context.invoked_subcommand is not None:
        return
    view = inspect(settings().outbox_path)
    if as_json:
        say_json(view)
        return
    _say(view, datetime.now(UTC))


@app.command("redeliver", epilog="Example: `callscribe outbox redeliver --all`")
def redeliver_command(
    call: Annotated[str | None, typer.Argument(metavar="CALL", help="The call's key, or its workflow id.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Of every call.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Send again what was set aside. A running ingest begins within two seconds, any other one when it starts."""
    if (call is None) == (not everything):
        raise CliError("Name one call, or say --all.", ExitCode.USAGE)
    key = names.call_key(call) if call is not None else None
    streams, events = redeliver(settings().outbox_path, key)
    if key is not None and not (streams or events) and not run(is_known(key)):
        raise unknown_call(key)
    if as_json:
        say_json({"call": key, "streams": streams, "events": events})
    elif streams or events:
        say(f"Sent again: {counted(streams, 'stream')}, {counted(events, 'event')}.")
    else:
        say("Nothing was set aside." if key is None else f"Nothing of call '{key}' was set aside.")


@app.command(epilog="Example: `callscribe outbox raw 0192f0c4 --json`")
def raw(call: CallArgument, as_json: JsonOption = False) -> None:
    """Print what came for a call and could not be read, as it came. It may hold what was said."""
    key, found = names.call_key(call), False
    for message in raw_messages(settings().outbox_path, key):
        found = True
        if as_json:
            say_json(message)
            continue
        say(f"{_clock(message.received_at)}  {message.stream or 'event'}: {one_line(message.reason)}")
        say_raw(message.text if message.text is not None else f"base64:{message.base64}")
    if not found and not run(is_known(key)):
        raise unknown_call(key)
    if not found and not as_json:
        say(f"Everything that came for call '{key}' could be read.")


async def is_known(key: str) -> bool:
    """Whether the outbox, the transcript store or Temporal has heard of the call; yes where one of those does not answer."""
    if any(each.call == key for each in inspect(settings().outbox_path).calls):
        return True
    try:
        async with opened_store(quiet=True) as store:
            if await store.call(key) is not None:
                return True
        await call_handle(await temporal(), key).describe()
    except RPCError as error:
        return error.status is not RPCStatusCode.NOT_FOUND or is_missing_namespace(error)
    except (StoreError, TemporalUnreachableError):
        pass
    return True


def _say(view: OutboxView, now: datetime) -> None:
    if view.calls:
        show(fitting(_TITLES, _rows(view, now), stdout().width, right=_TITLES[3:]))
    else:
        say("Nothing waits: everything that ingest has taken is delivered.")
    for call in view.calls:
        for line in _reasons(call):
            say(f"{call.call}: {one_line(line)}")
    for salvage in view.salvages:
        counts = ", ".join(f"{count} {what}" for what, count in salvage.salvaged.items()) or "nothing"
        say(f"{_clock(salvage.at)}  the outbox was damaged ({salvage.why}); salvaged: {counts}. Kept: {salvage.file}")
    for name in sorted({*view.damaged_files} - {salvage.file for salvage in view.salvages}):
        say(f"A damaged outbox is kept: {name}")


def _rows(view: OutboxView, now: datetime) -> list[list[Cell]]:
    """A row for each stream, and one for what else there is of a call; the call stands in its first row."""
    rows: list[list[Cell]] = []
    for call in view.calls:
        name = Text(one_line(call.call), style="bold")
        for stream in call.streams:
            state = "open" if stream.closed_at is None else "closed"
            shown = Text("set aside", style="red") if stream.set_aside else state
            since = seconds(now - stream.since) if stream.since else ""
            rows.append([name, stream.stream, shown, str(stream.segments), str(stream.chunks), "", "", since])
            name = Text("")
        if call.events or call.raw:
            since = seconds(now - call.events_since) if call.events_since else ""
            rows.append([name, "", "", "", "", str(call.events or ""), str(call.raw or ""), since])
        elif not call.streams:
            rows.append([name, "", Text("set aside", style="red"), "", "", "", "", ""])
    return rows


def _reasons(call: CallWaiting) -> list[str]:
    lines = []
    for stream in call.streams:
        if stream.set_aside:
            lines.append(f"stream {stream.stream} is set aside: {stream.set_aside}")
        elif stream.why_not:
            lines.append(f"stream {stream.stream} is not delivered yet: {stream.why_not}")
    if call.events_why_not:
        lines.append(f"events are not delivered yet: {call.events_why_not}")
    lines += [f"event {event.number} ({event.type}) is set aside: {event.set_aside}" for event in call.events_set_aside]
    if any(stream.set_aside for stream in call.streams) or call.events_set_aside:
        lines.append(f"'callscribe outbox redeliver {call.call}' sends again what is set aside")
    return lines


def _clock(instant: datetime) -> str:
    return f"{instant.astimezone():%Y-%m-%d %H:%M:%S}"
