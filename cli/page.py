"""Let people in to the live page: `page`."""

import re
import webbrowser
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import typer

from callscribe.contracts import names
from callscribe.contracts.links import PagePass, PageRole, page_url
from cli.console import complain, say, say_json
from cli.errors import CliError
from cli.exit_codes import ExitCode
from cli.options import LOOK_PANEL, JsonOption
from cli.session import settings

app = typer.Typer()

LONGEST: Final = timedelta(days=366)
_UNITS: Final = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def validity(text: str) -> timedelta:
    """How long `30m`, `8h` or `7d` is. Raises `CliError` for anything else, and for more than a year."""
    found = re.fullmatch(r"(\d{1,6})([mhd])", text.strip().lower())
    length = int(found[1]) * _UNITS[found[2]] if found else timedelta()
    if not timedelta() < length <= LONGEST:
        raise CliError(
            f"'{text}' is no time that a link can be valid: write for instance 30m, 8h or 7d, a year at most.",
            ExitCode.USAGE,
        )
    return length


def granted(role: PageRole, call: str | None, expires: datetime) -> PagePass:
    """The pass of a link. Raises `CliError` for a guest of no call."""
    if role is PageRole.GUEST and call is None:
        raise CliError("A guest reads one call: name it, like 'callscribe page 0192f0c4 --role guest'.", ExitCode.USAGE)
    return PagePass(role=role, expires=int(expires.timestamp()), call=call if role is PageRole.GUEST else None)


@app.command(rich_help_panel=LOOK_PANEL, epilog="Example: `callscribe page --role operator --valid 12h`")
def page(
    call: Annotated[
        str | None, typer.Argument(metavar="CALL", help="Begin at this call; a guest reads it and no other.")
    ] = None,
    role: Annotated[
        PageRole,
        typer.Option(
            "--role", help="viewer: read all calls; operator: control them too; guest: read the one call that is named."
        ),
    ] = PageRole.VIEWER,
    valid: Annotated[str, typer.Option("--valid", metavar="TIME", help="How long the link opens the page.")] = "8h",
    launch: Annotated[bool, typer.Option("--open", help="Open it in this machine's browser too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make a link to the live page. Whoever has it is let in: hand it on as you would a password."""
    known = settings()
    expires = datetime.now(UTC) + validity(valid)
    key = None if call is None else names.call_key(call)
    url = page_url(known.public_http_url, known.secret(), granted(role, key, expires), call=key)
    if as_json:
        say_json({"url": url, "role": role, "call": key, "expires_at": expires.isoformat(timespec="seconds")})
    else:
        say(url)
        article = "an" if role is PageRole.OPERATOR else "a"
        complain(f"Opens the page for {article} {role} until {expires.astimezone():%Y-%m-%d %H:%M}.")
    if launch:
        _open(url)


def _open(url: str) -> None:
    try:
        webbrowser.get()
    except webbrowser.Error:
        complain("No browser can be opened here: open the link elsewhere.")
    else:
        typer.launch(url)
