"""Raw ids, as ACS writes participants (`4:+1425…`, `8:acs:…`, `8:orgid:…`): what kind they are and how to read them aloud."""

import re
from enum import StrEnum
from functools import lru_cache

import phonenumbers


class IdentifierKind(StrEnum):
    """The kinds of participant that a raw id can name (SDK `identifier_from_raw_id`)."""

    PHONE_NUMBER = "phone_number"
    ACS_USER = "acs_user"
    TEAMS_USER = "teams_user"
    TEAMS_APP = "teams_app"
    TEAMS_EXTENSION_USER = "teams_extension_user"
    UNKNOWN = "unknown"


MOST_BYTES = 1000
"""Of a raw id, in UTF-8; ACS's have 150 at most. Much longer ones fit in no index."""

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def is_phone_number(text: str) -> bool:
    """Whether `text` is a telephone number in E.164 form, `+` and 7 to 15 digits."""
    return _E164.fullmatch(text) is not None


def is_guid(text: str) -> bool:
    """Whether `text` is a GUID in its usual hyphenated form."""
    return _GUID.fullmatch(text) is not None


def is_storable_id(text: str) -> bool:
    """Whether `text` is short enough for the id, or the name, of anything."""
    return len(text) <= MOST_BYTES and len(text.encode()) <= MOST_BYTES


def kind_of(raw_id: str) -> IdentifierKind:
    """The kind of participant that `raw_id` names; `UNKNOWN` rather than an error for anything unheard of."""
    if raw_id.startswith("4:"):
        return IdentifierKind.PHONE_NUMBER
    if raw_id.startswith(("8:orgid:", "8:dod:", "8:gcch:", "8:teamsvisitor:")):
        return IdentifierKind.TEAMS_USER
    if raw_id.startswith("8:acs:"):
        return IdentifierKind.TEAMS_EXTENSION_USER if raw_id.count("_") == 2 else IdentifierKind.ACS_USER
    if raw_id.startswith("8:spool:"):
        return IdentifierKind.ACS_USER
    if raw_id.startswith(("28:orgid:", "28:dod:", "28:gcch:")):
        return IdentifierKind.TEAMS_APP
    return IdentifierKind.UNKNOWN


def readable(raw_id: str) -> str:
    """A short form for people: `+1 202 555 0100`, `ACS user …1f2e`, `Teams user …9a0b`; never longer than the raw id
    by more than the words that say what it is.
    """
    kind = kind_of(raw_id)
    tail = raw_id.rsplit(":", 1)[-1]
    if kind is IdentifierKind.PHONE_NUMBER:
        return "anonymous caller" if tail == "anonymous" else _spaced(tail)
    label = {
        IdentifierKind.ACS_USER: "ACS user",
        IdentifierKind.TEAMS_USER: "Teams user",
        IdentifierKind.TEAMS_APP: "Teams app",
        IdentifierKind.TEAMS_EXTENSION_USER: "Teams extension user",
    }.get(kind)
    if label is None:
        return raw_id or "unknown participant"
    return f"{label} …{tail[-4:]}" if tail else label


def masked(raw_id: str) -> str:
    """As `readable`, but of a phone number its last four digits alone: for what is kept in the clear."""
    shown = readable(raw_id)
    return f"…{shown.replace(' ', '')[-4:]}" if shown.startswith("+") else shown


@lru_cache(maxsize=4096)  # an export asks for its speakers with every segment
def _spaced(number: str) -> str:
    """`+12025550100` as `+1 202 555 0100`, `+493055501862` as `+49 30 55501862`; what no country has stays as it is."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    shown = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    spaced = " ".join(re.findall(r"\+?\d+", shown))
    return spaced if spaced.replace(" ", "") == number else number
