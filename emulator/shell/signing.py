"""Signs in threads: a signature costs a millisecond, and hundreds of calls want theirs at once."""

import asyncio
from collections.abc import Callable

from emulator.tokens import TokenIssuer


class Signer:
    """Makes `Authorization` headers. `now` gives Unix seconds."""

    def __init__(self, issuer: TokenIssuer, now: Callable[[], float], *, lifetime: int) -> None:
        self._issuer = issuer
        self._now = now
        self._lifetime = lifetime

    async def headers(self) -> dict[str, str]:
        """The header with a new token."""
        token = await asyncio.to_thread(self._issuer.token, self._lifetime, self._now())
        return {"Authorization": f"Bearer {token}"}
