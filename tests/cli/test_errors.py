"""Every expected error is one line and an exit code; a bug is neither."""

import httpx
import pytest
from pydantic import ValidationError
from temporalio.client import RPCError, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCStatusCode

from callscribe.acs.locales import LocaleError
from callscribe.contracts.call import TranscriptionSettings
from callscribe.contracts.errors import ErrorType
from callscribe.runtime.settings import SettingsError
from callscribe.runtime.store import StoreAddressError, StoreError
from callscribe.runtime.temporal import TemporalUnreachableError
from cli.errors import CliError, explain
from cli.exit_codes import ExitCode
from emulator.client import EmulatorError
from emulator.scripts import ScriptError


def wrong_locale() -> ValidationError:
    """As pydantic raises it for a wrong option."""
    with pytest.raises(ValidationError) as caught:
        TranscriptionSettings(locale="en")
    return caught.value


def rpc(status: RPCStatusCode, message: str = "what the server said") -> RPCError:
    """As Temporal's client raises it."""
    return RPCError(message, status, b"")


REQUEST = httpx.Request("GET", "http://127.0.0.1:8080/calls?key=secret")
CASES = [
    (CliError("no"), ExitCode.FAILED, "no"),
    (wrong_locale(), ExitCode.USAGE, "without its region"),
    (LocaleError("'xx' is not a locale"), ExitCode.USAGE, "not a locale"),
    (SettingsError("CALLSCRIBE_HTTP_PORT: wrong"), ExitCode.USAGE, "HTTP_PORT"),
    (TemporalUnreachableError("nobody answers"), ExitCode.UNREACHABLE, "nobody"),
    (StoreError("could not be read"), ExitCode.UNREACHABLE, "could not be read"),
    (EmulatorError("No emulator answers"), ExitCode.UNREACHABLE, "No emulator"),
    (EmulatorError("unknown call", status=404), ExitCode.NOT_FOUND, "unknown"),
    (EmulatorError("odd", status=418), ExitCode.FAILED, "odd"),
    (ScriptError("file:1: not JSON"), ExitCode.USAGE, "file:1"),
    (httpx.ConnectError("refused", request=REQUEST), ExitCode.UNREACHABLE, "http://127.0.0.1:8080: is the stack"),
    (httpx.ReadError("", request=REQUEST), ExitCode.UNREACHABLE, "broke: ReadError"),
    (rpc(RPCStatusCode.NOT_FOUND), ExitCode.NOT_FOUND, "no such call"),
    (StoreAddressError("cannot be of the kind 'mysql'"), ExitCode.USAGE, "mysql"),
    (rpc(RPCStatusCode.UNAVAILABLE), ExitCode.UNREACHABLE, "does not answer"),
    (rpc(RPCStatusCode.UNKNOWN, "transport error"), ExitCode.UNREACHABLE, "does not answer"),
    (rpc(RPCStatusCode.UNKNOWN), ExitCode.FAILED, "what the server said"),
    (rpc(RPCStatusCode.PERMISSION_DENIED), ExitCode.UNREACHABLE, "refuses us"),
    (rpc(RPCStatusCode.INVALID_ARGUMENT), ExitCode.FAILED, "what the server said"),
    (WorkflowUpdateRPCTimeoutOrCancelledError(), ExitCode.UNREACHABLE, "callscribe worker"),
    (TimeoutError(), ExitCode.UNREACHABLE, "callscribe worker"),
    (WorkflowAlreadyStartedError("call-17", "CallTranscription"), ExitCode.REFUSED, "Call '17' has been made"),
    (
        WorkflowUpdateFailedError(ApplicationError("transcription is off", type=ErrorType.REFUSED)),
        ExitCode.REFUSED,
        "transcription is off",
    ),
    (
        WorkflowUpdateFailedError(
            ApplicationError("no key", {"message": "no key", "advice": "Set one."}, type=ErrorType.CONFIGURATION)
        ),
        ExitCode.FAILED,
        "no key Set one.",
    ),
    (WorkflowUpdateFailedError(ValueError("odd")), ExitCode.FAILED, "odd"),
    (FileNotFoundError(2, "No such file or directory", "gone.jsonl"), ExitCode.NOT_FOUND, "gone.jsonl: No such file"),
    (PermissionError(13, "Permission denied", "x"), ExitCode.FAILED, "x: Permission denied."),
    (ExceptionGroup("one", [CliError("inside", ExitCode.REFUSED)]), ExitCode.REFUSED, "inside"),
]


@pytest.mark.parametrize(("error", "code", "part"), CASES, ids=lambda value: getattr(value, "name", None))
def test_expected_errors_are_explained(error: BaseException, code: ExitCode, part: str) -> None:
    """The code is the one that scripts rely on, the line says what to do and holds no secret."""
    explained = explain(error)
    assert explained is not None
    assert (explained.code, "secret" in str(explained)) == (code, False)
    assert part in str(explained)
    assert "\n" not in str(explained)


@pytest.mark.parametrize("error", [KeyError("x"), ZeroDivisionError(), ExceptionGroup("two", [OSError(), OSError()])])
def test_a_bug_is_not_explained_away(error: BaseException) -> None:
    """Its traceback is what is needed."""
    assert explain(error) is None
