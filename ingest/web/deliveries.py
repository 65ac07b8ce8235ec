"""The doors of deliveries to webhooks: what became of each, and one more attempt."""

import logging

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from temporalio.client import RPCError

from callscribe.runtime.redelivery import DeliveryUnderWayError, send_again
from callscribe.runtime.store.records import Delivery
from ingest.intake import Intake
from ingest.web.access import Access
from ingest.web.looks import TEMPORAL_AWAY
from ingest.web.replies import PageError, json_body
from ingest.web.shapes import Shape, instant
from ingest.web.store_link import StoreLink

_log = logging.getLogger(__name__)


class Deliveries:
    """Tells of messages to webhooks, and has them sent again."""

    def __init__(self, intake: Intake, access: Access, store: StoreLink) -> None:
        self._intake = intake
        self._access = access
        self._store = store

    async def many(self, request: Request) -> Response:
        """Those about a call, in the order in which they were made; not for guests."""
        call = request.path_params["call"]
        self._access.colleague(request)
        found = await self._store.ask(lambda store: store.deliveries(call))
        return JSONResponse({"deliveries": [_shape(one) for one in found]})

    async def again(self, request: Request) -> Response:
        """Have one sent again, with the same id. 404 for one that is not of the call, 409 while it is under way."""
        self._access.operator(request)
        await json_body(request)
        call, id_ = request.path_params["call"], request.path_params["id"]
        found = await self._store.ask(lambda store: store.delivery(id_))
        if found is None or found.call != call:
            raise PageError(404, "There is no such delivery about this call.")
        client = self._intake.link.client
        if client is None:
            raise PageError(503, TEMPORAL_AWAY.message, TEMPORAL_AWAY.advice)
        _log.info("delivery asked for again from the page", extra={"call": call, "hook": found.hook})
        try:
            await send_again(client, found, task_queue=self._intake.task_queue)
        except DeliveryUnderWayError as error:
            raise PageError(409, "This delivery is under way.", "Wait until it is made or given up.") from error
        except RPCError as error:
            raise PageError(503, TEMPORAL_AWAY.message, TEMPORAL_AWAY.advice) from error
        return JSONResponse({"note": f"'{found.hook}' is sent it again."}, 202)


def _shape(one: Delivery) -> Shape:
    return {
        "id": one.id,
        "hook": one.hook,
        "event": one.event,
        "revision": one.revision,
        "state": one.state,
        "attempts": one.attempts,
        "last_status": one.last_status,
        "last_error": one.last_error,
        "created_at": instant(one.created_at),
        "updated_at": instant(one.updated_at),
        "delivered_at": instant(one.delivered_at),
    }
