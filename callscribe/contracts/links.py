"""The public addresses of a call. Each carries a key that only we can make, so nobody can feed or read another's call."""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, urlencode


class Purpose(StrEnum):
    """What a key opens; a key for one purpose opens nothing else."""

    DELIVER = "deliver"
    """ACS's own two addresses of a call: packets and events."""
    VIEW = "view"
    """Reading a call's live captions."""
    INCOMING = "incoming"
    """Announcing incoming calls (Event Grid); not bound to a call."""
    PAGE = "page"
    """Using the live page, in a role and until an instant."""


class PageRole(StrEnum):
    """What whoever holds a link to the live page may do."""

    VIEWER = "viewer"
    """Read all calls."""
    OPERATOR = "operator"
    """Read and control all calls."""
    GUEST = "guest"
    """Read one call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePass:
    """What a page token says."""

    role: PageRole
    expires: int
    """Unix seconds; from that second on it opens nothing."""
    call: str | None = None
    """The only call that a guest reads; None for the other roles."""

    def __post_init__(self) -> None:
        """Raises `ValueError` for a guest of no call, and for another role bound to one."""
        if (self.role is PageRole.GUEST) != (self.call is not None):
            raise ValueError("A guest reads one call, and the other roles are bound to none.")

    def may_read(self, call: str) -> bool:
        """Whether it opens that call."""
        return self.call is None or self.call == call

    @property
    def may_operate(self) -> bool:
        """Whether it lets its holder control calls."""
        return self.role is PageRole.OPERATOR


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


def page_token(secret: str, granted: PagePass) -> str:
    """`<role>.<expires>.<subject>.<mac>`; the subject is the call's key in base64url, empty for all calls."""
    subject = "" if granted.call is None else base64.urlsafe_b64encode(granted.call.encode()).decode().rstrip("=")
    said = f"{granted.role}.{granted.expires}.{subject}"
    return f"{said}.{sign(secret, Purpose.PAGE, said)}"


def read_page_token(secret: str, token: str) -> PagePass | None:
    """What a token says, or None for one that we did not make. Whoever asks compares `expires` with their clock."""
    said, _, mac = token.rpartition(".")
    if not is_signed(secret, Purpose.PAGE, said, mac):
        return None
    try:
        role, expires, subject = said.split(".")
        call = base64.urlsafe_b64decode(subject + "=" * (-len(subject) % 4)).decode() if subject else None
        return PagePass(role=PageRole(role), expires=int(expires), call=call)
    except (ValueError, binascii.Error):
        return None  # made by another version of ours


def page_path(call: str | None = None) -> str:
    """The path of the list of calls, or of one call's page."""
    return "/" if call is None else f"/calls/{quote(call, safe='')}"


def page_url(base: str, secret: str, granted: PagePass, *, call: str | None = None) -> str:
    """The link that lets a person in; `base` is ingest's public HTTP address, `call` the page to begin at."""
    start = call if call is not None else granted.call
    asked = {"key": page_token(secret, granted)} | ({} if start is None else {"to": page_path(start)})
    return f"{base.rstrip('/')}/enter?{urlencode(asked)}"
