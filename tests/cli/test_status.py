"""Calls that nobody knows, or that nobody has spoken on yet, wherever they are named."""

from tests.cli.dev_stack import Tell


def test_unknown_calls_are_one_line(tell: Tell) -> None:
    """The same words and code wherever a call is named."""
    for arguments in (["show", "x"], ["watch", "x"], ["export", "x"], ["pause", "x"], ["locale", "x", "de-DE"]):
        code, _, stderr = tell(*arguments)
        assert (code, stderr) == (3, "callscribe: There is no call 'x'. 'callscribe list' shows those there are.\n")


def test_calls_on_which_nobody_has_spoken_are_known(tell: Tell) -> None:
    """The list shows them, so that nothing says that there are none."""
    assert tell("call", "+12025550100", "--key", "silent", "--start", "on-request")[0] == 0
    for arguments in (
        ["export", "silent"],
        ["search", "refund", "--call", "silent"],
        ["webhooks", "deliveries", "silent"],
    ):
        code, _, stderr = tell(*arguments)
        said = "callscribe: Nothing of call 'silent' is stored yet: try again once somebody has spoken.\n"
        assert (code, stderr) == (3, said)
    assert tell("hangup", "silent")[0] == 0
