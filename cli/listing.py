"""Many calls at a glance: `list`."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import typer

from callscribe.acs.locales import as_azure_writes
from callscribe.transcript.facts import VerdictKind
from cli.call_lines import CallLine, Wanted, call_lines
from cli.call_table import call_table
from cli.completion import locales
from cli.console import say, say_json, show, stdout
from cli.options import LOOK_PANEL, JsonOption
from cli.session import run, settings, temporal

app = typer.Typer()

_AGO: Final = re.compile(r"(\d+)\s*(m|min|h|d|w)")
_UNITS: Final = {"m": "minutes", "min": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_LOCALE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def since_when(text: str) -> datetime:
    """The instant that `2h`, `3d`, `2026-01-31` or `2026-01-31T08:00` names; local where it names no zone.

    Raises `typer.BadParameter`.
    """
    if found := _AGO.fullmatch(text.strip()):
        try:
            return datetime.now(UTC) - timedelta(**{_UNITS[found[2]]: int(found[1])})
        except OverflowError:
            pass
    try:
        return datetime.fromisoformat(text.strip()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"'{text}' is no time: write 30m, 2h, 3d, 2026-01-31 or 2026-01-31T08:00") from None


def part_of_locale(text: str) -> str:
    """`de-DE`, or `de`. Raises `typer.BadParameter`."""
    if not _LOCALE.fullmatch(text):
        raise typer.BadParameter(f"'{text}' is no locale: write one like de-DE, or de for every German one")
    return as_azure_writes(text)


@app.command("list", rich_help_panel=LOOK_PANEL, epilog="Example: `callscribe list --since 2d --verdict partial`")
def list_calls(
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="At most so many calls.")] = 30,
    live: Annotated[bool, typer.Option("--live", help="Only calls that are under way.")] = False,
    verdict: Annotated[VerdictKind | None, typer.Option("--verdict", help="Only calls that ended like this.")] = None,
    locale: Annotated[
        str | None,
        typer.Option(
            parser=part_of_locale,
            metavar="LOCALE",
            autocompletion=locales,
            help="Only calls in this locale: de-DE, or de for every German one.",
        ),
    ] = None,
    with_gap: Annotated[bool, typer.Option("--with-gap", help="Only calls of which words may be missing.")] = False,
    since: Annotated[
        datetime | None,
        typer.Option(
            parser=since_when, metavar="TIME", help="Only calls begun since then: 30m, 2h, 3d, or 2026-01-31T08:00."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List calls, live ones first, then the newest."""
    wanted = Wanted(live_only=live, verdict=verdict, locale=locale, with_gap=with_gap, since=since)
    lines = run(_list(wanted, limit))
    if as_json:
        for line in lines:
            say_json(line)
    elif lines:
        show(call_table(lines, datetime.now(UTC), stdout().width))
    elif wanted == Wanted():
        say("No calls yet. Make one with 'callscribe call +12025550100'.")
    else:
        say("No call fits.")


async def _list(wanted: Wanted, limit: int) -> list[CallLine]:
    return await call_lines(await temporal(), settings().transcript_store_url, wanted, limit)
