"""The public addresses of a call and their keys."""

import re
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callscribe.contracts.links import (
    PagePass,
    PageRole,
    Purpose,
    captions_url,
    events_url,
    incoming_url,
    is_signed,
    page_path,
    page_token,
    page_url,
    read_page_token,
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


@given(st.sampled_from(PageRole), st.integers(0, 2**40), st.text(st.characters(codec="utf-8"), min_size=1))
def test_a_page_token_says_what_it_was_made_with(role: PageRole, expires: int, call: str) -> None:
    """And nothing to whoever changes a character of it, or has another secret."""
    granted = PagePass(role=role, expires=expires, call=call if role is PageRole.GUEST else None)
    token = page_token("s", granted)
    assert re.fullmatch(r"[A-Za-z0-9_.-]+", token), "it needs no escaping anywhere"
    assert read_page_token("s", token) == granted
    assert read_page_token("other", token) is None
    for place in (0, len(token) // 2, len(token) - 1):
        changed = token[:place] + ("a" if token[place] != "a" else "b") + token[place + 1 :]
        assert read_page_token("s", changed) is None


def test_a_page_token_cannot_be_turned_into_another() -> None:
    """A viewer becomes no operator, a guest no guest of another call, nobody stays longer."""
    viewer = page_token("s", PagePass(role=PageRole.VIEWER, expires=100)).split(".")
    guest = page_token("s", PagePass(role=PageRole.GUEST, expires=100, call="a")).split(".")
    other = page_token("s", PagePass(role=PageRole.GUEST, expires=100, call="b")).split(".")
    for forged in (
        ["operator", *viewer[1:]],
        ["viewer", "101", *viewer[2:]],
        ["viewer", *guest[1:]],
        [*guest[:2], other[2], guest[3]],
        [*guest[:2], "", guest[3]],
        guest[:3],
        ["", *viewer],
        [""],
    ):
        assert read_page_token("s", ".".join(forged)) is None
    nonsense = "viewer.soon."
    assert read_page_token("s", f"{nonsense}.{sign('s', Purpose.PAGE, nonsense)}") is None


@pytest.mark.parametrize(("role", "call"), [(PageRole.GUEST, None), (PageRole.VIEWER, "a"), (PageRole.OPERATOR, "a")])
def test_only_a_guest_is_bound_to_a_call(role: PageRole, call: str | None) -> None:
    """And a guest always is."""
    with pytest.raises(ValueError, match="guest"):
        PagePass(role=role, expires=1, call=call)


def test_what_a_page_pass_allows() -> None:
    """Roles differ in what they read and whether they control."""
    viewer = PagePass(role=PageRole.VIEWER, expires=1)
    operator = PagePass(role=PageRole.OPERATOR, expires=1)
    guest = PagePass(role=PageRole.GUEST, expires=1, call="a")
    assert [one.may_read("a") for one in (viewer, operator, guest)] == [True, True, True]
    assert [one.may_read("b") for one in (viewer, operator, guest)] == [True, True, False]
    assert [one.may_operate for one in (viewer, operator, guest)] == [False, True, False]


def test_page_links() -> None:
    """They begin at the list, at the call asked for, or at the guest's own."""
    viewer = PagePass(role=PageRole.VIEWER, expires=1)
    guest = PagePass(role=PageRole.GUEST, expires=1, call="a/b")
    assert "to" not in parse_qs(urlsplit(page_url("http://h/", "s", viewer)).query)
    assert parse_qs(urlsplit(page_url("http://h", "s", viewer, call="ü")).query)["to"] == [page_path("ü")]
    link = urlsplit(page_url("http://h", "s", guest))
    assert (link.path, parse_qs(link.query)["to"]) == ("/enter", ["/calls/a%2Fb"])
    assert read_page_token("s", parse_qs(link.query)["key"][0]) == guest
