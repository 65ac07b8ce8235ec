"""What people type, turned into contract values."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callscribe.contracts.call import AcsUser, PhoneNumber, TeamsUser
from cli.errors import CliError
from cli.exit_codes import ExitCode
from cli.targets import new_key, parse_key, parse_names, parse_raw_id, parse_target

GUID = "29228d3e-040e-4656-a70e-890ab4e173e5"


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("+12025550100", PhoneNumber(value="+12025550100")),
        ("4:+12025550100", PhoneNumber(value="+12025550100")),
        (f"8:acs:{GUID}_00000020", AcsUser(id=f"8:acs:{GUID}_00000020")),
        (f"8:orgid:{GUID}", TeamsUser(id=GUID)),
        (GUID, TeamsUser(id=GUID)),
    ],
)
def test_targets_of_every_form(text: str, target: object) -> None:
    """Phone numbers, ACS users and Teams users, as people have them at hand."""
    assert parse_target(text) == target


@pytest.mark.parametrize("text", ["", "12025550100", "+1", "8:acs:", "8:orgid:me", "bob@example.org"])
def test_anything_else_is_refused_with_the_forms(text: str) -> None:
    """The message says what can be written; the exit code is that of a wrong argument."""
    with pytest.raises(CliError, match="write a phone number") as caught:
        parse_target(text)
    assert caught.value.code is ExitCode.USAGE


@given(st.text())
def test_a_target_is_parsed_or_refused_and_nothing_else(text: str) -> None:
    """Parsing a target returns one or raises CliError, never anything else."""
    try:
        parse_target(text)
    except CliError:
        return


def test_names_take_numbers_with_and_without_prefix() -> None:
    """Both forms name the same raw id."""
    assert parse_names(["+12025550100=Anna", "8:acs:x=Bernd = B"]) == {"4:+12025550100": "Anna", "8:acs:x": "Bernd = B"}


def test_names_take_a_teams_user_as_targets_do() -> None:
    """By the GUID alone, as it may be dialled: else the name is of nobody."""
    guid = "29228d3e-040e-4656-a70e-890ab4e173e5"
    dialled = parse_target(guid).raw_id
    assert parse_names([f"{guid}=Anna"]) == parse_names([f"8:orgid:{guid}=Anna"]) == {dialled: "Anna"}


@pytest.mark.parametrize("text", ["", "Anna", "=Anna", "4:+12025550100=", "4:+12025550100= "])
def test_names_without_both_sides_are_refused(text: str) -> None:
    """The message shows the form."""
    with pytest.raises(CliError, match="RAWID=NAME"):
        parse_names([text])


def test_keys_are_taken_with_or_without_the_workflow_prefix() -> None:
    """A workflow id copied from the web UI works as a key."""
    assert parse_key("call-order-17") == parse_key("order-17") == "order-17"


@pytest.mark.parametrize("text", ["", "call-", "a b", "a/b", "ä", "x" * 129, "-x"])
def test_keys_that_cannot_stand_in_an_address_are_refused(text: str) -> None:
    """A key is part of URLs and of a workflow id."""
    with pytest.raises(CliError, match="cannot be a call's key"):
        parse_key(text)


def test_fresh_keys_are_uuids_of_version_7_and_sort_by_time() -> None:
    """Version and variant bits are RFC 9562's; a later key is greater."""
    first, later = (
        uuid.UUID(new_key(milliseconds=1_700_000_000_000)),
        uuid.UUID(new_key(milliseconds=1_700_000_000_001)),
    )
    assert first.version == 7
    assert first.variant == uuid.RFC_4122
    assert first.int >> 80 == 1_700_000_000_000
    assert str(first) < str(later)
    assert parse_key(new_key())


@pytest.mark.parametrize(
    ("text", "raw_id"),
    [
        ("+12025550100", "4:+12025550100"),
        ("4:+12025550100", "4:+12025550100"),
        ("8:acs:resource_user", "8:acs:resource_user"),
        ("29228d3e-040e-4656-a70e-890ab4e173e5", "8:orgid:29228d3e-040e-4656-a70e-890ab4e173e5"),
    ],
)
def test_anybody_on_a_call_has_a_raw_id(text: str, raw_id: str) -> None:
    """Telephone numbers and Teams users may be written alone."""
    assert parse_raw_id(text) == raw_id


@pytest.mark.parametrize("text", ["x", "", "4:banana", "8:acs:", "+1", "Anna"])
def test_who_cannot_be_on_a_call_is_refused(text: str) -> None:
    """With what to write."""
    with pytest.raises(CliError, match="is nobody who can be on a call: write a phone number") as caught:
        parse_raw_id(text)
    assert caught.value.code is ExitCode.USAGE
