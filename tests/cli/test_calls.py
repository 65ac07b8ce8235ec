"""A call in one line, as Temporal's web UI lists it; and what the demo dials."""

import pytest

from callscribe.contracts.call import (
    AnswerCall,
    CallRequest,
    ConnectCall,
    CreateCall,
    Origin,
    PhoneNumber,
    StartMode,
    TeamsUser,
)
from cli.calls import summary
from cli.demo_call import demo_request
from cli.errors import CliError
from emulator.scripts import SHIPPED, load_script, silence

GUID = "29228d3e-040e-4656-a70e-890ab4e173e5"


@pytest.mark.parametrize(
    ("origin", "line"),
    [
        (
            CreateCall(targets=(PhoneNumber(value="+12025550100"), TeamsUser(id=GUID))),
            "Call to Anna, Teams user …73e5 · en-US",
        ),
        (ConnectCall(room_id="99"), "Room 99 · en-US"),
        (ConnectCall(group_call_id=GUID), f"Group call {GUID} · en-US"),
        (ConnectCall(server_call_id="aHR0"), "Call joined by its server call id · en-US"),
        (AnswerCall(incoming_call_context="secret"), "Incoming call · en-US"),
    ],
)
def test_every_way_into_a_call_has_its_summary(origin: Origin, line: str) -> None:
    """Given names first, then readable raw ids; never the context that lets its holder take the call."""
    assert summary(CallRequest(origin=origin, participants={"4:+12025550100": "Anna"})) == line


def test_a_summary_stays_one_short_line() -> None:
    """However many are called."""
    targets = tuple(PhoneNumber(value=f"+120255501{number:02d}") for number in range(50))
    line = summary(CallRequest(origin=CreateCall(targets=targets)))
    assert len(line) == 200
    assert line.endswith("…")


def test_the_demo_dials_everybody_in_the_scripts_header() -> None:
    """With transcription off at first, as in the how-to."""
    request = demo_request(load_script(SHIPPED / "two-languages.jsonl"))
    assert isinstance(request.origin, CreateCall)
    assert [target.raw_id for target in request.origin.targets] == list(request.participants)
    assert request.transcription.start is StartMode.ON_REQUEST


def test_a_script_of_nobody_cannot_be_called() -> None:
    """The reason names the header."""
    with pytest.raises(CliError, match="names no participant"):
        demo_request(silence())
