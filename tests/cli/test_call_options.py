"""Options that every way of making a call shares."""

from dataclasses import fields
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from callscribe.contracts.call import ConnectCall, StartMode
from cli import calls
from cli.call_options import CallOptions, Start, takes_call_options


def made_of(*arguments: str) -> list[tuple[str, CallOptions]]:
    """What a command of our own is called with for these arguments."""
    seen = []
    app = typer.Typer()

    @app.command()
    @takes_call_options
    def join(options: CallOptions, where: Annotated[str, typer.Argument()]) -> None:
        """Join."""
        seen.append((where, options))

    found = CliRunner().invoke(app, list(arguments))
    assert found.exit_code == 0, found.output
    return seen


def test_defaults_are_those_of_the_options() -> None:
    """Nothing but the command's own argument is needed."""
    assert made_of("here") == [("here", CallOptions())]


def test_every_option_arrives() -> None:
    """Those of the command and those that are shared, in one go."""
    ((where, options),) = made_of(
        *("there", "--locale", "de-DE", "--start", "on-request", "--intermediate", "--words-in-details"),
        *("--name", "4:+12025550100=Ana", "--name", "8:acs:a_b=Ben", "--context", "queue 7", "--key", "k"),
    )
    assert where == "there"
    assert (options.locale, options.start, options.key) == ("de-DE", Start.ON_REQUEST, "k")
    request = options.request(ConnectCall(room_id="1"))
    assert request.transcription.start is StartMode.ON_REQUEST
    assert request.transcription.intermediate_results
    assert request.transcription.operation_context == "queue 7"
    assert request.participants == {"4:+12025550100": "Ana", "8:acs:a_b": "Ben"}
    assert request.words_in_details


@pytest.mark.parametrize("command", ["call", "room", "group", "server-call"])
def test_every_way_of_making_a_call_has_them_all(command: str) -> None:
    """No one is forgotten when an option is added."""
    shown = typer.main.get_command(calls.app).commands[command]  # type: ignore[attr-defined]  # a group of commands
    assert {each.name for each in fields(CallOptions)} <= {each.name for each in shown.params}
