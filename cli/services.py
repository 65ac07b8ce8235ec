"""Run Callscribe's processes, and show the addresses that the outside has to know: `worker`, `ingest`, `links`."""

import runpy

import typer

from callscribe.contracts.links import incoming_url
from cli.console import say, say_json
from cli.options import RUN_PANEL, JsonOption
from cli.session import settings

app = typer.Typer()


@app.command(rich_help_panel=RUN_PANEL, epilog="Example: `callscribe worker`")
def worker() -> None:
    """Run a worker: the process that hosts the workflows and talks to ACS. SIGTERM stops it gracefully."""
    settings().hooks()
    runpy.run_module("worker", run_name="__main__", alter_sys=True)


@app.command(rich_help_panel=RUN_PANEL, epilog="Example: `callscribe ingest`")
def ingest() -> None:
    """Run ingest: the process that takes what ACS pushes. SIGTERM stops it gracefully."""
    settings()
    runpy.run_module("ingest", run_name="__main__", alter_sys=True)


@app.command(rich_help_panel=RUN_PANEL, epilog="Example: `callscribe links`")
def links(as_json: JsonOption = False) -> None:
    """Show the public addresses to configure: treat them as secrets, they carry their own keys."""
    known = settings()
    found = {
        "event_grid_webhook": incoming_url(known.public_http_url, known.secret()),
        "callbacks": f"{known.public_http_url.rstrip('/')}/events/…",
        "websocket": f"{known.public_websocket_url.rstrip('/')}/transcription/…",
    }
    if as_json:
        say_json(found)
        return
    say(f"Event Grid webhook (IncomingCall)     {found['event_grid_webhook']}")
    say(f"callbacks, sent with each call        {found['callbacks']}")
    say(f"transcription socket, sent likewise   {found['websocket']}")
