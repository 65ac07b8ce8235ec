"""The far end of a call, by hand."""

import json
import time

from tests.cli.dev_stack import Tell, until


def test_the_emulators_people_speak_hang_up_and_ring(tell: Tell) -> None:
    """The far end of a call, by hand."""
    assert tell("call", "+12025550100", "--key", "far-end")[0] == 0
    connection = until(tell, "far-end", lambda shown: shown.get("transcription") == "on")["call_connection_id"]
    code, stdout, _ = tell("emulator", "call", connection)
    assert (code, "two-languages" in stdout) == (0, True)
    assert tell("emulator", "say", connection, "--as", "+12025550100", "By hand, this one.")[0] == 0
    until(tell, "far-end", lambda shown: shown.get("segments", 0) >= 1)
    deadline = time.monotonic() + 20
    while "By hand, this one." not in tell("export", "far-end")[1]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    code, stdout, _ = tell("emulator", "say", connection, "--as", "+12025550100", "And this.", "--json")
    assert (code, json.loads(stdout)["text"]) == (0, "And this.")
    code, stdout, _ = tell("emulator", "hangup", connection, "--json")
    assert (code, json.loads(stdout)) == (0, {"call_connection_id": connection, "hung_up": True})
    assert until(tell, "far-end", lambda shown: bool(shown.get("ended_at")))
    code, _, stderr = tell("emulator", "hangup", "nobody")
    assert (code, "'callscribe emulator call' lists those there are." in stderr) == (3, True)

    before = len(tell("list", "--json")[1].splitlines())
    assert tell("emulator", "incoming", "--from", "+12025550100", "--to", "+12025550199")[0] == 0
    deadline = time.monotonic() + 20
    while len(tell("list", "--json")[1].splitlines()) == before:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_nonsense_is_refused_before_anybody_is_asked(tell: Tell) -> None:
    """A locale that is none, and people who cannot be on a call."""
    code, _, stderr = tell("emulator", "say", "some", "Hello.", "--as", "+12025550100", "--locale", "zz")
    assert (code, stderr.count("\n")) == (2, 1)
    assert "'zz' names a language without its region" in stderr
    for who in (("--from", "x", "--to", "+12025550199"), ("--from", "+12025550100", "--to", "y")):
        code, _, stderr = tell("emulator", "incoming", *who)
        assert code == 2
        assert "is nobody who can be on a call" in stderr
