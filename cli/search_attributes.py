"""Make a Temporal server ready: `search-attributes`."""

from typing import Annotated

import typer
from rich.text import Text
from temporalio.client import Client

from callscribe.contracts import names
from callscribe.runtime.attributes import commands, ensure_search_attributes, known_search_attributes, missing_among
from cli.console import plain_table, say_json, show
from cli.errors import CliError
from cli.exit_codes import ExitCode
from cli.options import RUN_PANEL, JsonOption
from cli.session import run, temporal

app = typer.Typer()


@app.command("search-attributes", rich_help_panel=RUN_PANEL, epilog="Example: `callscribe search-attributes --check`")
def search_attributes(
    check: Annotated[bool, typer.Option("--check", help="Make nothing; exit code 1 if any is missing.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make the search attributes that calls are found by in Temporal's web UI, in the namespace that is configured.

    A worker does the same when it starts. On a server that keeps this to its operators (Temporal Cloud), the commands
    to run are shown instead.
    """
    made, missing = run(_carry_out(check=check))
    states = {
        name: "made" if name in made else "missing" if name in missing else "there" for name in names.SEARCH_ATTRIBUTES
    }
    if as_json:
        say_json({name: {"type": kind, "state": states[name]} for name, kind in names.SEARCH_ATTRIBUTES.items()})
    else:
        table = plain_table()
        for title in ("ATTRIBUTE", "TYPE", "STATE"):
            table.add_column(title, no_wrap=True)
        for name, kind in names.SEARCH_ATTRIBUTES.items():
            table.add_row(name, kind, Text(states[name], style="yellow" if states[name] == "missing" else "green"))
        show(table)
    if missing:
        raise typer.Exit(ExitCode.FAILED)


async def _carry_out(*, check: bool) -> tuple[list[str], list[str]]:
    """Which attributes were made, and which are missing still."""
    client = await temporal()
    if not check:
        await _seen(client)
        return await ensure_search_attributes(client), []
    return [], list(missing_among(await _seen(client), client.namespace))


async def _seen(client: Client) -> dict[str, str]:
    known = await known_search_attributes(client)
    if known is None:
        raise CliError(
            f"The server does not let us look at the search attributes of namespace '{client.namespace}'. Whoever may "
            f"change it runs: {'; '.join(commands())} (Temporal Cloud: its console, or 'tcld namespace search-attributes add')."
        )
    return known
