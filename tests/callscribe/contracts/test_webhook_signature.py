"""Signatures, held against a verifier that others wrote and against the example of the published scheme."""

import base64
import json
import time

import pytest
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from callscribe.contracts.webhook_signature import headers, key_of

SECRETS = [f"whsec_{base64.b64encode(bytes([number]) * 32).decode()}" for number in range(3)]
BODY = json.dumps({"text": "ünïcode"}).encode()


def signed(*secrets: str, timestamp: int | None = None, body: bytes = BODY) -> dict[str, str]:
    """The headers of a message."""
    at = int(time.time()) if timestamp is None else timestamp
    return headers([key_of(secret) for secret in secrets], "msg_1", at, body)


def test_the_example_of_the_scheme() -> None:
    """Known answer: https://github.com/standard-webhooks/standard-webhooks, the libraries' own tests."""
    key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    found = headers([key], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert found["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_others_verify_it() -> None:
    """By the package that the scheme's authors publish; each of several secrets signs, so that one can be changed."""
    for secret in SECRETS[:2]:
        assert Webhook(secret).verify(BODY, signed(*SECRETS[:2])) == {"text": "ünïcode"}


@pytest.mark.parametrize("change", ["secret", "body", "id", "old"])
def test_whoever_changes_it_is_found_out(change: str) -> None:
    """Another secret, body or id, or a message of an hour ago."""
    sent = signed(SECRETS[0], timestamp=int(time.time()) - 3600 if change == "old" else None)
    sent |= {"webhook-id": "msg_2"} if change == "id" else {}
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRETS[1 if change == "secret" else 0]).verify(BODY + b" " * (change == "body"), sent)


@pytest.mark.parametrize(
    "secret", ["", "hunter2", "whsec_", "whsec_hunter2", base64.b64encode(b"x" * 32).decode(), "whsec_c2hvcnQ="]
)
def test_what_is_no_secret(secret: str) -> None:
    """How to make one is said, and what was given is not."""
    with pytest.raises(ValueError, match="openssl rand -base64 32") as caught:
        key_of(secret)
    assert not secret or secret not in str(caught.value).replace("'whsec_'", "").replace("echo whsec_", "")
