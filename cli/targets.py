"""What people write on the command line, turned into contract values: targets, participants' names, call keys."""

import os
import re
import time
import uuid
from collections.abc import Iterable

from callscribe.acs.identifiers import IdentifierKind, is_guid, is_phone_number, kind_of
from callscribe.contracts import names
from callscribe.contracts.call import AcsUser, PhoneNumber, Target, TeamsUser
from callscribe.transcript.model import RawId
from cli.console import shortened
from cli.errors import CliError
from cli.exit_codes import ExitCode

_ACS_USER = ("8:acs:", "8:spool:", "8:dod-acs:", "8:gcch-acs:")
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~:-]{0,127}")


def parse_target(text: str) -> Target:
    """A phone number (`+1…` or `4:+1…`), an ACS user (`8:acs:…`) or a Teams user (`8:orgid:GUID` or a bare GUID).

    Raises `CliError` that names the three forms.
    """
    if is_phone_number(text.removeprefix("4:")):
        return PhoneNumber(value=text.removeprefix("4:"))
    if text.startswith(_ACS_USER) and len(text.split(":", 2)[2]) > 0:
        return AcsUser(id=text)
    if is_guid(text.removeprefix("8:orgid:")):
        return TeamsUser(id=text)
    raise CliError(
        f"'{shortened(text)}' is not a target: write a phone number (+12025550100), an ACS user (8:acs:…) "
        "or a Teams user (8:orgid:GUID or the GUID alone).",
        ExitCode.USAGE,
    )


def parse_raw_id(text: str) -> RawId:
    """Anybody who can be on a call, as a raw id; a telephone number or a Teams user's GUID may be written alone.

    Raises `CliError`.
    """
    prefix, _, rest = text.rpartition(":")
    if alone := _prefixed(text):
        return alone
    if rest and kind_of(text) is not IdentifierKind.UNKNOWN and (prefix != "4" or is_phone_number(rest)):
        return text
    raise CliError(
        f"'{shortened(text)}' is nobody who can be on a call: write a phone number (+12025550100) or a raw id (8:acs:…, 8:orgid:GUID).",
        ExitCode.USAGE,
    )


def parse_names(texts: Iterable[str]) -> dict[str, str]:
    """`RAWID=NAME` texts as raw id → name; a phone number or a Teams user's GUID may be written alone. Raises `CliError`."""
    named: dict[str, str] = {}
    for text in texts:
        raw_id, separator, name = text.partition("=")
        if not (raw_id and separator and name.strip()):
            raise CliError(
                f"'{shortened(text)}' does not name anybody: write RAWID=NAME, like 4:+12025550100=Anna.",
                ExitCode.USAGE,
            )
        named[_prefixed(raw_id) or raw_id] = name.strip()
    return named


def _prefixed(text: str) -> RawId | None:
    """The raw id of a telephone number or a Teams user's GUID that is written alone."""
    if is_phone_number(text):
        return f"4:{text}"
    return f"8:orgid:{text}" if is_guid(text) else None


def parse_key(text: str) -> str:
    """The key of a call, as given or as a workflow id. Raises `CliError` for what cannot stand in an address."""
    key = names.call_key(text)
    if _KEY.fullmatch(key) is None:
        raise CliError(
            f"'{shortened(text)}' cannot be a call's key: up to 128 letters, digits and . _ ~ : - (first a letter or digit).",
            ExitCode.USAGE,
        )
    return key


def new_key(*, milliseconds: int | None = None) -> str:
    """A fresh key: a UUID of version 7 (RFC 9562), so that keys sort by the time they were made."""
    instant = time.time_ns() // 1_000_000 if milliseconds is None else milliseconds
    chance = int.from_bytes(os.urandom(10), "big")
    value = (instant & (1 << 48) - 1) << 80 | chance
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))
