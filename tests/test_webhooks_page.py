"""docs/webhooks.md is never ahead of the code: its verification is executed, its examples have the fields that are sent."""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from activities import policies, webhook_messages
from activities.webhook_sending import AT_ONCE, ATTEMPT_S, RETRIED
from activities.webhooks import MOST_SEGMENTS
from callscribe.contracts.webhook_signature import headers, key_of
from callscribe.runtime.webhooks import Hook, read_hooks
from callscribe.transcript.facts import Verdict
from tests.callscribe.runtime.store.conftest import START, sealing, segment
from tests.support.webhook_receiver import SECRET

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE = (DOCS / "webhooks.md").read_text(encoding="utf-8")
OTHER_SECRET = "whsec_aHVudGVyM2h1bnRlcjNodW50ZXIzaHVudGVyM2h1bnRlcjM="


def blocks(language: str) -> list[str]:
    """The page's code of one language."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def verify() -> Callable[[str, dict[str, str], bytes], str]:
    """What the page tells a receiver to do."""
    (code,) = blocks("python")
    module: dict[str, Any] = {}
    exec(code, module)
    found: Callable[[str, dict[str, str], bytes], str] = module["verify"]
    return found


def test_the_verification_works(verify: Callable[[str, dict[str, str], bytes], str]) -> None:
    """With either secret while it is changed."""
    sent = headers([key_of(OTHER_SECRET), key_of(SECRET)], "msg_1", int(time.time()), b"{}")
    assert verify(SECRET, sent, b"{}") == verify(OTHER_SECRET, sent, b"{}") == "msg_1"


@pytest.mark.parametrize("late", [-301, 301])
def test_the_verification_has_a_window(verify: Callable[[str, dict[str, str], bytes], str], late: int) -> None:
    """A message that somebody recorded is refused after five minutes, and so is one from the future."""
    sent = headers([key_of(SECRET)], "msg_1", int(time.time()) + late * 2, b"{}")
    with pytest.raises(ValueError, match="too old"):
        verify(SECRET, sent, b"{}")


def test_the_verification_refuses_what_is_not_ours(verify: Callable[[str, dict[str, str], bytes], str]) -> None:
    """Another secret, another body, another id, a new timestamp on an old message."""
    now = int(time.time())
    sent = headers([key_of(SECRET)], "msg_1", now, b"{}")
    for secret, changed, body in (
        (OTHER_SECRET, {}, b"{}"),
        (SECRET, {}, b"{} "),
        (SECRET, {"webhook-id": "msg_2"}, b"{}"),
        (SECRET, {"webhook-timestamp": str(now + 1)}, b"{}"),
        (SECRET, {"webhook-signature": "v2,x"}, b"{}"),
        (SECRET, {"webhook-signature": "v1,ä"}, b"{}"),
    ):
        with pytest.raises(ValueError, match="not ours"):
            verify(secret, sent | changed, body)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
@pytest.mark.parametrize("said", [None, "", "é", "9" * 400])
def test_the_verification_refuses_what_has_not_all_headers(
    verify: Callable[[str, dict[str, str], bytes], str], name: str, said: str | None
) -> None:
    """One that is missing, empty, senseless or endless is no error of another kind."""
    sent = headers([key_of(SECRET)], "msg_1", int(time.time()), b"{}")
    del sent[name]
    with pytest.raises(ValueError, match=r"ours|int|future"):
        verify(SECRET, sent | ({} if said is None else {name: said}), b"{}")


def fields(value: Any) -> Any:
    """The names in a JSON value, without what they hold."""
    if isinstance(value, dict):
        return {name: fields(each) for name, each in value.items()}
    return [fields(value[0])] if isinstance(value, list) and value else None


def test_the_examples_have_the_fields_that_are_sent() -> None:
    """All of them, in their places."""
    sealed, segments = (json.loads(block) for block in blocks("json"))
    made = json.loads(
        webhook_messages.sealed(
            sealing(verdict=Verdict.model_validate(sealed["data"]["verdict"])),
            id_="msg_1",
            revision=1,
            segments=1,
            locale="en-US",
            participants={"4:+1": "A"},
            public_url="https://x",
            transcript=None,
            now=START,
        )
    )
    assert fields(sealed) == fields(made)
    batch = webhook_messages.segments(
        [segment(1)], id_="msg_1_1_7", call="k", round_=1, batch=7, participants={}, now=START
    )
    assert fields(segments) == fields(json.loads(batch))


def test_the_configuration_is_one() -> None:
    """Every field is named; the example is read, once it has secrets."""
    table = set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE))
    assert table == set(Hook.model_fields)
    (example,) = re.findall(r"CALLSCRIBE_WEBHOOKS='(.*?)'", PAGE, re.DOTALL)
    assert [hook.name for hook in read_hooks(example.replace("whsec_…", SECRET))] == ["crm", "live"]


def test_the_numbers_are_those_of_the_code() -> None:
    """What a receiver has to reckon with."""
    assert f"within {ATTEMPT_S:.0f} s" in PAGE
    assert ", ".join(str(status) for status in sorted(RETRIED)) in PAGE
    policy = policies.DELIVER_MESSAGE
    assert (policy.first_pause.seconds, policy.longest_pause.seconds) == (5, 3600)
    assert policy.schedule_to_close is not None
    assert f"for {policy.schedule_to_close.days} days" in PAGE
    assert f"at most {MOST_SEGMENTS}\nsegments" in PAGE
    assert f"{AT_ONCE} a worker" in PAGE


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\((?!http)([^)#]+)", PAGE))))
def test_links_lead_somewhere(target: str) -> None:
    """They are relative to the docs."""
    assert (DOCS / target).exists()
