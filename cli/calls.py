"""Make a call, or join one: `call`, `room`, `group`, `server-call`."""

from enum import StrEnum
from typing import Annotated

import typer
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from callscribe.acs.identifiers import is_guid, readable
from callscribe.contracts import names
from callscribe.contracts.call import (
    CallRequest,
    ConnectCall,
    CreateCall,
    Origin,
    StartMode,
    TranscriptionSettings,
)
from callscribe.contracts.status import CallResult
from cli.console import say, say_json
from cli.errors import CliError
from cli.exit_codes import ExitCode
from cli.options import MAKE_PANEL, ContextOption, JsonOption
from cli.outcome import exit_for, say_result
from cli.session import CallHandle, result_of, run, temporal, ui_url
from cli.targets import new_key, parse_key, parse_names, parse_target
from cli.watch import follow

app = typer.Typer()


class Start(StrEnum):
    """When transcription begins, as written on the command line."""

    WITH_CALL = "with-call"
    WHEN_CONNECTED = "when-connected"
    ON_REQUEST = "on-request"


LocaleOption = Annotated[str, typer.Option("--locale", metavar="LOCALE", help="Language and region that is spoken.")]
StartOption = Annotated[
    Start,
    typer.Option(
        "--start",
        help="When transcription begins: as the call connects, after it has connected, or when you say "
        "`callscribe start`.",
    ),
]
IntermediateOption = Annotated[
    bool, typer.Option("--intermediate", help="Show words before they are final (live captions only).")
]
ModelOption = Annotated[
    str | None, typer.Option("--speech-model", metavar="ID", help="Endpoint id of a custom speech model.")
]
KeyOption = Annotated[
    str | None,
    typer.Option(
        "--key", metavar="KEY", help="Your own key for the call: sent twice, it makes one call. Unset: a fresh UUID."
    ),
]
NameOption = Annotated[
    list[str] | None,
    typer.Option("--name", metavar="RAWID=NAME", help="A participant's name, as transcripts show it. Repeatable."),
]
WatchOption = Annotated[bool, typer.Option("--watch", help="Show live captions until the call ends.")]
WaitOption = Annotated[bool, typer.Option("--wait", help="Wait for the call's end; the exit code tells its verdict.")]


@app.command(
    rich_help_panel=MAKE_PANEL,
    epilog="Example: `callscribe call +12025550100 --from +12025550199 --locale en-US --watch`",
)
def call(  # noqa: PLR0913, PLR0917 -- each option of the command is a parameter
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
    locale: LocaleOption = "en-US",
    start: StartOption = Start.WHEN_CONNECTED,
    intermediate: IntermediateOption = False,
    speech_model: ModelOption = None,
    context: ContextOption = None,
    key: KeyOption = None,
    name: NameOption = None,
    watch: WatchOption = False,
    wait: WaitOption = False,
    as_json: JsonOption = False,
) -> None:
    """Dial one or several targets and transcribe the call."""
    origin = CreateCall(
        targets=tuple(parse_target(text) for text in targets),
        source_caller_id=caller,
        source_display_name=display_name,
        operation_context=context,
    )
    request = _request(origin, locale, start, intermediate, speech_model, context, name)
    run(_begin(request, key, watch=watch, wait=wait, as_json=as_json))


@app.command(rich_help_panel=MAKE_PANEL, epilog="Example: `callscribe room 99412345678901234 --locale de-DE --watch`")
def room(  # noqa: PLR0913, PLR0917 -- each option of the command is a parameter
    room_id: Annotated[str, typer.Argument(metavar="ROOM_ID", help="The ACS room to join.")],
    locale: LocaleOption = "en-US",
    start: StartOption = Start.WHEN_CONNECTED,
    intermediate: IntermediateOption = False,
    speech_model: ModelOption = None,
    context: ContextOption = None,
    key: KeyOption = None,
    name: NameOption = None,
    watch: WatchOption = False,
    wait: WaitOption = False,
    as_json: JsonOption = False,
) -> None:
    """Join a room's call and transcribe it."""
    origin = ConnectCall(room_id=room_id, operation_context=context)
    request = _request(origin, locale, start, intermediate, speech_model, context, name)
    run(_begin(request, key, watch=watch, wait=wait, as_json=as_json))


