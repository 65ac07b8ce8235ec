"""The input of the workflow: what is refused, and with which sentence."""

from typing import Any

import pytest
from pydantic import ValidationError

from callscribe.contracts.call import AnswerCall, CallRequest, ConnectCall, CreateCall, PhoneNumber, TeamsUser

PHONE = {"kind": "phone_number", "value": "+12025550147"}


def request(**origin: Any) -> CallRequest:
    """A call request with this origin."""
    return CallRequest.model_validate({"origin": origin})


@pytest.mark.parametrize(
    ("origin", "reason"),
    [
        ({"kind": "create", "targets": []}, "at least 1 item"),
        ({"kind": "create", "targets": [{"kind": "phone_number", "value": "0172 123"}]}, "E.164"),
        ({"kind": "create", "targets": [{"kind": "teams_user", "id": "anna"}]}, "object id"),
        ({"kind": "create", "targets": [{"kind": "acs_user", "id": "anna"}]}, "pattern"),
        ({"kind": "create", "targets": [PHONE], "source_caller_id": "12"}, "E.164"),
        ({"kind": "create", "targets": [PHONE], "sourceCallerId": "+12025550100"}, "Extra inputs"),
        ({"kind": "connect"}, "exactly one"),
        ({"kind": "connect", "room_id": "r", "group_call_id": "g"}, "exactly one"),
        ({"kind": "answer", "incoming_call_context": ""}, "at least 1 character"),
        ({"kind": "dial"}, "does not match any of the expected tags"),
    ],
)
def test_bad_origins_are_refused_with_the_reason(origin: dict[str, Any], reason: str) -> None:
    """Each mistake is named."""
    with pytest.raises(ValidationError, match=reason):
        request(**origin)


@pytest.mark.parametrize(
    ("locale", "reason"),
    [("en-US-NancyNeural", "is a voice"), ("en", "without its region"), ("english", "not a locale")],
)
def test_bad_locales_are_refused_with_the_reason(locale: str, reason: str) -> None:
    """A voice, a bare language, a word."""
    with pytest.raises(ValidationError, match=reason):
        CallRequest.model_validate({"origin": {"kind": "connect", "room_id": "r"}, "transcription": {"locale": locale}})


def test_a_request_survives_json() -> None:
    """As Temporal carries it: written and read, it is the same."""
    for origin in (
        CreateCall(targets=(PhoneNumber(value="+12025550147"),), source_caller_id="+18005550100"),
        ConnectCall(room_id="99"),
        AnswerCall(incoming_call_context="secret"),
    ):
        asked = CallRequest(origin=origin, participants={"4:+12025550147": "Dana"})
        assert CallRequest.model_validate_json(asked.model_dump_json()) == asked


def test_raw_ids_are_as_on_the_wire() -> None:
    """What ACS calls a target."""
    assert PhoneNumber(value="+12025550147").raw_id == "4:+12025550147"
    guid = "29228d3e-040e-4656-a70e-890ab4e173e4"
    assert TeamsUser(id=f"8:orgid:{guid}").raw_id == TeamsUser(id=guid).raw_id == f"8:orgid:{guid}"


def test_the_incoming_context_is_not_shown() -> None:
    """It lets its holder take the call: no log may hold it by accident."""
    assert "secret" not in repr(AnswerCall(incoming_call_context="secret"))
