"""Lists of calls, from Temporal's visibility."""

import json

from tests.cli.dev_stack import Tell, until


def test_live_calls_come_first(tell: Tell) -> None:
    """A call that has ended is listed after one that goes on, and not at all with --live."""
    assert tell("call", "+12025550100", "--start", "on-request", "--key", "goes-on")[0] == 0
    assert tell("call", "+12025550100", "--start", "on-request", "--key", "ends")[0] == 0
    until(tell, "ends", lambda shown: shown.get("state") == "connected")
    assert tell("hangup", "ends")[0] == 0
    until(tell, "ends", lambda shown: bool(shown.get("verdict") and shown.get("ended_at")))

    lines = [json.loads(line) for line in tell("list", "--json")[1].splitlines()]
    keys = [line["key"] for line in lines]
    assert keys.index("goes-on") < keys.index("ends")
    live = tell("list", "--live")[1]
    assert "goes-on" in live
    assert "ends" not in live
    assert tell("hangup", "goes-on")[0] == 0