@app.command(
    rich_help_panel=MAKE_PANEL, epilog="Example: `callscribe group 29228d3e-040e-4656-a70e-890ab4e173e5 --watch`"
)
def group(  # noqa: PLR0913, PLR0917 -- each option of the command is a parameter
    group_id: Annotated[str, typer.Argument(metavar="GROUP_ID", help="The group call to join, by its GUID.")],
    locale: LocaleOption = "en-US",
    start: StartOption = Start.WHEN_CONNECTED,
    intermediate: IntermediateOption = False,
    speech_model: ModelOption = None,
    context: ContextOption = None,
    key: KeyOption = None,
    name: NameOption = None,
    watch: WatchOption = False,
    wait: WaitOption = False,
    as_json: JsonOption = False,
) -> None:
    """Join a group call and transcribe it."""
    if not is_guid(group_id):
        raise CliError(f"'{group_id}' is not a group call: write its GUID.", ExitCode.USAGE)
    origin = ConnectCall(group_call_id=group_id, operation_context=context)
    request = _request(origin, locale, start, intermediate, speech_model, context, name)
    run(_begin(request, key, watch=watch, wait=wait, as_json=as_json))


@app.command("server-call", rich_help_panel=MAKE_PANEL, epilog="Example: `callscribe server-call aHR0cHM6Ly9… --watch`")
def server_call(  # noqa: PLR0913, PLR0917 -- each option of the command is a parameter
    server_call_id: Annotated[str, typer.Argument(metavar="ID", help="The server call id of the call to join.")],
    locale: LocaleOption = "en-US",
    start: StartOption = Start.WHEN_CONNECTED,
    intermediate: IntermediateOption = False,
    speech_model: ModelOption = None,
    context: ContextOption = None,
    key: KeyOption = None,
    name: NameOption = None,
    watch: WatchOption = False,
    wait: WaitOption = False,
    as_json: JsonOption = False,
) -> None:
    """Join any call by its server call id and transcribe it."""
    origin = ConnectCall(server_call_id=server_call_id, operation_context=context)
    request = _request(origin, locale, start, intermediate, speech_model, context, name)
    run(_begin(request, key, watch=watch, wait=wait, as_json=as_json))


def _request(
    origin: Origin,
    locale: str,
    start: Start,
    intermediate: bool,
    speech_model: str | None,
    context: str | None,
    name: list[str] | None,
) -> CallRequest:
    return CallRequest(
        origin=origin,
        transcription=TranscriptionSettings(
            locale=locale,
            start=StartMode(start.replace("-", "_")),
            intermediate_results=intermediate,
            speech_model_id=speech_model,
            operation_context=context,
        ),
        participants=parse_names(name or ()),
    )


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


def summary(request: CallRequest) -> str:
    """The call in one line, as lists in Temporal's web UI show it."""
    match request.origin:
        case CreateCall(targets=targets):
            what = "Call to " + ", ".join(
                request.participants.get(one.raw_id) or readable(one.raw_id) for one in targets
            )
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


async def _begin(request: CallRequest, key: str | None, *, watch: bool, wait: bool, as_json: bool) -> None:
    key = new_key() if key is None else parse_key(key)
    handle = await begin(request, key)
    if as_json and not wait:
        say_json({"key": key, "workflow_id": handle.id, "run_id": handle.result_run_id, "url": ui_url(key)})
    elif not as_json:
        say(f"{summary(request)}\n  key       {key}\n  workflow  {handle.id}\n  web UI    {ui_url(key)}")
    if not (watch or wait):
        return
    result = await (follow(key, as_json=as_json) if watch else result_of(handle))
    say_result(result, as_json=as_json)
    raise typer.Exit(exit_for(result))
