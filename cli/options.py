"""Options and arguments that several commands share, declared once."""

from typing import Annotated

import typer

from cli.completion import calls, live_calls

CallArgument = Annotated[
    str, typer.Argument(metavar="CALL", help="The call's key, or its workflow id.", autocompletion=calls)
]
LiveCallArgument = Annotated[
    str, typer.Argument(metavar="CALL", help="The call's key, or its workflow id.", autocompletion=live_calls)
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line, for scripts.")]
ContextOption = Annotated[
    str | None,
    typer.Option("--context", metavar="TEXT", help="Operation context: ACS repeats it in the events that follow."),
]

BEGIN_PANEL = "Begin here"
MAKE_PANEL = "Make a call"
LOOK_PANEL = "Look at calls"
STEER_PANEL = "Steer a running call"
RUN_PANEL = "Run Callscribe, and keep it running"
