"""What commands share: settings (of a running stack, if there is one), the Temporal client, a handle of a call."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from temporalio.client import Client, RPCError, WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import ApplicationError, CancelledError, TerminatedError

from callscribe.contracts import names
from callscribe.contracts.errors import ErrorType
from callscribe.contracts.status import CallResult
from callscribe.runtime.settings import Settings, load_settings
from callscribe.runtime.store import StoredTranscript, open_store
from callscribe.runtime.temporal import TemporalUnreachableError, connect, namespace
from cli.console import one_line, stderr
from cli.dev_environment import adopt
from cli.errors import CliError, no_words, unknown_call
from cli.progress import upgrade_shown

if TYPE_CHECKING:
    from callscribe.runtime.store import TranscriptStore

_T = TypeVar("_T")
CallHandle = WorkflowHandle[Any, CallResult]


def settings() -> Settings:
    """The settings of this process; where a stack runs in the home folder, its ports and addresses fill what is unset."""
    adopt(load_settings().home)
    return load_settings()


def run(work: Coroutine[Any, Any, _T]) -> _T:
    """Carry `work` out in an event loop of its own."""
    return asyncio.run(work)


async def temporal() -> Client:
    """A client of Temporal. Raises `TemporalUnreachableError`."""
    settings()
    return await connect()


def call_handle(client: Client, call: str) -> CallHandle:
    """The handle of the call that a person names by its key or its workflow id."""
    return client.get_workflow_handle(names.workflow_id(names.call_key(call)), result_type=CallResult)


def ui_url(call: str) -> str:
    """The address of the call `call` (a key) in Temporal's web UI."""
    base = settings().temporal_ui_url.rstrip("/")
    return f"{base}/namespaces/{namespace()}/workflows/{names.workflow_id(call)}"


async def result_of(handle: CallHandle) -> CallResult:
    """What the call ends with, failed calls included; waits for the end. Raises `CliError` where there is no result."""
    try:
        return await handle.result()
    except WorkflowFailureError as error:
        cause = error.cause
        if isinstance(cause, ApplicationError) and cause.type == ErrorType.CALL_FAILED and cause.details:
            return CallResult.model_validate(cause.details[0])
        if isinstance(cause, CancelledError):
            raise CliError(f"The workflow {handle.id} was cancelled before it had a transcript.") from error
        if isinstance(cause, TerminatedError):
            why = f" ({one_line(cause.message)})" if cause.message else ""
            raise CliError(
                f"The workflow {handle.id} was terminated{why} and came to no verdict: 'callscribe export "
                f"{names.call_key(handle.id)}' has what was stored until then."
            ) from error
        reason = getattr(cause, "message", None) or str(cause)
        raise CliError(f"The workflow {handle.id} failed: {reason}") from error


@asynccontextmanager
async def opened_store(*, quiet: bool = False) -> AsyncIterator["TranscriptStore"]:
    """The store of the settings; where its tables are of an older version, whoever waits is told so, unless `quiet`."""
    with upgrade_shown(stderr(), quiet=quiet) as told:
        store = await open_store(settings().transcript_store_url, upgrading=told)
    async with store:
        yield store


async def stored_transcript(
    key: str, *, told: Callable[[int, int], None] | None = None, quiet: bool = False
) -> StoredTranscript:
    """What the transcript store holds of the call `key`. Raises `CliError` where it is nothing. `told` and
    `quiet` as for `TranscriptStore.transcript` and `opened_store`.
    """
    async with opened_store(quiet=quiet) as store:
        stored = await store.transcript(key, told=told)
    if stored is None:
        raise await nothing_stored(key)
    return stored


async def nothing_stored(key: str) -> CliError:
    """What to say of a call of which the store has nothing: until somebody speaks, only Temporal knows it."""
    try:
        await call_handle(await temporal(), key).describe()
    except (RPCError, TemporalUnreachableError):
        return unknown_call(key)
    return no_words(key)
