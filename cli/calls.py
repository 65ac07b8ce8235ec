"""Make a call, or join one: `call`, `room`, `group`, `server-call`."""

from typing import Annotated

import typer
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from callscribe.acs.identifiers import is_guid, masked, readable
from callscribe.contracts import names
from callscribe.contracts.call import (
    CallRequest,
    ConnectCall,
    CreateCall,
    Origin,
)
from callscribe.contracts.status import CallResult
from cli.call_options import CallOptions, takes_call_options
from cli.console import complain, say, say_json
from cli.errors import CliError
from cli.exit_codes import ExitCode
from cli.options import MAKE_PANEL
from cli.outcome import exit_for, say_result
from cli.session import CallHandle, result_of, run, temporal, ui_url
from cli.targets import new_key, parse_key, parse_target
from cli.watch import follow

app = typer.Typer()


@app.command(
    rich_help_panel=MAKE_PANEL,
    epilog="Example: `callscribe call +12025550100 --from +12025550199 --locale en-US --watch`",
)
@takes_call_options
def call(
    options: CallOptions,
    targets: Annotated[
        list[str],
        typer.Argument(
            metavar="TARGET",
            help="Whom to call: `+12025550100`, `8:acs:…`, `8:orgid:GUID` or a Teams user's GUID; several make a "
            "group call.",
        ),
    ],
    caller: Annotated[
        str | None,
        typer.Option("--from", metavar="NUMBER", help="Your ACS phone number, shown to telephones that are called."),
    ] = None,
    display_name: Annotated[
        str | None, typer.Option("--display-name", metavar="NAME", help="Name shown to ACS and Teams users.")
    ] = None,
) -> None:
    """Dial one or several targets and transcribe the call."""
    origin = CreateCall(
        targets=tuple(parse_target(text) for text in targets),
        source_caller_id=caller,
        source_display_name=display_name,
        operation_context=options.context,
    )
    run(_begin(origin, options))


@app.command(rich_help_panel=MAKE_PANEL, epilog="Example: `callscribe room 99412345678901234 --locale de-DE --watch`")
@takes_call_options
def room(
    options: CallOptions,
    room_id: Annotated[str, typer.Argument(metavar="ROOM_ID", help="The ACS room to join.")],
) -> None:
    """Join a room's call and transcribe it."""
    _check_given(room_id, "Name the room by its id, as the Rooms API gave it.")
    run(_begin(ConnectCall(room_id=room_id, operation_context=options.context), options))


@app.command(
    rich_help_panel=MAKE_PANEL, epilog="Example: `callscribe group 29228d3e-040e-4656-a70e-890ab4e173e5 --watch`"
)
@takes_call_options
def group(
    options: CallOptions,
    group_id: Annotated[str, typer.Argument(metavar="GROUP_ID", help="The group call to join, by its GUID.")],
) -> None:
    """Join a group call and transcribe it."""
    if not is_guid(group_id):
        raise CliError(f"'{group_id}' is not a group call: write its GUID.", ExitCode.USAGE)
    run(_begin(ConnectCall(group_call_id=group_id, operation_context=options.context), options))


@app.command("server-call", rich_help_panel=MAKE_PANEL, epilog="Example: `callscribe server-call aHR0cHM6Ly9… --watch`")
@takes_call_options
def server_call(
    options: CallOptions,
    server_call_id: Annotated[str, typer.Argument(metavar="ID", help="The server call id of the call to join.")],
) -> None:
    """Join any call by its server call id and transcribe it."""
    _check_given(server_call_id, "Name the call by its server call id, as its events have it.")
    run(_begin(ConnectCall(server_call_id=server_call_id, operation_context=options.context), options))


async def begin(request: CallRequest, key: str) -> CallHandle:
    """Start the workflow of `request`, or find the one that already runs under `key`.

    Raises `WorkflowAlreadyStartedError` where the call of that key is over: a key makes one call, ever.
    """
    client = await temporal()
    return await client.start_workflow(
        names.WORKFLOW,
        request,
        id=names.workflow_id(key),
        task_queue=names.TASK_QUEUE,
        id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        static_summary=summary(request),
        result_type=CallResult,
    )


def summary(request: CallRequest, *, whole: bool = False) -> str:
    """The call in one line, as Temporal's web UI shows it among its user metadata: without whole phone numbers, for it is
    kept in the clear. `whole` is for whoever has just typed them.
    """
    shown = readable if whole else masked
    match request.origin:
        case CreateCall(targets=targets):
            what = "Call to " + ", ".join(request.participants.get(one.raw_id) or shown(one.raw_id) for one in targets)
        case ConnectCall(room_id=str(room_id)):
            what = f"Room {room_id}"
        case ConnectCall(group_call_id=str(group_id)):
            what = f"Group call {group_id}"
        case ConnectCall():
            what = "Call joined by its server call id"
        case _:
            what = "Incoming call"
    line = f"{what} · {request.transcription.locale}"
    return line if len(line) <= 200 else line[:199] + "…"


def _check_given(value: str, otherwise: str) -> None:
    if not value.strip():
        raise CliError(otherwise, ExitCode.USAGE)


async def _other_call(handle: CallHandle, request: CallRequest) -> str | None:
    """The summary of the call that is there, where it is not the one that was asked for."""
    there = await (await handle.describe()).static_summary()
    return there if there != summary(request) else None


async def _begin(origin: Origin, options: CallOptions) -> None:
    request, as_json = options.request(origin), options.as_json
    key = new_key() if options.key is None else parse_key(options.key)
    handle = await begin(request, key)
    other = None if options.key is None else await _other_call(handle, request)
    if other is not None:
        complain(f"Key '{key}' is that of another call, which is under way: this one is not made.")
    if as_json and not options.wait:
        say_json({"key": key, "workflow_id": handle.id, "run_id": handle.result_run_id, "url": ui_url(key)})
    elif not as_json:
        say(
            f"{other or summary(request, whole=True)}\n  key       {key}\n  workflow  {handle.id}\n  web UI    {ui_url(key)}"
        )
    if not (options.watch or options.wait):
        return
    result = await (follow(key, as_json=as_json) if options.watch else result_of(handle))
    say_result(result, as_json=as_json)
    raise typer.Exit(exit_for(result))
