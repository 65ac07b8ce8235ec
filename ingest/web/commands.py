"""The doors through which people act: commands to a running call, and names for its participants."""

import logging
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from temporalio.client import RPCError, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from callscribe.contracts import names
from callscribe.contracts.commands import (
    HangUp,
    Pause,
    Resume,
    StartTranscription,
    StopTranscription,
    UpdateLocale,
)
from callscribe.contracts.errors import ErrorType
from callscribe.runtime import steering
from ingest.intake import Intake
from ingest.web import shapes
from ingest.web.access import Access
from ingest.web.looking import Looking
from ingest.web.looks import NO_WORKER, TEMPORAL_AWAY
from ingest.web.replies import PageError, json_body
from ingest.web.store_link import StoreLink
from ingest.web.watching import Watching

ARGUMENTS: Final[dict[str, type[BaseModel]]] = {
    names.UPDATE_START: StartTranscription,
    names.UPDATE_LOCALE: UpdateLocale,
    names.UPDATE_PAUSE: Pause,
    names.UPDATE_RESUME: Resume,
    names.UPDATE_STOP: StopTranscription,
    names.UPDATE_HANG_UP: HangUp,
}
"""Command → what its update takes."""
WITHIN: Final = 40.0
"""Seconds for a command's outcome: ACS confirms in about two. Proxies give a request up after sixty."""
LONGEST_NAME: Final = 200
_REFUSALS: Final = frozenset({ErrorType.REFUSED, "ValidationError", "LocaleError", "ValueError"})

_log = logging.getLogger(__name__)


class Commands:
    """Takes what operators want."""

    def __init__(self, intake: Intake, access: Access, looking: Looking, store: StoreLink, watching: Watching) -> None:
        self._intake = intake
        self._access = access
        self._looking = looking
        self._store = store
        self._watching = watching

    async def tell(self, request: Request) -> Response:
        """Carry a command out. 403, 404, 409 with the reason of a refusal, 504 where it is still under way."""
        self._access.operator(request)
        call, command = request.path_params["call"], request.path_params["command"]
        argument = _argument(command, await json_body(request))
        client = self._intake.link.client
        if client is None:
            raise PageError(503, TEMPORAL_AWAY.message, TEMPORAL_AWAY.advice)
        handle = client.get_workflow_handle(names.workflow_id(call))
        _log.info("command from the page: %s", command, extra={"call": call})
        try:
            result = await steering.send(handle, command, argument, within=WITHIN)
        except WorkflowUpdateFailedError as error:
            raise _refused(error.cause) from error
        except steering.UnknownCallError as error:
            raise PageError(404, str(error), "The list shows those there are.") from error
        except steering.CallOverError as error:
            raise PageError(409, str(error)) from error
        except steering.NoWorkerError as error:
            raise PageError(503, str(error), NO_WORKER.advice) from error
        except steering.SteeringError as error:
            raise PageError(504, str(error), "It is still under way: watch the call's state.") from error
        except RPCError as error:
            raise PageError(503, TEMPORAL_AWAY.message, TEMPORAL_AWAY.advice) from error
        finally:
            self._watching.nudge(call)
        return JSONResponse({"note": result.note})

    async def name(self, request: Request) -> Response:
        """Give a participant a name, or take it back with an empty one; answers with everybody on the call."""
        self._access.operator(request)
        call, body = request.path_params["call"], await json_body(request)
        raw_id, name = body.get("id"), body.get("name")
        if not isinstance(raw_id, str) or not raw_id or not isinstance(name, str):
            raise PageError(400, "A name is given as {'id': the participant's raw id, 'name': what to call them}.")
        if len(name) > LONGEST_NAME:
            raise PageError(400, f"A name has at most {LONGEST_NAME} characters.")
        known = await self._looking.look(call)
        if raw_id not in known.participants:
            raise PageError(404, "There is no such participant on this call.")
        at = self._intake.now()
        await self._store.ask(lambda store: store.name_participant(call, raw_id, name, at=at))
        self._watching.nudge(call)
        named = await self._looking.look(call)
        return JSONResponse(shapes.participants(named.participants))


def _argument(command: str, body: dict[str, Any]) -> BaseModel:
    kind = ARGUMENTS.get(command)
    if kind is None:
        raise PageError(404, f"There is no command '{command}'.", f"There are {', '.join(ARGUMENTS)}.")
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise PageError(400, f"{where or command}: {first['msg']}.") from error


def _refused(cause: BaseException | None) -> PageError:
    """The workflow's reason: 409 for a refusal, 502 for a command that was tried and failed."""
    if not isinstance(cause, ApplicationError):
        return PageError(502, f"The call could not carry the command out: {cause}")
    problem = cause.details[0] if cause.details else None
    told = problem if isinstance(problem, dict) else {}
    message = " ".join(str(told.get("message") or cause.message or cause).split())
    message = message[:1].upper() + message[1:]
    status = 409 if cause.type in _REFUSALS else 502
    return PageError(status, message if message.endswith(".") else f"{message}.", _sentence(told.get("advice") or ""))


def _sentence(advice: str) -> str:
    text = " ".join(str(advice).split())
    return text[:1].upper() + text[1:] + ("" if not text or text.endswith(".") else ".")
