"""A call in one line, as Temporal's web UI shows it; and what the demo dials."""

import pytest

from callscribe.contracts.call import (
    AnswerCall,
    CallRequest,
    ConnectCall,
    CreateCall,
    Origin,
    PhoneNumber,
    TeamsUser,
)
from cli.calls import summary

GUID = "29228d3e-040e-4656-a70e-890ab4e173e5"


@pytest.mark.parametrize(
    ("origin", "line"),
    [
        (
            CreateCall(targets=(PhoneNumber(value="+12025550100"), TeamsUser(id=GUID))),
            "Call to Anna, Teams user …73e5 · en-US",
        ),
        (CreateCall(targets=(PhoneNumber(value="+12025550199"),)), "Call to …0199 · en-US"),
        (ConnectCall(room_id="99"), "Room 99 · en-US"),
        (ConnectCall(group_call_id=GUID), f"Group call {GUID} · en-US"),
        (ConnectCall(server_call_id="aHR0"), "Call joined by its server call id · en-US"),
        (AnswerCall(incoming_call_context="secret"), "Incoming call · en-US"),
    ],
)
def test_every_way_into_a_call_has_its_summary(origin: Origin, line: str) -> None:
    """Given names first, then readable raw ids, of a number its end; never the context that lets its holder take the call."""
    assert summary(CallRequest(origin=origin, participants={"4:+12025550100": "Anna"})) == line


def test_who_has_typed_a_number_sees_the_whole_of_it() -> None:
    """What Temporal keeps in the clear has its last digits alone."""
    request = CallRequest(origin=CreateCall(targets=(PhoneNumber(value="+12025550100"),)))
    assert summary(request, whole=True) == "Call to +1 202 555 0100 · en-US"
    assert summary(request) == "Call to …0100 · en-US"


def test_a_summary_stays_one_short_line() -> None:
    """However many are called."""
    targets = tuple(PhoneNumber(value=f"+120255501{number:02d}") for number in range(50))
    line = summary(CallRequest(origin=CreateCall(targets=targets)))
    assert len(line) == 200
    assert line.endswith("…")
