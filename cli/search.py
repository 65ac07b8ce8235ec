"""Find what was said: `search`."""

import re
import sys
from typing import Annotated, Final

import typer
from rich.text import Text

from callscribe.acs.identifiers import readable
from callscribe.contracts import names
from callscribe.contracts.links import page_path
from callscribe.runtime.store import (
    CursorError,
    QueryError,
    SearchHit,
    SearchResult,
    SnippetPart,
)
from callscribe.runtime.store.queries import plain_signs
from callscribe.transcript.graphemes import cleaned
from cli.console import complain, one_line, say, say_json, stdout
from cli.errors import CliError
from cli.exit_codes import ExitCode
from cli.options import LOOK_PANEL, JsonOption
from cli.session import nothing_stored, opened_store, run, settings

app = typer.Typer()

_TERM: Final = re.compile(r'"[^"]*"?\*?|[^\s"]+')


@app.command(rich_help_panel=LOOK_PANEL, epilog="Example: `callscribe search refund 'on friday' 'suitc*'`")
def search(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="WORDS",
            help="What to look for; all of it has to be in one segment. Words in one quotation follow one another; "
            "a star at the end of a word stands for the rest. Case and accents count for nothing.",
        ),
    ],
    without: Annotated[
        list[str] | None, typer.Option("--without", "-x", metavar="WORD", help="What must not be there; repeatable.")
    ] = None,
    call: Annotated[
        str | None, typer.Option("--call", metavar="CALL", help="Only this call: its key, or its workflow id.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="At most so many, the newest first.")] = 20,
    after: Annotated[
        str | None, typer.Option("--after", metavar="PLACE", help="Go on where the last search said that it ended.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Find what was said in any call, live ones too: who said it, when, and where to read on."""
    query = " ".join([*map(quoted, words), *map(left_out, without or ())])
    found = run(_search(query, None if call is None else names.call_key(call), limit, after, quiet=as_json))
    base = settings().public_http_url.rstrip("/")
    if not found.hits and not as_json:
        say("Nothing that was said fits. Fewer words find more, and so does a beginning with a star: 'refu*'.")
    is_on_screen = sys.stdout.isatty()  # not where FORCE_COLOR says so: a pipe reads lines
    for hit in found.hits:
        if as_json:
            say_json(_as_json(hit, base, found.after if hit is found.hits[-1] else None))
        elif is_on_screen:
            _show(hit, base)
        else:
            say(_line(hit, base))
    if found.after is not None:
        complain(f"There is more: add --after {found.after}, or a higher --limit.")


def quoted(argument: str) -> str:
    """The argument as the store reads it: the shell took the quotation marks off several words, so they get new ones,
    unless the argument has signs of its own.
    """
    said = plain_signs(argument)
    *pieces, last = said.split() or [said]
    has_signs = '"' in said or any(piece[0] == "-" or piece[-1] == "*" for piece in pieces) or last.startswith("-")
    return f'"{said}"' if pieces and not has_signs else said


def left_out(argument: str) -> str:
    """As `quoted`, with a minus before every word and every phrase in it: one that has none has to be there."""
    return " ".join(f"-{term}" for term in _TERM.findall(quoted(argument)))


async def _search(query: str, key: str | None, limit: int, after: str | None, *, quiet: bool) -> SearchResult:
    async with opened_store(quiet=quiet) as store:
        try:
            found = await store.search(query, limit=limit, after=after, key=key)
        except (QueryError, CursorError) as error:
            raise CliError(str(error), ExitCode.USAGE) from error
        if key is not None and not found.hits and await store.call(key) is None:
            raise await nothing_stored(key)
        return found


def _link(hit: SearchHit, base: str) -> str:
    return f"{base}{page_path(hit.key)}#{hit.segment.stream}:{hit.segment.position}"


def _name(hit: SearchHit) -> str:
    return one_line(hit.name) or one_line(readable(hit.segment.participant))


def _time(hit: SearchHit) -> str:
    minutes, seconds = divmod(int(hit.seconds_in), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def _show(hit: SearchHit, base: str) -> None:
    """For a terminal: who and when in a line, the words below it with the matches marked, the way to the moment."""
    console = stdout()
    head = Text(f"{_time(hit):>7} ", style="dim")
    head.append(_name(hit), style="bold")
    head.append(f"  {one_line(hit.key)}", style="cyan")
    head.append(f"  {hit.segment.received_at.astimezone():%Y-%m-%d %H:%M}", style="dim")
    console.print(head, no_wrap=True, overflow="ellipsis")
    body = Text.assemble(*((_one_line(part), "bold yellow" if part.match else "") for part in hit.snippet))
    for line in body.wrap(console, max(console.width - 8, 20)):
        console.print(Text("        ") + line, soft_wrap=True)
    console.print(f"        {_link(hit, base)}", style="dim", markup=False, soft_wrap=True)


def _line(hit: SearchHit, base: str) -> str:
    """For a pipe."""
    text = "".join(map(_one_line, hit.snippet))
    return f"{one_line(hit.key)} {_time(hit)} {_name(hit)}: {text} {_link(hit, base)}"


def _one_line(part: SnippetPart) -> str:
    return "".join(" " if char.isspace() else char for char in cleaned(part.text))


def _as_json(hit: SearchHit, base: str, after: str | None) -> dict[str, object]:
    """`after` is where the next page begins: on the last hit of a page behind which there is more."""
    said = hit.segment
    return {
        "call": hit.key,
        "started_at": hit.call_started_at.isoformat(),
        "participant": said.participant,
        "name": _name(hit),
        "text": said.text,
        "parts": [part.model_dump() for part in hit.snippet],
        "seconds_in": round(hit.seconds_in, 3),
        "received_at": said.received_at.isoformat(),
        "offset": str(said.offset),
        "stream": said.stream,
        "position": said.position,
        "link": _link(hit, base),
        "after": after,
    }
