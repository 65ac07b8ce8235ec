"""The public addresses of a call. Each carries a key that only we can make, so nobody can feed or read another's call."""

import hashlib
import hmac
from enum import StrEnum
from urllib.parse import quote


class Purpose(StrEnum):
    """What a key opens; a key for one purpose opens nothing else."""

    DELIVER = "deliver"
    """ACS's own two addresses of a call: packets and events."""
    VIEW = "view"
    """Reading a call's live captions."""
    INCOMING = "incoming"
    """Announcing incoming calls (Event Grid); not bound to a call."""


def sign(secret: str, purpose: Purpose, subject: str) -> str:
    """The key (32 hex digits, 128 bits of HMAC-SHA256) that opens `purpose` for `subject`, most often a call key."""
    material = f"callscribe\x1f{purpose}\x1f{subject}".encode()
    return hmac.new(secret.encode(), material, hashlib.sha256).hexdigest()[:32]


def is_signed(secret: str, purpose: Purpose, subject: str, key: str) -> bool:
    """Whether `key` is the one for `purpose` and `subject`; takes the same time for every wrong key."""
    return hmac.compare_digest(sign(secret, purpose, subject).encode(), key.encode())


def transcription_url(base: str, secret: str, call: str) -> str:
    """Where ACS sends the packets of `call`; `base` is ingest's public websocket address."""
    return f"{base.rstrip('/')}/transcription/{quote(call, safe='')}/{sign(secret, Purpose.DELIVER, call)}"


def events_url(base: str, secret: str, call: str) -> str:
    """Where ACS sends the events of `call`; `base` is ingest's public HTTP address."""
    return f"{base.rstrip('/')}/events/{quote(call, safe='')}/{sign(secret, Purpose.DELIVER, call)}"


def captions_url(base: str, secret: str, call: str) -> str:
    """Where a person's program reads the live captions of `call`."""
    return f"{base.rstrip('/')}/calls/{quote(call, safe='')}/captions?key={sign(secret, Purpose.VIEW, call)}"


def incoming_url(base: str, secret: str) -> str:
    """Where Event Grid announces incoming calls."""
    return f"{base.rstrip('/')}/incoming?key={sign(secret, Purpose.INCOMING, '')}"
