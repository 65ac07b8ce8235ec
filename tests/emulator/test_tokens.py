"""Tokens on sockets and callbacks: verified as a receiver does it, with the keys that the emulator serves."""

import asyncio
import time
from typing import Any

import httpx
import jwt
import pytest
from azure.communication.callautomation.aio import CallAutomationClient

from emulator.config import DEFAULT_RESOURCE_ID, EmulatorConfig
from emulator.main import RunningEmulator, running_emulator
from emulator.tokens import CALLBACK_LIFETIME, CONFIGURATION_PATH, SOCKET_LIFETIME, SigningKey, TokenIssuer
from tests.emulator.conftest import HASTY
from tests.emulator.dialling import dialled, transcription
from tests.emulator.receiver import Receiver
from tests.support.eventually import eventually

ISSUER = "https://acscallautomation.communication.azure.com"


def verified(authorization: str, endpoint: str, audience: str = DEFAULT_RESOURCE_ID) -> dict[str, Any]:
    """The claims of a header's token, checked with the key set that the OpenID configuration names."""
    scheme, _, token = authorization.partition(" ")
    assert scheme == "Bearer"
    fetched = httpx.get(f"{endpoint}{CONFIGURATION_PATH}").json()
    assert fetched["issuer"] == ISSUER
    key = jwt.PyJWKClient(fetched["jwks_uri"]).get_signing_key_from_jwt(token)
    claims: dict[str, Any] = jwt.decode(token, key, algorithms=["RS256"], audience=audience, issuer=fetched["issuer"])
    return claims


async def test_sockets_and_callbacks_carry_tokens(
    emulator: RunningEmulator, sdk: CallAutomationClient, receiver: Receiver
) -> None:
    """A day on the socket, five minutes on a callback, and each token once."""
    await dialled(sdk, receiver, transcription=transcription(receiver, start_transcription=True))
    await eventually(lambda: "TranscriptionStarted" in receiver.names())
    socket = await asyncio.to_thread(verified, receiver.streams[0].headers["authorization"], emulator.endpoint)
    assert socket["exp"] - socket["iat"] == SOCKET_LIFETIME == 86_400
    assert len(set(receiver.authorizations)) == len(receiver.authorizations) == 3
    for authorization in receiver.authorizations:
        claims = await asyncio.to_thread(verified, authorization, emulator.endpoint)
        assert claims["exp"] - claims["iat"] == CALLBACK_LIFETIME == 300
        assert abs(claims["nbf"] - time.time()) < 60


@pytest.mark.parametrize(("tokens", "on_callbacks"), [("callbacks", True), ("none", False)])
async def test_without_tokens(receiver: Receiver, sdk_for: Any, tokens: str, on_callbacks: bool) -> None:
    """Deployments have been seen whose sockets carry none."""
    config = EmulatorConfig.model_validate(HASTY.model_dump() | {"tokens": tokens})
    async with running_emulator(config) as emulator:
        sdk = sdk_for(emulator)
        await dialled(sdk, receiver, transcription=transcription(receiver, start_transcription=True))
        await eventually(lambda: bool(receiver.streams))
        assert "authorization" not in receiver.streams[0].headers
        assert receiver.authorizations[0].startswith("Bearer ") is on_callbacks


def test_another_audience_or_key_is_refused() -> None:
    """A token of another resource, an expired one and one of another emulator do not pass."""
    mine = TokenIssuer(issuer=ISSUER, audience="mine")
    other = TokenIssuer(issuer=ISSUER, audience="mine", key=SigningKey.new())
    key = jwt.PyJWKSet.from_dict(mine.key_set()).keys[0]
    good = mine.token(300, time.time())
    assert jwt.decode(good, key, algorithms=["RS256"], audience="mine")["iss"] == ISSUER
    assert mine.token(300, 0) != mine.token(300, 0)
    with pytest.raises(jwt.InvalidAudienceError):
        jwt.decode(good, key, algorithms=["RS256"], audience="another")
    with pytest.raises(jwt.ExpiredSignatureError):
        jwt.decode(mine.token(300, time.time() - 301), key, algorithms=["RS256"], audience="mine")
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(other.token(300, time.time()), key, algorithms=["RS256"], audience="mine")
