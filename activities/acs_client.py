"""The connection to ACS: the connection string, and the one client of a worker process."""

import base64
import binascii
import logging
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from azure.communication.callautomation.aio import CallAutomationClient
from azure.core.credentials import AzureKeyCredential

from callscribe.runtime.settings import SettingsError

_VARIABLE = "CALLSCRIBE_ACS_CONNECTION_STRING"
_FORM = "it has the form 'endpoint=https://<resource>.communication.azure.com/;accesskey=<key>'"
_SERIALIZATION_LOG = "azure.communication.callautomation._generated._utils.serialization"
_CONNECTION_TIMEOUT_S = 4.0
_READ_TIMEOUT_S = 9.0


@dataclass(frozen=True)
class AcsResource:
    """Where ACS is, and the key to it."""

    endpoint: str
    """With its scheme, without a trailing slash: a slash would be signed and the signature not match."""
    access_key: str = field(repr=False)


def parse_connection_string(text: str) -> AcsResource:
    """Endpoint and key of a connection string; `http://` is kept, which the SDK's own parser turns into `https://`.

    Raises `SettingsError` that names the part which is wrong; the key itself is in no message.
    """
    parts: dict[str, str] = {}
    for element in filter(None, (piece.strip() for piece in text.split(";"))):
        name, equals, value = element.partition("=")
        if not equals:
            raise SettingsError(f"{_VARIABLE} has a part without '=': {_FORM}.")
        parts[name.strip().lower()] = value.strip()
    for name in ("endpoint", "accesskey"):
        if not parts.get(name):
            raise SettingsError(f"{_VARIABLE} lacks '{name}=': {_FORM}.")
    return AcsResource(_endpoint(parts["endpoint"]), _access_key(parts["accesskey"]))


def open_client(resource: AcsResource) -> CallAutomationClient:
    """A client that leaves repeating to Temporal: one attempt a request, at most 13 s. Close it, or use `async with`."""
    logging.getLogger(_SERIALIZATION_LOG).addFilter(_unknown_model_name)
    client: CallAutomationClient = CallAutomationClient(
        resource.endpoint,
        AzureKeyCredential(resource.access_key),
        retry_total=0,
        connection_timeout=_CONNECTION_TIMEOUT_S,
        read_timeout=_READ_TIMEOUT_S,
    )
    return client


def _endpoint(text: str) -> str:
    try:
        url = urlsplit(text if "://" in text else f"https://{text}")
        host, _ = url.hostname, url.port
    except ValueError as error:
        raise SettingsError(f"{_VARIABLE}: 'endpoint' is not an address ({error}): {_FORM}.") from None
    if url.scheme not in {"http", "https"} or not host:
        raise SettingsError(f"{_VARIABLE}: 'endpoint' is not an address: {_FORM}.")
    if url.path.strip("/") or url.query or url.fragment or "@" in url.netloc:
        raise SettingsError(f"{_VARIABLE}: 'endpoint' must be a host alone, without a path: {_FORM}.")
    return f"{url.scheme}://{url.netloc}"


def _access_key(text: str) -> str:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise SettingsError(f"{_VARIABLE}: 'accesskey' is not base64; copy the whole string from the portal.") from None
    return text


def _unknown_model_name(record: logging.LogRecord) -> bool:
    # The SDK hands its models a name that they do not know, even when it is not given (protocol reference 5.2, 1),
    # and warns of its own doing in every request.
    return not (record.args and "speech_recognition_model_endpoint_id" in map(str, record.args))
