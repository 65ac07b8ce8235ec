"""The door through which transcripts are taken away, in every format that there is."""

import asyncio
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from callscribe.runtime.transcripts import as_transcript
from callscribe.transcript.formats import FORMATS
from ingest.web.access import Access
from ingest.web.replies import PageError
from ingest.web.store_link import StoreLink

WITHIN: Final = 30.0
"""Seconds for reading a whole call from the store."""


class Downloads:
    """Makes transcripts, one at a time: the sockets share the processor with it."""

    def __init__(self, access: Access, store: StoreLink) -> None:
        self._access = access
        self._store = store
        self._turn = asyncio.Semaphore(1)

    async def transcript(self, request: Request) -> Response:
        """The transcript as it is stored now, also while the call goes on; 404 where nothing of it is."""
        call, name = request.path_params["call"], request.path_params["form"]
        self._access.reader(request, call)
        form = FORMATS.get(name)
        if form is None:
            raise PageError(404, f"There is no format '{name}'.", f"There are {', '.join(FORMATS)}.")
        async with self._turn:
            found = await self._store.ask(lambda store: store.transcript(call), within=WITHIN)
            if found is None:
                raise PageError(404, f"Nothing of call '{call}' is stored yet.", "Try again once somebody has spoken.")
            body = await self._store.compute(lambda: form.encode(as_transcript(found)))
        disposition = f"attachment; filename=\"{_plain(call)}.{form.extension}\"; filename*=UTF-8''{_named(call)}.{form.extension}"
        return Response(body, media_type=form.media_type, headers={"Content-Disposition": disposition})


def _plain(call: str) -> str:
    """The key as a file name that every system takes."""
    return (
        "".join(one if one.isascii() and (one.isalnum() or one in "-_.") else "_" for one in call)[:150].lstrip(".")
        or "call"
    )


def _named(call: str) -> str:
    """The key as a file name for browsers that know more than ASCII."""
    kept = "".join("_" if one in '/\\:*?"<>|' or ord(one) < 0x20 else one for one in call)[:150].lstrip(".") or "call"
    return quote(kept.encode("utf-8", "replace"), safe="")
