"""Calls found again by their key, and joined in every way."""

import json

from tests.cli.dev_stack import Tell, until


def test_the_same_key_makes_one_call(tell: Tell) -> None:
    """Sent twice while it runs, it is found again; whoever asks for another one is told so."""
    first = json.loads(tell("call", "+12025550100", "--key", "once", "--json")[1])
    second = json.loads(tell("call", "+12025550100", "--key", "once", "--json")[1])
    assert first == second
    code, stdout, stderr = tell("call", "+12025550111", "--key", "once", "--locale", "de-DE")
    assert (code, stdout.splitlines()[0]) == (0, "Call to …0100 · en-US")
    assert "another call, which is under way: this one is not made" in stderr
    assert tell("call", "+12025550100", "--key", "once")[2] == ""
    assert tell("hangup", "once")[0] == 0


def test_rooms_groups_and_server_calls_are_joined(tell: Tell) -> None:
    """The three ways to connect."""
    guid = "29228d3e-040e-4656-a70e-890ab4e173e5"
    for key, arguments in {
        "r": ["room", "99412345678901234"],
        "g": ["group", guid],
        "s": ["server-call", "aHR0cHM6"],
    }.items():
        assert tell(*arguments, "--key", key)[0] == 0
        until(tell, key, lambda shown: shown.get("transcription") == "on")
        assert tell("hangup", key, "--leave")[0] == 0
