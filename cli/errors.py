"""Every expected error becomes one line on standard error and an exit code; only here."""

from collections.abc import Callable
from typing import Any, Final

import httpx
import typer
from pydantic import ValidationError
from temporalio.client import (
    RPCError,
    WorkflowQueryFailedError,
    WorkflowQueryRejectedError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCStatusCode

from callscribe.acs.locales import LocaleError
from callscribe.contracts import names
from callscribe.contracts.errors import ErrorType
from callscribe.runtime.attributes import SearchAttributesError
from callscribe.runtime.settings import SettingsError
from callscribe.runtime.store import StoreAddressError, StoreError
from callscribe.runtime.temporal import TemporalUnreachableError, address, is_missing_namespace, missing_namespace
from cli.console import shortened
from cli.exit_codes import ExitCode
from emulator.client import EmulatorError
from emulator.scripts import ScriptError
from ingest.writer import OutboxError

_EMULATOR_CODES = {
    0: ExitCode.UNREACHABLE,
    400: ExitCode.REFUSED,
    404: ExitCode.NOT_FOUND,
    409: ExitCode.REFUSED,
    502: ExitCode.UNREACHABLE,
}
"""What the emulator answered (0: nothing) → exit code."""

_AWAY: Final = {RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED}
_BROKEN: Final = "transport error"
"""What the SDK says, with the status UNKNOWN, where a connection to Temporal is taken and broken at once."""


class CliError(Exception):
    """A command cannot do what it was asked to; the message is the one line that a person sees."""

    def __init__(self, message: str, code: ExitCode = ExitCode.FAILED) -> None:
        super().__init__(message)
        self.code = code


def explain(error: BaseException) -> CliError | None:
    """`error` as the line and exit code that a person gets; `None` where it is a bug and its traceback is due."""
    if isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        return explain(error.exceptions[0])
    for kind, line in _LINES.items():
        if isinstance(error, kind):
            return line(error)
    return None


def validation_line(error: ValidationError) -> str:
    """The first complaint of pydantic in one line, with the field where the message alone does not tell."""
    first = error.errors()[0]
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "value_error":
        return message
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {message}." if where else f"{message}."


def _usage(error: typer.TyperException) -> CliError:
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "callscribe"
    message = error.format_message().strip().rstrip(".").replace(": Value error, ", ": ")
    if not message:  # a bare command has shown its help, and says no more
        message = "Name a command"
    end = "" if message.endswith("?") else "."
    return CliError(f"{message}{end} See '{command} --help'.", ExitCode(error.exit_code))


def _no_answer(error: httpx.TransportError) -> CliError:
    try:
        where = f" at {error.request.url.scheme}://{error.request.url.netloc.decode()}"
    except RuntimeError:
        where = ""
    if isinstance(error, httpx.ConnectError | httpx.TimeoutException):
        message = f"Nothing answers{where}: is the stack running? Start it with 'callscribe dev'."
    else:
        message = f"The connection{where} broke: {str(error) or type(error).__name__}."
    return CliError(message, ExitCode.UNREACHABLE)


def _emulator_says(error: EmulatorError) -> CliError:
    hint = " 'callscribe emulator call' lists those there are." if error.status == httpx.codes.NOT_FOUND else ""
    return CliError(f"{error}{hint}", _EMULATOR_CODES.get(error.status, ExitCode.FAILED))


def _no_file(error: OSError) -> CliError:
    code = ExitCode.NOT_FOUND if isinstance(error, FileNotFoundError) else ExitCode.FAILED
    return CliError(f"{error.filename}: {error.strerror}." if error.filename else f"{error.strerror or error}.", code)


def _made_already(error: WorkflowAlreadyStartedError) -> CliError:
    key = shortened(names.call_key(error.workflow_id))
    return CliError(
        f"Call '{key}' has been made and is over: see 'callscribe show {key}', or choose another --key.",
        ExitCode.REFUSED,
    )


def _refusal(cause: BaseException | None) -> CliError:
    if isinstance(cause, ApplicationError):
        refused = cause.type in {ErrorType.REFUSED, "ValidationError", "LocaleError", "ValueError"}
        return CliError(_with_advice(cause), ExitCode.REFUSED if refused else ExitCode.FAILED)
    return CliError(f"The call could not carry the command out: {cause}")


def _with_advice(error: ApplicationError) -> str:
    """The error's message and, where its first detail is a `Problem`, the advice that goes with it; one line."""
    message = " ".join((error.message or str(error)).split())
    problem = error.details[0] if error.details else None
    advice = problem.get("advice") if isinstance(problem, dict) else None
    return f"{message} {advice}" if advice and advice not in message else message


def no_worker() -> CliError:
    """What to say when Temporal holds the call but no worker takes its task."""
    return CliError(
        f"No worker answers on task queue '{names.TASK_QUEUE}': is it running? Start it with 'callscribe worker'.",
        ExitCode.UNREACHABLE,
    )


def unknown_call(key: str) -> CliError:
    """What to say of a call that nobody knows."""
    return CliError(
        f"There is no call '{shortened(key)}'. 'callscribe list' shows those there are.", ExitCode.NOT_FOUND
    )


def no_words(key: str) -> CliError:
    """What to say of a call that has none yet."""
    return CliError(
        f"Nothing of call '{shortened(key)}' is stored yet: try again once somebody has spoken.", ExitCode.NOT_FOUND
    )


def _explain_rpc(error: RPCError) -> CliError:
    match error.status:
        case RPCStatusCode.NOT_FOUND if is_missing_namespace(error):
            return CliError(str(missing_namespace()), ExitCode.USAGE)
        case RPCStatusCode.NOT_FOUND:
            return CliError("There is no such call. 'callscribe list' shows those there are.", ExitCode.NOT_FOUND)
        case _ if is_away(error):
            return CliError(
                f"Temporal at {address()} does not answer: start it with 'callscribe dev', or set TEMPORAL_ADDRESS.",
                ExitCode.UNREACHABLE,
            )
        case RPCStatusCode.UNAUTHENTICATED | RPCStatusCode.PERMISSION_DENIED:
            return CliError(f"Temporal at {address()} refuses us: {error.message}.", ExitCode.UNREACHABLE)
        case _:
            return CliError(f"Temporal: {error.message}.")


def is_away(error: RPCError) -> bool:
    """Whether Temporal does not answer, rather than answering with a refusal."""
    return error.status in _AWAY or (error.status is RPCStatusCode.UNKNOWN and error.message == _BROKEN)


_LINES: Final[dict[type[BaseException], Callable[[Any], CliError]]] = {
    CliError: lambda error: error,
    typer.TyperException: _usage,
    ValidationError: lambda error: CliError(validation_line(error), ExitCode.USAGE),
    LocaleError: lambda error: CliError(str(error), ExitCode.USAGE),
    SettingsError: lambda error: CliError(str(error), ExitCode.USAGE),
    SearchAttributesError: lambda error: CliError(str(error)),
    TemporalUnreachableError: lambda error: CliError(str(error), ExitCode.UNREACHABLE),
    StoreAddressError: lambda error: CliError(str(error), ExitCode.USAGE),
    StoreError: lambda error: CliError(str(error), ExitCode.UNREACHABLE),
    OutboxError: lambda error: CliError(str(error)),
    EmulatorError: _emulator_says,
    ScriptError: lambda error: CliError(str(error), ExitCode.USAGE),
    httpx.TransportError: _no_answer,
    WorkflowUpdateFailedError: lambda error: _refusal(error.cause),
    WorkflowUpdateRPCTimeoutOrCancelledError: lambda _: no_worker(),
    WorkflowAlreadyStartedError: _made_already,
    WorkflowQueryFailedError: lambda error: CliError(f"The call does not answer: {error}."),
    WorkflowQueryRejectedError: lambda error: CliError(f"The call does not answer: {error}."),
    RPCError: _explain_rpc,
    TimeoutError: lambda _: no_worker(),
    OSError: _no_file,
}
"""Every expected error → its line. The order counts where one is a subclass of another (`TimeoutError` of `OSError`)."""
