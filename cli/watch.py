"""Follow a running call: `watch`."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final

import httpx
import typer
from rich.console import Console
from rich.live import Live

from callscribe.contracts import names
from callscribe.contracts.captions import Caption
from callscribe.contracts.status import CallResult
from cli.caption_view import CaptionView
from cli.captions import captions
from cli.console import complain, say_json, stdout
from cli.errors import CliError
from cli.options import LOOK_PANEL, CallArgument, JsonOption
from cli.outcome import exit_for, say_result
from cli.session import call_handle, result_of, run, settings, temporal
from cli.status import known_status

app = typer.Typer()

LAST_WORDS: Final = 0.7
"""Seconds after the call's end in which captions that are on their way are still shown."""


@app.command(rich_help_panel=LOOK_PANEL, epilog="Example: `callscribe watch 0192f0c4`")
def watch(call: CallArgument, as_json: JsonOption = False) -> None:
    """Show what is said as it is said, until the call ends; then its verdict."""
    result = run(follow(names.call_key(call), as_json=as_json))
    say_result(result, as_json=as_json)
    raise typer.Exit(exit_for(result))


async def follow(key: str, *, as_json: bool = False) -> CallResult:
    """Show the live captions of `key` on standard output until its workflow ends; returns what it ended with."""
    handle = call_handle(await temporal(), key)
    status = await known_status(handle)
    view = CaptionView(status.participants if status else {}, locale=status.locale if status else None)
    console = stdout()
    show = _json_lines(view) if as_json else plain_lines(view, console)
    if console.is_terminal and not as_json:
        with Live(console=console, transient=True, refresh_per_second=12, redirect_stderr=False) as live:
            return await _until_end(key, live_lines(view, live))
    return await _until_end(key, show)


async def _until_end(key: str, show: Callable[[Caption], None]) -> CallResult:
    client = await temporal()
    showing = asyncio.create_task(show_captions(key, show))
    try:
        result = await result_of(call_handle(client, key))
        await asyncio.wait({showing}, timeout=LAST_WORDS)
    finally:
        showing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await showing
    return result


async def show_captions(key: str, show: Callable[[Caption], None]) -> None:
    """Hand each caption of `key` to `show`, until cancelled. Without captions the call goes on: that is only said."""
    try:
        async for caption in captions(settings(), key):
            show(caption)
    except (httpx.TransportError, CliError) as error:
        complain(f"No live captions ({str(error) or type(error).__name__}); waiting for the call's end.")


def live_lines(view: CaptionView, live: Live) -> Callable[[Caption], None]:
    """Settled captions above, open ones below, where they change in place."""

    def show(caption: Caption) -> None:
        fresh = view.take(caption)
        live.update(view.open_lines())  # first: what settles must not be seen twice
        for settled in fresh:
            live.console.print(view.settled(settled))

    return show


def plain_lines(view: CaptionView, console: Console) -> Callable[[Caption], None]:
    """One plain line a settled caption."""

    def show(caption: Caption) -> None:
        for settled in view.take(caption):
            console.print(view.plain(settled), markup=False, soft_wrap=True)

    return show


def _json_lines(view: CaptionView) -> Callable[[Caption], None]:
    def show(caption: Caption) -> None:
        if caption.kind != "final" or view.take(caption):
            say_json(caption)

    return show
