"""The public addresses of a call and their keys."""

import re
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callscribe.contracts.links import (
    Purpose,
    captions_url,
    events_url,
    incoming_url,
    is_signed,
    sign,
    transcription_url,
)


@given(st.text(), st.text(st.characters(codec="utf-8")), st.sampled_from(Purpose))
def test_a_key_opens_what_it_was_made_for(secret: str, subject: str, purpose: Purpose) -> None:
    """And nothing else: not another purpose, not another subject, not with another secret."""
    try:
        key = sign(secret, purpose, subject)
    except UnicodeEncodeError:
        return
    assert re.fullmatch("[0-9a-f]{32}", key)
    assert is_signed(secret, purpose, subject, key)
    assert not is_signed(secret + "x", purpose, subject, key)
    assert not is_signed(secret, purpose, subject + "x", key)
    for other in Purpose:
        assert is_signed(secret, other, subject, key) == (other is purpose)


@pytest.mark.parametrize("key", ["", "0" * 32, "ü", "0"])
def test_wrong_keys(key: str) -> None:
    """A wrong key of any form is only wrong."""
    assert not is_signed("s", Purpose.DELIVER, "a", key)


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_a_call_key_of_any_text_survives_its_address(call: str) -> None:
    """Call and key are two path segments of the address, whatever the call is named."""
    for url in (transcription_url("wss://h:1/base/", "s", call), events_url("https://h/base", "s", call)):
        *_, room, named, key = urlsplit(url).path.split("/")
        assert room in {"transcription", "events"}
        assert unquote(named) == call
        assert is_signed("s", Purpose.DELIVER, call, key)


def test_viewing_and_incoming() -> None:
    """Their keys are in the query."""
    view = urlsplit(captions_url("http://h", "s", "a/b"))
    assert view.path == "/calls/a%2Fb/captions"
    assert is_signed("s", Purpose.VIEW, "a/b", parse_qs(view.query)["key"][0])
    incoming = urlsplit(incoming_url("http://h/", "s"))
    assert incoming.path == "/incoming"
    assert is_signed("s", Purpose.INCOMING, "", parse_qs(incoming.query)["key"][0])
