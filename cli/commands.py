"""Steer a running call: `start`, `locale`, `pause`, `resume`, `stop`, `hangup`. Each is an update of its workflow."""

from typing import Annotated, Final

import typer
from pydantic import BaseModel

from callscribe.acs.locales import check_locale
from callscribe.contracts import names
from callscribe.contracts.commands import (
    CommandResult,
    HangUp,
    Pause,
    Resume,
    StartTranscription,
    StopTranscription,
    UpdateLocale,
)
from callscribe.runtime import steering
from cli.completion import locales
from cli.console import say, say_json
from cli.errors import CliError, no_worker, unknown_call
from cli.exit_codes import ExitCode
from cli.options import STEER_PANEL, ContextOption, JsonOption, LiveCallArgument
from cli.session import CallHandle, call_handle, run, temporal

app = typer.Typer()

DONE_WITHIN: Final = 180.0
"""Seconds for the command's outcome: ACS confirms in about two, the workflow gives up on it after its own limit."""


@app.command(rich_help_panel=STEER_PANEL, epilog="Example: `callscribe start 0192f0c4 --locale de-DE --context intro`")
def start(
    call: LiveCallArgument,
    locale: Annotated[
        str | None, typer.Option("--locale", metavar="LOCALE", autocompletion=locales, help="Unset: the call's own.")
    ] = None,
    context: ContextOption = None,
    as_json: JsonOption = False,
) -> None:
    """Start transcription."""
    argument = StartTranscription(locale=check_locale(locale) if locale else None, operation_context=context)
    _tell(call, names.UPDATE_START, argument, as_json=as_json)


@app.command(rich_help_panel=STEER_PANEL, epilog="Example: `callscribe locale 0192f0c4 de-DE`")
def locale(
    call: LiveCallArgument,
    locale: Annotated[
        str, typer.Argument(metavar="LOCALE", autocompletion=locales, help="Language and region, like `de-DE`.")
    ],
    context: ContextOption = None,
    as_json: JsonOption = False,
) -> None:
    """Go on transcribing in another locale."""
    _tell(
        call, names.UPDATE_LOCALE, UpdateLocale(locale=check_locale(locale), operation_context=context), as_json=as_json
    )


@app.command(rich_help_panel=STEER_PANEL, epilog="Example: `callscribe pause 0192f0c4`")
def pause(call: LiveCallArgument, context: ContextOption = None, as_json: JsonOption = False) -> None:
    """Stop transcription for a while; the verdict will name the pause."""
    _tell(call, names.UPDATE_PAUSE, Pause(operation_context=context), as_json=as_json)


@app.command(rich_help_panel=STEER_PANEL, epilog="Example: `callscribe resume 0192f0c4`")
def resume(call: LiveCallArgument, context: ContextOption = None, as_json: JsonOption = False) -> None:
    """Go on after a pause, in the locale that was in force."""
    _tell(call, names.UPDATE_RESUME, Resume(operation_context=context), as_json=as_json)


@app.command(rich_help_panel=STEER_PANEL, epilog="Example: `callscribe stop 0192f0c4 --context 'end of interview'`")
def stop(call: LiveCallArgument, context: ContextOption = None, as_json: JsonOption = False) -> None:
    """Stop transcription; the call goes on."""
    _tell(call, names.UPDATE_STOP, StopTranscription(operation_context=context), as_json=as_json)


@app.command(rich_help_panel=STEER_PANEL, epilog="Example: `callscribe hangup 0192f0c4`")
def hangup(
    call: LiveCallArgument,
    leave: Annotated[bool, typer.Option("--leave", help="Only leave; the others go on talking.")] = False,
    as_json: JsonOption = False,
) -> None:
    """End the call for everyone, or leave it."""
    _tell(call, names.UPDATE_HANG_UP, HangUp(for_everyone=not leave), as_json=as_json)


def _tell(call: str, update: str, argument: BaseModel, *, as_json: bool) -> None:
    async def work() -> CommandResult:
        return await send(call_handle(await temporal(), call), update, argument)

    result = run(work())
    if as_json:
        say_json(result)
        return
    note = f" ({result.note})" if result.note else ""
    say(f"{result.state}: transcription {result.transcription}, locale {result.locale}{note}")


async def send(handle: CallHandle, update: str, argument: BaseModel) -> CommandResult:
    """Send an update once, however often it has to be repeated on the way; returns where the call then stands.

    Raises `WorkflowUpdateFailedError` for a refusal, `CliError` where the call is unknown or over or no worker answers.
    """
    key = names.call_key(handle.id)
    try:
        return await steering.send(handle, update, argument, within=DONE_WITHIN)
    except steering.NoWorkerError as error:
        raise no_worker() from error
    except steering.UnknownCallError as error:
        raise unknown_call(key) from error
    except steering.CallOverError as error:
        raise CliError(f"{error} See 'callscribe show {key}'.", ExitCode.REFUSED) from error
    except steering.SteeringError as error:
        raise CliError(str(error)) from error
