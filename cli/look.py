"""One call: `show`."""

import typer
from temporalio.client import RPCError, WorkflowExecutionStatus
from temporalio.service import RPCStatusCode

from callscribe.contracts import names
from callscribe.runtime.store import StoredTranscript, StoreError
from callscribe.runtime.temporal import is_missing_namespace
from cli.detail import Known, say_end, say_status
from cli.errors import CliError, no_worker, unknown_call
from cli.options import LOOK_PANEL, CallArgument, JsonOption
from cli.session import call_handle, opened_store, result_of, run, temporal
from cli.status import known_status

app = typer.Typer()


@app.command(rich_help_panel=LOOK_PANEL, epilog="Example: `callscribe show 0192f0c4`")
def show(call: CallArgument, as_json: JsonOption = False) -> None:
    """Show where a call stands, or what it ended with: gaps, streams, steps, messages to webhooks."""
    run(_show(names.call_key(call), as_json=as_json))


async def _show(key: str, *, as_json: bool) -> None:
    handle = call_handle(await temporal(), key)
    try:
        running = (await handle.describe()).status is WorkflowExecutionStatus.RUNNING
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND or is_missing_namespace(error):
            raise
        await _forgotten(key, as_json=as_json)
        return
    if running:
        status = await known_status(handle)
        if status is None:
            raise no_worker()
        _, known = await _if_there(key, quiet=as_json)
        say_status(status, known, as_json=as_json)
        return
    result = await result_of(handle)
    stored, known = await _if_there(key, quiet=as_json)
    if stored is not None and stored.result is not None and stored.result.revision > result.revision:
        result = stored.result  # words came after the workflow's end: then the store knows more than the workflow
    amending = stored is not None and stored.revision > result.revision
    say_end(result, known.model_copy(update={"amending": amending}), as_json=as_json)


async def _forgotten(key: str, *, as_json: bool) -> None:
    """A call that Temporal does not know: it never was, or was so long ago that only the store has it."""
    stored, known = await _stored(key, quiet=as_json)
    if stored is None:
        raise unknown_call(key)
    if stored.result is None:
        raise CliError(
            f"Temporal has forgotten call '{key}' before it was sealed; 'callscribe export {key}' has its "
            f"{stored.segment_count} segments."
        )
    amending = stored.revision > stored.result.revision
    say_end(stored.result, known.model_copy(update={"amending": amending}), as_json=as_json)


async def _stored(key: str, *, quiet: bool) -> tuple[StoredTranscript | None, Known]:
    """What the store knows of the call. Raises `StoreError`."""
    async with opened_store(quiet=quiet) as store:
        stored, deliveries = await store.transcript(key), await store.deliveries(key)
    if stored is None:
        return None, Known(deliveries=tuple(deliveries))
    return stored, Known(
        correlation_id=stored.correlation_id,
        participants=stored.participants,
        streams=stored.streams,
        deliveries=tuple(deliveries),
    )


async def _if_there(key: str, *, quiet: bool) -> tuple[StoredTranscript | None, Known]:
    """The same; without the store, what the workflow says is still worth showing."""
    try:
        return await _stored(key, quiet=quiet)
    except StoreError:
        return None, Known()
