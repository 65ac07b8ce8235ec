"""Raw ids: their kinds, and how they are read aloud."""

import pytest
from azure.communication.callautomation._shared.models import identifier_from_raw_id
from hypothesis import given
from hypothesis import strategies as st

from callscribe.acs.identifiers import IdentifierKind, is_guid, is_phone_number, kind_of, masked, readable

GUID = "aaaa0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e"
KINDS = [
    ("4:+14255550123", IdentifierKind.PHONE_NUMBER),
    ("4:anonymous", IdentifierKind.PHONE_NUMBER),
    ("8:acs:resource_user", IdentifierKind.ACS_USER),
    ("8:acs:r_t_u", IdentifierKind.TEAMS_EXTENSION_USER),
    ("8:orgid:" + GUID, IdentifierKind.TEAMS_USER),
    ("8:teamsvisitor:v", IdentifierKind.TEAMS_USER),
    ("8:spool:u", IdentifierKind.ACS_USER),
    ("28:orgid:app", IdentifierKind.TEAMS_APP),
    ("28:" + GUID, IdentifierKind.UNKNOWN),
    ("unprefixed", IdentifierKind.UNKNOWN),
    ("", IdentifierKind.UNKNOWN),
]
SDK_KINDS = {
    "phone_number": IdentifierKind.PHONE_NUMBER,
    "communication_user": IdentifierKind.ACS_USER,
    "microsoft_teams_user": IdentifierKind.TEAMS_USER,
    "microsoft_teams_app": IdentifierKind.TEAMS_APP,
    "teams_extension_user": IdentifierKind.TEAMS_EXTENSION_USER,
    "unknown": IdentifierKind.UNKNOWN,
}


@pytest.mark.parametrize(("raw_id", "kind"), KINDS)
def test_kinds_are_those_of_the_sdk(raw_id: str, kind: IdentifierKind) -> None:
    """Our table and the SDK's own reader agree."""
    assert kind_of(raw_id) is kind
    assert SDK_KINDS[str(getattr(identifier_from_raw_id(raw_id).kind, "value", None))] is kind


@pytest.mark.parametrize(
    ("raw_id", "text"),
    [
        ("4:+12025550100", "+1 202 555 0100"),
        ("4:+493055501862", "+49 30 55501862"),
        ("4:+442079460018", "+44 20 7946 0018"),
        ("4:+5491123456789", "+54 9 11 2345 6789"),
        ("4:+819012345678", "+81 90 1234 5678"),
        ("4:+2101234567", "+2101234567"),
        ("4:+12", "+12"),
        ("4:12025550100", "12025550100"),
        ("4:anonymous", "anonymous caller"),
        ("8:acs:resource_0000001f2e", "ACS user …1f2e"),
        ("8:orgid:" + GUID, "Teams user …4e4e"),
        ("28:orgid:" + GUID, "Teams app …4e4e"),
        ("", "unknown participant"),
        ("28:x", "28:x"),
    ],
)
def test_readable(raw_id: str, text: str) -> None:
    """Short forms for people."""
    assert readable(raw_id) == text


@given(st.text())
def test_any_text_has_a_kind_and_a_form(text: str) -> None:
    """No raw id is an error."""
    assert kind_of(text) in IdentifierKind
    assert readable(text)


@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
def test_a_readable_number_keeps_its_digits(number: str) -> None:
    """Only spaces are added to a phone number."""
    assert is_phone_number(number)
    assert readable("4:" + number).replace(" ", "") == number


@pytest.mark.parametrize(
    ("raw_id", "text"),
    [
        ("4:+12025550100", "…0100"),
        ("4:+4930901820", "…1820"),
        ("4:+33123456789", "…6789"),
        ("4:anonymous", "anonymous caller"),
    ],
)
def test_what_is_kept_in_the_clear_has_no_whole_number(raw_id: str, text: str) -> None:
    """Its last four digits tell one from the other."""
    assert masked(raw_id) == text


@pytest.mark.parametrize("text", ["12025550100", "+0202555010", "+1202", "+1 202 555 0100", "+12025550100\n", ""])
def test_refuses_other_numbers(text: str) -> None:
    """E.164 and nothing else."""
    assert not is_phone_number(text)


def test_guids() -> None:
    """A GUID has hyphens."""
    assert is_guid(GUID)
    assert not is_guid(GUID.replace("-", ""))
    assert not is_guid(GUID + " ")
