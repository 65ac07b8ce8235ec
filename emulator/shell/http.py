"""The emulator's HTTP face: Call Automation under /calling, the control API under /emulator."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from emulator import auth
from emulator.calls.refusals import Refusal
from emulator.fault_policy import refusal
from emulator.repeatability import Answer
from emulator.rest import Rest, RestRequest, error_body
from emulator.shell.clock import Clock
from emulator.shell.control import control_routes
from emulator.shell.server import abort_connection
from emulator.shell.switchboard import Switchboard
from emulator.tokens import CONFIGURATION_PATH, KEYS_PATH

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
FIRST_EVENT_WAIT = 10.0
"""Seconds that a response waits at most for its call's first event, when the fault asks for that order."""


def application(switchboard: Switchboard) -> Starlette:
    """The ASGI application over the switchboard's calls."""
    return Starlette(
        routes=[
            *control_routes(switchboard),
            *_key_routes(switchboard),
            Route("/calling/{rest:path}", _calling(switchboard), methods=METHODS),
        ]
    )


def _key_routes(switchboard: Switchboard) -> list[Route]:
    """What a receiver verifies tokens with; nobody has to sign to read it."""

    async def keys(_request: Request) -> Response:
        return JSONResponse(switchboard.issuer.key_set())

    async def configuration(request: Request) -> Response:
        return JSONResponse(switchboard.issuer.configuration(str(request.base_url)))

    return [
        Route(KEYS_PATH, keys, methods=["GET"]),
        Route(CONFIGURATION_PATH, configuration, methods=["GET"]),
    ]


def _calling(switchboard: Switchboard) -> Callable[[Request], Awaitable[Response]]:
    key = auth.decode_key(switchboard.config.access_key)
    rest = Rest(switchboard.service)

    async def handle(request: Request) -> Response:
        try:
            answer = await _answer(request, key, rest, switchboard)
        except Refusal as refused:
            headers = refused.headers | {"Content-Type": "application/json; charset=utf-8"}
            return _echoing(request, Response(error_body(refused), refused.status, headers=headers))
        headers = {"Content-Type": "application/json; charset=utf-8"} if answer.body else {}
        return _echoing(request, Response(answer.body, answer.status, headers=headers))

    return handle


async def _answer(request: Request, key: bytes, rest: Rest, switchboard: Switchboard) -> Answer:
    clock: Clock = switchboard.clock
    body = await request.body()
    path = request.scope["raw_path"].decode("ascii")
    query = request.scope["query_string"].decode("ascii")
    path_and_query = f"{path}?{query}" if query else path
    auth.verify(
        key,
        method=request.method,
        path_and_query=path_and_query,
        headers=request.headers,
        body=body,
        now=clock.now(),
        window=switchboard.config.date_window,
    )
    asked = RestRequest(
        method=request.method,
        path=path,
        uri=str(request.url),
        version=request.query_params.get("api-version", ""),
        body=body,
        repeatability_id=request.headers.get("repeatability-request-id"),
        repeatability_first_sent=request.headers.get("repeatability-first-sent"),
    )
    operation = rest.operation(asked)
    faults = rest.policy(operation, asked)
    fault = faults.on_request(operation.name)
    if fault is not None:
        await asyncio.sleep(fault.delay)
        if fault.how == "refused":
            raise refusal(fault)
    before = switchboard.newest
    answer = rest.answer(operation, asked, clock.now())
    if operation.call_id is not None:
        switchboard.wake(operation.call_id)
    if operation.begins_call and switchboard.newest is not before and faults.holds_response():
        runner = switchboard.newest
        if runner is not None:
            try:
                async with asyncio.timeout(FIRST_EVENT_WAIT):
                    await runner.poster.first_posted.wait()
            except TimeoutError:
                pass
    if fault is not None and fault.how == "answer_lost":
        abort_connection(request)
    return answer


def _echoing(request: Request, response: Response) -> Response:
    request_id = request.headers.get("x-ms-client-request-id")
    if request_id is not None:
        response.headers["x-ms-client-request-id"] = request_id
    return response
