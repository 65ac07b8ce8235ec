"""The `callscribe` command: its groups put together, and every expected error turned into one line and an exit code."""

import os
import sys

import typer

from callscribe.runtime.processes import keep_files_private, leave
from cli import (
    calls,
    commands,
    demo,
    dev,
    emulator,
    export,
    listing,
    look,
    outbox,
    page,
    search,
    search_attributes,
    services,
    watch,
    webhooks,
)
from cli.chaos import command as chaos
from cli.console import complain, make_usable, shortened
from cli.errors import CliError, explain
from cli.exit_codes import ExitCode
from cli.options import RUN_PANEL
from cli.proxies import spare_this_machine

app = typer.Typer(
    name="callscribe",
    help="Durable, real-time transcripts of Azure Communication Services calls, on Temporal.",
    epilog="New here? `callscribe demo` shows one call from its dialling to its transcript. `callscribe dev` runs everything on "
    "this machine; in another terminal, `callscribe call +12025550100 --watch` makes a call on it.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)
for group in (
    demo.app,
    dev.app,
    calls.app,
    listing.app,
    watch.app,
    look.app,
    search.app,
    page.app,
    export.app,
    commands.app,
    services.app,
    search_attributes.app,
    chaos.app,
):
    app.add_typer(group)
app.add_typer(outbox.app, name="outbox", rich_help_panel=RUN_PANEL)
app.add_typer(webhooks.app, name="webhooks", rich_help_panel=RUN_PANEL)
app.add_typer(emulator.app, name="emulator", rich_help_panel=RUN_PANEL)


def run(arguments: list[str]) -> int:
    """Carry out the command that `arguments` (without the program's name) ask for; returns its exit code."""
    try:
        outcome = app(arguments, prog_name="callscribe", standalone_mode=False)
    except (typer.Abort, KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    except SystemExit as end:  # the shell has asked what there is to complete, or a library ends us as nobody reads on
        if isinstance(end.__context__, BrokenPipeError):
            return _unread()
        return end.code if isinstance(end.code, int) else ExitCode.OK
    except BrokenPipeError:
        return _unread()
    except Exception as error:
        problem = explain(error) or _of_no_text(arguments)
        if problem is None:
            raise
        complain(str(problem))
        return problem.code
    return outcome if isinstance(outcome, int) else ExitCode.OK


def _of_no_text(arguments: list[str]) -> CliError | None:
    """What to say where something failed over bytes that are no text; a file may be called so, and nothing else."""
    for argument in arguments:
        if any("\udc80" <= letter <= "\udcff" for letter in argument):
            shown = os.fsencode(argument).decode(errors="backslashreplace")
            return CliError(f"'{shortened(shown)}' is no text: write it in UTF-8.", ExitCode.USAGE)
    return None


def _unread() -> ExitCode:
    """Whoever read us has enough, as `head` has: nothing is left to say, and to nobody."""
    sys.stderr.close()
    return ExitCode.OK


def main() -> None:
    """The console script."""
    keep_files_private()
    make_usable()
    spare_this_machine()
    leave(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
