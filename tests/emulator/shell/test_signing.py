"""Signing leaves the event loop free."""

import asyncio
import time

import jwt

from emulator.shell.signing import Signer
from emulator.tokens import TokenIssuer


async def test_hundreds_at_once() -> None:
    """Three hundred tokens, each its own, while others keep getting their turn."""
    issuer = TokenIssuer(issuer="https://issuer.example", audience="mine")
    await asyncio.to_thread(issuer.key_set)
    signer = Signer(issuer, time.time, lifetime=300)
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    busy = asyncio.create_task(others())
    headers = await asyncio.gather(*(signer.headers() for _ in range(300)))
    busy.cancel()
    assert len({one["Authorization"] for one in headers}) == 300
    assert turns > 100
    claims = jwt.decode(headers[0]["Authorization"].removeprefix("Bearer "), options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 300
