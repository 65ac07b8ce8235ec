"""The webhooks of the configuration: `CALLSCRIBE_WEBHOOKS`, a JSON list. Only the addresses in it are ever called."""

import ipaddress
import json
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, TypeAdapter, ValidationError

from callscribe.contracts.webhook_signature import key_of
from callscribe.model import Strict


class HookEvent(StrEnum):
    """What a webhook wants to hear of."""

    SEALED = "sealed"
    SEGMENTS = "segments"


class HooksError(ValueError):
    """The configuration of the webhooks cannot be used; the message says why and never quotes a secret."""


def _name(text: str) -> str:
    if not (
        0 < len(text) <= 40 and text.isascii() and all(char.islower() or char.isdigit() or char == "_" for char in text)
    ):
        raise ValueError("is a name of at most 40 lower-case letters, digits and '_'")
    return text


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    # Whoever parses an address here passes over blanks around it and line breaks; whoever is to call it does not.
    if not host or parts.scheme not in ("http", "https") or " " in text or not text.isprintable():
        raise ValueError("is no address: write https://host/path")
    if parts.username or parts.password:
        raise ValueError("must hold no user and password: the receiver knows us by the signature")
    if parts.fragment:
        raise ValueError("must have no '#' in it")
    if parts.scheme == "http" and not _is_loopback(host):
        raise ValueError("must begin with https://, for transcripts are private; http:// is for this machine alone")
    return text


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _secrets(given: object) -> object:
    return (given,) if isinstance(given, str) else given


def _secret(secret: SecretStr) -> SecretStr:
    key_of(secret.get_secret_value())
    return secret


class Hook(Strict):
    """One webhook."""

    name: Annotated[str, AfterValidator(_name)]
    url: Annotated[str, AfterValidator(_url), Field(repr=False)]
    secret: Annotated[
        tuple[Annotated[SecretStr, AfterValidator(_secret)], ...], BeforeValidator(_secrets), Field(min_length=1)
    ]
    """One, or while it is being changed several: each signs."""
    events: Annotated[frozenset[HookEvent], Field(min_length=1)] = frozenset({HookEvent.SEALED})
    include_transcript: bool = False
    """Whether the message about a sealed transcript holds the transcript."""

    @property
    def keys(self) -> list[bytes]:
        """What signs."""
        return [key_of(secret.get_secret_value()) for secret in self.secret]

    @property
    def shown_url(self) -> str:
        """The address as people may see it: without its query, which may hold a secret."""
        return self.url.partition("?")[0]

    def wants(self, event: HookEvent) -> bool:
        """Whether it is told of `event`."""
        return event in self.events


_LIST = TypeAdapter(tuple[Hook, ...])


def read_hooks(text: str) -> tuple[Hook, ...]:
    """The webhooks in a JSON list; none in an empty text. Raises `HooksError`."""
    if not text.strip():
        return ()
    try:
        listed = json.loads(text)
    except ValueError as error:
        where = f" (at character {error.pos + 1})" if isinstance(error, json.JSONDecodeError) else ""
        raise HooksError(f"is not JSON{where}: write a list, like {EXAMPLE}") from None
    if not isinstance(listed, list):
        raise HooksError(f"is no list: write {EXAMPLE}")
    try:
        hooks = _LIST.validate_python(listed)
    except ValidationError as error:
        raise HooksError(_complaint(error, listed)) from None
    names = [hook.name for hook in hooks]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise HooksError(f"has two webhooks named '{twice}': give each its own name")
    return hooks


EXAMPLE = '[{"name": "crm", "url": "https://crm.example/hook", "secret": "whsec_…", "events": ["sealed"]}]'


def _complaint(error: ValidationError, listed: Sequence[object]) -> str:
    """The first thing that is wrong, with the webhook and the field; of the value nothing."""
    first = error.errors(include_input=False, include_url=False)[0]
    place, *field = first["loc"]
    entry = listed[int(place)]
    name = entry.get("name") if isinstance(entry, dict) else None
    which = f"webhook '{name}'" if isinstance(name, str) and name else f"webhook {int(place) + 1}"
    where = f": '{field[0]}'" if field else ""
    said = first["msg"].removeprefix("Value error, ")
    return f"{which}{where} {said}" if first["type"] == "value_error" else f"{which}{where}: {said}"
