"""Who is told of transcripts, and what became of it: `webhooks list`, `deliveries`, `redeliver` and `test`."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.text import Text

from activities import webhook_messages
from activities.webhook_sending import Answer, open_sender
from callscribe.contracts import names
from callscribe.runtime.redelivery import DeliveryUnderWayError, send_again
from callscribe.runtime.store import Delivery
from callscribe.runtime.webhooks import Hook
from cli.console import one_line, say, say_json, shortened, show, stdout
from cli.errors import CliError
from cli.exit_codes import ExitCode
from cli.fitting import Cell, fitting
from cli.options import LOOK_PANEL, CallArgument, JsonOption
from cli.session import nothing_stored, opened_store, run, settings, temporal

app = typer.Typer(no_args_is_help=True, rich_help_panel=LOOK_PANEL)

_STYLES = {"delivered": "green", "failed": "red", "pending": "yellow"}


@app.callback()
def webhooks() -> None:
    """Who is told of transcripts over HTTP, and what became of it."""


@app.command("list", epilog="Example: `callscribe webhooks list`")
def list_hooks(as_json: JsonOption = False) -> None:
    """List the webhooks of `CALLSCRIBE_WEBHOOKS`, without their secrets. Run it where the worker runs, with its environment:
    a stack in another terminal does not hand its webhooks on, for they hold secrets.
    """
    hooks = settings().hooks()
    if as_json:
        for hook in hooks:
            say_json(_shape(hook))
        return
    if not hooks:
        say(
            "No webhooks in this terminal's environment: set CALLSCRIBE_WEBHOOKS as where the worker runs (docs/webhooks.md)."
        )
        return
    rows = [
        [
            hook.name,
            hook.shown_url,
            ", ".join(sorted(hook.events)),
            "included" if hook.include_transcript else "left out",
            str(len(hook.secret)),
        ]
        for hook in hooks
    ]
    show(fitting(("WEBHOOK", "ADDRESS", "EVENTS", "TRANSCRIPT", "SECRETS"), rows, stdout().width))


@app.command(epilog="Example: `callscribe webhooks deliveries 0192f0c4 --json`")
def deliveries(call: CallArgument, as_json: JsonOption = False) -> None:
    """Show every message about a call, how often it was attempted, and how that ended."""
    key = names.call_key(call)
    found = run(_deliveries(key, quiet=as_json))
    if as_json:
        for delivery in found:
            say_json(delivery)
        return
    if not found:
        say(f"No webhook was told of call '{key}'.")
        return
    titles = ("DELIVERY", "WEBHOOK", "EVENT", "STATE", "ATTEMPTS", "LAST", "MADE")
    show(fitting(titles, [_row(each) for each in found], stdout().width, right={"ATTEMPTS"}, folded={"LAST"}))


@app.command(epilog="Example: `callscribe webhooks redeliver msg_5b1f03…`")
def redeliver(
    delivery: Annotated[
        str, typer.Argument(metavar="ID", help="The delivery's id, as `webhooks deliveries` shows it.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Send a message again: word for word, under the same id. Prints the workflow that does it.

    A webhook that follows calls segment by segment goes on where it was given up; one that has had the whole call gets
    it once more, from the first segment. One that is being delivered is left alone.
    """
    workflow_id = run(_redeliver(delivery, quiet=as_json))
    if as_json:
        say_json({"delivery": delivery, "workflow": workflow_id})
    else:
        say(f"It is being sent again by {workflow_id}.")


@app.command("test", epilog="Example: `callscribe webhooks test crm`")
def ping(
    hook: Annotated[str, typer.Argument(metavar="WEBHOOK", help="Its name.")], as_json: JsonOption = False
) -> None:
    """Send a signed `ping` to a webhook, once and from here, and say how it answers. Run it where the worker runs."""
    known = {each.name: each for each in settings().hooks()}
    if hook not in known:
        there_are = (
            f"there are {', '.join(sorted(known))}" if known else "CALLSCRIBE_WEBHOOKS is empty in this terminal"
        )
        raise CliError(f"There is no webhook '{shortened(hook)}': {there_are}.", ExitCode.NOT_FOUND)
    answer = run(_ping(known[hook]))
    if as_json:
        say_json({"hook": hook, "taken": answer.is_taken, "status": answer.status, "error": answer.error})
    elif answer.is_taken:
        say(f"Webhook '{hook}' took it: answered {answer.status}.")
    if not answer.is_taken:
        raise CliError(f"Webhook '{hook}' did not take it: {answer.error}.")


async def _deliveries(key: str, *, quiet: bool) -> Sequence[Delivery]:
    async with opened_store(quiet=quiet) as store:
        found = await store.deliveries(key)
        if not found and await store.call(key) is None:
            raise await nothing_stored(key)
        return found


async def _redeliver(id_: str, *, quiet: bool) -> str:
    async with opened_store(quiet=quiet) as store:
        found = await store.delivery(id_)
    if found is None:
        raise CliError(
            f"There is no delivery '{shortened(id_)}'. 'callscribe webhooks deliveries CALL' shows those of a call.",
            ExitCode.NOT_FOUND,
        )
    try:
        return await send_again(await temporal(), found, task_queue=names.TASK_QUEUE)
    except DeliveryUnderWayError as error:
        raise CliError(f"{error} Wait until it is made or given up.", ExitCode.REFUSED) from error


async def _ping(hook: Hook) -> Answer:
    id_ = f"msg_{uuid.uuid4().hex}"
    body = webhook_messages.ping(id_=id_, hook=hook.name, now=datetime.now(UTC))
    async with open_sender() as sender:
        return await sender.post(hook, id_, body)


def _shape(hook: Hook) -> dict[str, object]:
    return {
        "name": hook.name,
        "url": hook.shown_url,
        "events": sorted(hook.events),
        "include_transcript": hook.include_transcript,
        "secrets": len(hook.secret),
    }


def _row(delivery: Delivery) -> list[Cell]:
    return [
        Text(delivery.id, style="bold"),
        delivery.hook,
        delivery.event + (f", revision {delivery.revision}" if delivery.revision else ""),
        Text(delivery.state, style=_STYLES[delivery.state]),
        str(delivery.attempts),
        one_line(delivery.last_error) or str(delivery.last_status or ""),
        f"{delivery.created_at.astimezone():%Y-%m-%d %H:%M:%S}",
    ]
