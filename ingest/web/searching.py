"""The door of the search in everything that was said."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from callscribe.acs.ticks import digits
from callscribe.contracts.links import page_path
from callscribe.runtime.store.cursors import CursorError
from callscribe.runtime.store.queries import QueryError
from callscribe.runtime.store.records import SearchHit
from ingest.web.access import Access
from ingest.web.replies import PageError, number
from ingest.web.shapes import Shape, instant, participant
from ingest.web.store_link import StoreLink


class Searching:
    """Finds what was said."""

    def __init__(self, access: Access, store: StoreLink) -> None:
        self._access = access
        self._store = store

    async def search(self, request: Request) -> Response:
        """Segments that hold the words of `q`, the newest first; in one call for a guest. 400 for a query that asks nothing."""
        granted = self._access.visitor(request)
        given = request.query_params
        query, after = given.get("q", ""), given.get("after") or None
        limit, key = number(request, "limit", 20, 100), granted.call or given.get("call") or None

        try:
            found = await self._store.ask(lambda store: store.search(query, limit=limit, after=after, key=key))
        except (QueryError, CursorError) as error:
            raise PageError(400, str(error)) from error
        return JSONResponse({"hits": [_hit(hit) for hit in found.hits], "next": found.after})


def _hit(hit: SearchHit) -> Shape:
    said = hit.segment
    return {
        "key": hit.key,
        "participant": participant(said.participant, {said.participant: hit.name}),
        "text_parts": [{"text": part.text, "match": part.match} for part in hit.snippet],
        "at": instant(said.received_at),
        "offset": digits(said.offset),
        "stream": said.stream,
        "position": said.position,
        "link": f"{page_path(hit.key)}#{said.stream}:{said.position}",
        "seconds_in": hit.seconds_in,
    }
