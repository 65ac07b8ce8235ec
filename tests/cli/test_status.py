"""Calls that nobody knows, wherever they are named."""

from tests.cli.dev_stack import Tell


def test_unknown_calls_are_one_line(tell: Tell) -> None:
    """The same words and code wherever a call is named."""
    for arguments in (["show", "x"], ["watch", "x"], ["export", "x"], ["pause", "x"], ["locale", "x", "de-DE"]):
        code, _, stderr = tell(*arguments)
        assert (code, stderr) == (3, "callscribe: There is no call 'x'. 'callscribe list' shows those there are.\n")
