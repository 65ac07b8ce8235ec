"""What is said of a running call as it stands, and when nothing was going on in it."""

from typing import Any

import pytest
from playwright.async_api import Page

from tests.browser.modules import run


async def test_what_goes_on_has_no_end_yet(modules: Page) -> None:
    """The last interval while transcription is on, the last pause while it is paused, the last stop while it is stopped and
    was not on again since then; nothing once the call is over.
    """
    on = {"live": True, "ended_at": None, "transcription": "on", "gaps": [], "intervals": [{"start": "a", "end": "b"}]}
    paused = {**on, "transcription": "paused", "gaps": [{"start": "c", "end": "d", "cause": "paused"}]}
    over = {**on, "live": False}
    stopped = {**on, "transcription": "stopped", "gaps": [{"start": "c", "end": "d", "cause": "stopped"}]}
    ceased = {**stopped, "intervals": [{"start": "a", "end": "b"}, {"start": "d", "end": "e"}]}
    stood = await run(modules, "standing.js", "a.map(m.asItStands)", [on, paused, over, stopped, ceased])
    assert [each["intervals"][0]["end"] for each in stood] == [None, "b", "b", "b", "b"]
    assert [[gap["end"] for gap in each["gaps"]] for each in stood] == [[], [None], [], [None], ["d"]]


START = {"name": "start transcription (en-US)", "finished_at": "2026-01-01T00:00:09Z"}
NEVER_ON = {"intervals": [], "gaps": [], "transcription": "off"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, [(30, 40)]),
        ({"intervals": [(0, 10)], "transcription": "stopped"}, [(10, 20), (30, None)]),
        ({"intervals": [(0, 10)], "transcription": "stopped", "ended_at": 35, "live": False}, [(10, 20), (30, 35)]),
        ({"intervals": [(0, 10), (10, 20), (40, 50)], "ended_at": 50.5, "live": False}, [(30, 40)]),
        (NEVER_ON, []),
        (NEVER_ON | {"connected_at": 3}, [(3, None)]),
        (NEVER_ON | {"connected_at": 3, "steps": [START | {"finished_at": None}]}, []),
        (NEVER_ON | {"connected_at": 3, "steps": [START]}, [(3, None)]),  # in vain
        (NEVER_ON | {"connected_at": 3, "live": False, "ended_at": 9}, [(3, 9)]),
        (NEVER_ON | {"connected_at": 3, "streams": [{}], "live": False, "ended_at": 9}, []),  # sealed without facts
        ({"connected_at": 1, "intervals": [(10, None)], "gaps": []}, [(1, 10)]),
        ({"connected_at": 1, "intervals": [(4, None)], "gaps": []}, []),  # started with the call
        ({"connected_at": 1, "intervals": [(10, None)], "gaps": [(2, 10)]}, []),
        ({"gaps": [(20, None)], "transcription": "paused", "intervals": [(0, 20)]}, []),
        ({"gaps": [(20, 30)], "transcription": "starting", "intervals": [(0, 20)]}, []),
    ],
)
async def test_off_is_what_was_neither_on_nor_paused(
    modules: Page, change: dict[str, Any], expected: list[tuple[int, int | None]]
) -> None:
    """Until the end, or since then, also before the first start; what is shorter than a second is not worth a mark."""

    def at(second: float | None) -> str | None:
        return None if second is None else f"2026-01-01T00:00:{second:06.3f}Z"

    usual = {"live": True, "transcription": "on", "intervals": [(0, 20), (40, None)], "gaps": [(20, 30)]}
    call = {**usual, "streams": [], "steps": [], "connected_at": None, **change}
    for field in ("intervals", "gaps"):
        call[field] = [{"start": at(start), "end": at(end), "cause": "paused"} for start, end in call[field]]
    found = await run(
        modules,
        "standing.js",
        "m.switchedOff(a)",
        {**call, **{name: at(call.get(name)) for name in ("connected_at", "ended_at")}},
    )
    assert [(each["start"], each["end"]) for each in found] == [(at(start), at(end)) for start, end in expected]
    assert {each["cause"] for each in found} <= {"off"}


@pytest.mark.parametrize(
    ("state", "heading"),
    [
        ("transcribing", "Listening …"),
        ("connected", "Transcription is off"),
        ("stopped", "Transcription is off"),
        ("draining", "The call has ended"),
        ("waiting for a worker", "waiting for a worker"),
    ],
)
async def test_what_is_said_of_a_call_without_words(modules: Page, state: str, heading: str) -> None:
    """As it stands; nobody is asked to start what cannot be started, or is on for all that is known."""
    told = await run(modules, "standing.js", "m.whyNothing({live: true, state: a})", state)
    assert told[0] == heading
    assert ("started" in told[1]) == (heading == "Transcription is off")
