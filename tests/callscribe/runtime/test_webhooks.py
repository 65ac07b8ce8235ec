"""The webhooks of the configuration."""

import json
from typing import Any

import pytest

from callscribe.runtime.webhooks import HookEvent, HooksError, read_hooks

SECRET = "whsec_aHVudGVyMmh1bnRlcjJodW50ZXIyaHVudGVyMmh1bnRlcjI="
OTHER_SECRET = "whsec_aHVudGVyM2h1bnRlcjNodW50ZXIzaHVudGVyM2h1bnRlcjM="
CRM: dict[str, Any] = {"name": "crm", "url": "https://crm.example/hook?token=hunter2", "secret": SECRET}


def read(**changes: Any) -> Any:
    """The webhooks of a list with one entry."""
    return read_hooks(json.dumps([{**CRM, **changes}]))


def test_a_webhook() -> None:
    """Sealed transcripts without their text are what it gets unless it says more; one secret or several."""
    (hook,) = read()
    assert (hook.name, hook.events, hook.include_transcript) == ("crm", {HookEvent.SEALED}, False)
    assert hook.wants(HookEvent.SEALED)
    assert not hook.wants(HookEvent.SEGMENTS)
    assert hook.keys == [b"hunter2" * 5]
    (both,) = read(secret=[OTHER_SECRET, SECRET], events=["segments", "sealed"], include_transcript=True)
    assert both.keys == [b"hunter3" * 5, b"hunter2" * 5]
    assert both.wants(HookEvent.SEGMENTS)


def test_none() -> None:
    """An empty text and an empty list."""
    assert read_hooks("") == read_hooks(" ") == read_hooks("[]") == ()


@pytest.mark.parametrize("host", ["localhost:9000", "127.0.0.1", "127.9.9.9:1", "[::1]:8000"])
def test_this_machine_needs_no_tls(host: str) -> None:
    """Everybody else does."""
    assert read(url=f"http://{host}/x")[0].url.startswith("http://")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"url": "http://crm.example/hook"}, "webhook 'crm': 'url' must begin with https://"),
        ({"url": "http://127.0.0.1.example/hook"}, "must begin with https://"),
        ({"url": "https://me:hunter2@crm.example/hook"}, "must hold no user and password"),
        ({"url": "https://crm.example/#x"}, "must have no '#'"),
        ({"url": "crm.example"}, "is no address: write https://host/path"),
        ({"url": " https://crm.example/hook"}, "is no address"),
        ({"url": "https://crm.example/hook\n"}, "is no address"),
        ({"url": "https://crm.example/\u200bhook"}, "is no address"),
        ({"url": "ftp://crm.example"}, "is no address"),
        ({"url": "https://[::1"}, "is no address"),
        ({"url": "https://crm.example:99999999"}, "is no address"),
        ({"secret": "hunter2"}, "'secret' is no signing secret: write 'whsec_'"),
        ({"secret": []}, "should have at least 1 item"),
        ({"secret": [SECRET, "hunter2"]}, "is no signing secret"),
        ({"name": ""}, "webhook 1: 'name' is a name of at most 40"),
        ({"name": "Two Words"}, "is a name of at most 40 lower-case letters"),
        ({"events": []}, "'events'"),
        ({"events": ["everything"]}, "'sealed' or 'segments'"),
        ({"transcript": True}, "'transcript': Extra inputs are not permitted"),
    ],
)
def test_what_is_wrong_is_said(changes: dict[str, Any], says: str) -> None:
    """Which webhook, which field, why; and never what a secret was, or where a password stood."""
    with pytest.raises(HooksError) as caught:
        read(**changes)
    assert says in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f'[{{"secret": "{SECRET}"', "is not JSON (at character"),
        (json.dumps(CRM), "is no list"),
        (json.dumps([CRM, CRM]), "two webhooks named 'crm'"),
        (json.dumps([CRM, "crm"]), "webhook 2"),
        (json.dumps([{"name": "crm"}]), "webhook 'crm': 'url': Field required"),
    ],
)
def test_what_is_no_list_of_webhooks(text: str, says: str) -> None:
    """The same for the whole."""
    with pytest.raises(HooksError) as caught:
        read_hooks(text)
    assert says in str(caught.value)
    assert SECRET not in str(caught.value)


def test_nothing_secret_is_shown() -> None:
    """Neither by repr nor in the address that people see."""
    (hook,) = read()
    assert hook.shown_url == "https://crm.example/hook"
    assert SECRET not in repr(hook)
    assert "hunter2" not in repr(hook)
