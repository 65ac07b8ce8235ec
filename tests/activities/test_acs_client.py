"""The connection string, and the client that is made of it."""

import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.acs_client import AcsResource, open_client, parse_connection_string
from callscribe.runtime.settings import SettingsError

KEY = "c2VjcmV0LWtleQ=="


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        (f"endpoint=https://r.communication.azure.com/;accesskey={KEY}", "https://r.communication.azure.com"),
        (f"endpoint=http://127.0.0.1:8090;accesskey={KEY}", "http://127.0.0.1:8090"),
        (f"Endpoint=http://127.0.0.1:8090/ ; AccessKey={KEY};", "http://127.0.0.1:8090"),
        (f"accesskey={KEY};endpoint=r.communication.azure.com", "https://r.communication.azure.com"),
        (f"endpoint=http://[::1]:8090//;accesskey={KEY}", "http://[::1]:8090"),
    ],
)
def test_good_strings(text: str, endpoint: str) -> None:
    """The scheme is kept, the slash is not, order and case do not matter, the key keeps its padding."""
    assert parse_connection_string(text) == AcsResource(endpoint, KEY)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "lacks 'endpoint='"),
        (f"accesskey={KEY}", "lacks 'endpoint='"),
        ("endpoint=https://r.example/", "lacks 'accesskey='"),
        ("endpoint=https://r.example/;accesskey=", "lacks 'accesskey='"),
        ("https://r.example", "without '='"),
        (f"endpoint=ftp://r.example;accesskey={KEY}", "not an address"),
        (f"endpoint=https://;accesskey={KEY}", "not an address"),
        (f"endpoint=https://r.example/calling;accesskey={KEY}", "without a path"),
        (f"endpoint=https://r.example:99999;accesskey={KEY}", "Port out of range"),
        ("endpoint=https://r.example;accesskey=not*base64", "not base64"),
    ],
)
def test_bad_strings(text: str, says: str) -> None:
    """Each says what is wrong, and which variable it is."""
    with pytest.raises(SettingsError, match="CALLSCRIBE_ACS_CONNECTION_STRING") as caught:
        parse_connection_string(text)
    assert says in str(caught.value)


@settings(deadline=None)
@given(st.text(max_size=60), st.text(alphabet="abcdefXYZ*-_é", max_size=12))
def test_the_key_is_never_told(endpoint: str, tail: str) -> None:
    """A string is read, or refused with SettingsError; in neither case is the key in a message or a repr."""
    key = f"OurOwnAccessKey{tail}"
    try:
        shown = repr(parse_connection_string(f"endpoint={endpoint};accesskey={key}"))
    except SettingsError as error:
        shown = str(error)
    assert "OurOwnAccessKey" not in shown


async def test_only_the_known_warning_is_silenced(caplog: pytest.LogCaptureFixture) -> None:
    """Opening clients again and again adds one filter; other warnings of that module are still heard."""
    log = logging.getLogger("azure.communication.callautomation._generated._utils.serialization")
    resource = AcsResource("http://127.0.0.1:1", KEY)
    async with open_client(resource):
        pass
    async with open_client(resource):
        pass
    assert len(log.filters) == 1
    with caplog.at_level(logging.WARNING):
        log.warning("%s is not a known attribute of class %s", "speech_recognition_model_endpoint_id", object)
        log.warning("%s is not a known attribute of class %s", "something_else", object)
    assert [record.args[0] for record in caplog.records if record.args] == ["something_else"]  # type: ignore[index]  # a tuple
