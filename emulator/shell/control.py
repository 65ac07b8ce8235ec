"""The control API's HTTP routes: what tests, demonstrations and the command line ask of the emulator itself."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from emulator import control_models as control
from emulator.calls.refusals import Refusal
from emulator.faults import Faults
from emulator.scripts import ScriptError
from emulator.shell.eventgrid import EventGridError
from emulator.shell.switchboard import Switchboard

Message = TypeVar("Message", bound=BaseModel)
Handler = Callable[[Request], Awaitable[Response]]


def control_routes(switchboard: Switchboard) -> list[Route]:
    """The routes under /emulator."""
    desk = _Desk(switchboard)
    return [
        Route("/emulator/healthz", _guarded(desk.health), methods=["GET"]),
        Route("/emulator/calls", _guarded(desk.calls), methods=["GET"]),
        Route("/emulator/calls/{call}", _guarded(desk.call), methods=["GET"]),
        Route("/emulator/calls/{call}/sent", _guarded(desk.sent), methods=["GET"]),
        Route("/emulator/calls/{call}/record", _guarded(desk.record), methods=["GET"]),
        Route("/emulator/calls/{call}/say", _guarded(desk.say), methods=["POST"]),
        Route("/emulator/calls/{call}/hangup", _guarded(desk.hang_up), methods=["POST"]),
        Route("/emulator/plans/{target:path}", _guarded(desk.plan), methods=["PUT"]),
        Route("/emulator/incoming", _guarded(desk.incoming), methods=["POST"]),
        Route("/emulator/faults", _guarded(desk.faults), methods=["GET"]),
        Route("/emulator/faults", _guarded(desk.set_faults), methods=["PUT"]),
    ]


class _Desk:
    """One method a route."""

    def __init__(self, switchboard: Switchboard) -> None:
        self._switchboard = switchboard
        self._service = switchboard.service

    async def health(self, _request: Request) -> Response:
        calls = self._service.calls.values()
        return JSONResponse({"status": "ok", "calls": len(calls), "live": sum(not call.is_over for call in calls)})

    async def calls(self, _request: Request) -> Response:
        now = self._switchboard.clock.now()
        reports = [self._service.report(call, now).model_dump() for call in self._service.calls.values()]
        return JSONResponse({"calls": reports})

    async def call(self, request: Request) -> Response:
        call = self._service.find(request.path_params["call"])
        return JSONResponse(self._service.report(call, self._switchboard.clock.now()).model_dump())

    async def sent(self, request: Request) -> Response:
        call = self._service.find(request.path_params["call"])
        return JSONResponse({"finals": [asdict(final) for final in call.transcription.streams.sent]})

    async def record(self, request: Request) -> Response:
        call = self._service.find(request.path_params["call"])
        return JSONResponse(asdict(call.transcription.streams.record))

    async def say(self, request: Request) -> Response:
        asked = await _read(request, control.SayRequest)
        call = self._service.find(request.path_params["call"])
        call.say(
            participant=asked.participant,
            text=asked.text,
            duration_ms=asked.duration_ms,
            locale=asked.locale,
            now=self._switchboard.clock.now(),
        )
        self._switchboard.wake(call.identity.call_connection_id)
        return Response(status_code=202)

    async def hang_up(self, request: Request) -> Response:
        call = self._service.find(request.path_params["call"])
        call.remote_hang_up(self._switchboard.clock.now())
        self._switchboard.wake(call.identity.call_connection_id)
        return Response(status_code=202)

    async def plan(self, request: Request) -> Response:
        asked = await _read(request, control.PlanRequest)
        # A script may be long, and it may be a file: neither may hold up the calls.
        plan = await asyncio.to_thread(self._service.read_plan, asked)
        self._service.plan(request.path_params["target"], plan)
        return Response(status_code=204)

    async def incoming(self, request: Request) -> Response:
        asked = await _read(request, control.IncomingRequest)
        plan = await asyncio.to_thread(self._service.read_plan, asked)
        incoming = self._service.ring(asked, plan, self._switchboard.clock.now())
        await self._switchboard.eventgrid.notify(asked.notify, incoming)
        report = control.IncomingReport(
            correlation_id=incoming.correlation_id, server_call_id=incoming.server_call_id, state=incoming.state
        )
        return JSONResponse(report.model_dump(), status_code=202)

    async def faults(self, _request: Request) -> Response:
        policy = self._switchboard.faults
        return JSONResponse({"faults": policy.faults.model_dump(), "injected": policy.injected})

    async def set_faults(self, request: Request) -> Response:
        self._switchboard.faults.set(await _read(request, Faults))
        return Response(status_code=204)


class _BadRequestError(Exception):
    """A control request that cannot be understood; the message says which field and why."""


async def _read(request: Request, kind: type[Message]) -> Message:
    try:
        return kind.model_validate_json(await request.body() or b"{}")
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise _BadRequestError(f"{where}: {first['msg']}" if where else first["msg"]) from error


def _guarded(handler: Handler) -> Handler:
    async def guarded(request: Request) -> Response:
        try:
            return await handler(request)
        except _BadRequestError as error:
            return _error(400, "invalid_request", str(error))
        except ScriptError as error:
            return _error(400, "invalid_script", str(error))
        except EventGridError as error:
            return _error(502, "webhook_failed", str(error))
        except Refusal as refusal:
            return _error(refusal.status, refusal.code or "refused", refusal.message)

    return guarded


def _error(status: int, code: str, message: str) -> Response:
    return JSONResponse({"error": {"code": code, "message": message}}, status_code=status)
