"""What several commands share looks the same in all of them."""

from typer.testing import CliRunner

from cli.main import app


def test_every_command_that_names_a_call_says_how() -> None:
    """By its key or its workflow id."""
    for command in ("show", "watch", "export", "start", "locale", "pause", "resume", "stop", "hangup"):
        shown = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200"})
        assert "The call's key, or its workflow id." in shown.output
