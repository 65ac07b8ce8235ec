"""A client of the emulator's control API, for the command line and for tests."""

from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

from callscribe.runtime.tls import tls
from emulator.control_models import (
    CallRecord,
    CallReport,
    IncomingReport,
    IncomingRequest,
    PlanRequest,
    SayRequest,
    SentFinal,
)
from emulator.faults import Faults


class EmulatorError(Exception):
    """The emulator refused, or does not answer; the message is one line for a person. `status` is 0 without an answer."""

    def __init__(self, message: str, *, status: int = 0, code: str = "unreachable") -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class EmulatorControl:
    """`async with EmulatorControl("http://127.0.0.1:8090") as emulator: …`. Every method raises `EmulatorError`."""

    def __init__(self, base_url: str, *, timeout: float = 40.0) -> None:
        self._base_url = base_url.rstrip("/")
        self._client = httpx.AsyncClient(base_url=self._base_url, verify=tls(), timeout=timeout, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def healthz(self) -> dict[str, Any]:
        """`status`, and how many `calls` there were and are `live`."""
        return dict((await self._ask("GET", "/emulator/healthz")).json())

    async def calls(self) -> list[CallReport]:
        """All calls that the emulator remembers, oldest first."""
        answer = await self._ask("GET", "/emulator/calls")
        return [CallReport.model_validate(call) for call in answer.json()["calls"]]

    async def call(self, call_connection_id: str) -> CallReport:
        """One call."""
        return CallReport.model_validate((await self._ask("GET", _of(call_connection_id))).json())

    async def sent(self, call_connection_id: str) -> list[SentFinal]:
        """The final results that were handed to the call's sockets, in order."""
        answer = await self._ask("GET", f"{_of(call_connection_id)}/sent")
        return [SentFinal.model_validate(final) for final in answer.json()["finals"]]

    async def record(self, call_connection_id: str) -> CallRecord:
        """Everything that was said on the call and what became of it, its sockets, and when it was transcribed."""
        return CallRecord.model_validate((await self._ask("GET", f"{_of(call_connection_id)}/record")).json())

    async def plan(self, target: str, plan: PlanRequest) -> None:
        """Decide what the next calls to `target` do: raw id, telephone number, room, group or server call id, or `*`."""
        await self._ask("PUT", f"/emulator/plans/{quote(target, safe='')}", plan)

    async def say(self, call_connection_id: str, words: SayRequest) -> None:
        """Let somebody on the call say something now."""
        await self._ask("POST", f"{_of(call_connection_id)}/say", words)

    async def hang_up(self, call_connection_id: str) -> None:
        """Let the other side hang up."""
        await self._ask("POST", f"{_of(call_connection_id)}/hangup")

    async def incoming(self, call: IncomingRequest) -> IncomingReport:
        """Let somebody call the application."""
        return IncomingReport.model_validate((await self._ask("POST", "/emulator/incoming", call)).json())

    async def faults(self) -> tuple[Faults, dict[str, int]]:
        """The faults in force, and how often each was injected."""
        answer = (await self._ask("GET", "/emulator/faults")).json()
        return Faults.model_validate(answer["faults"]), dict(answer["injected"])

    async def set_faults(self, faults: Faults) -> None:
        """Put these faults in the place of all that were in force."""
        await self._ask("PUT", "/emulator/faults", faults)

    async def _ask(
        self, method: str, path: str, message: PlanRequest | SayRequest | Faults | None = None
    ) -> httpx.Response:
        content = None if message is None else message.model_dump_json(by_alias=True, exclude_none=True)
        try:
            response = await self._client.request(
                method, path, content=content, headers={"Content-Type": "application/json"}
            )
        except httpx.HTTPError as error:
            raise EmulatorError(
                f"No emulator answers at {self._base_url}: start one with 'callscribe emulator serve'."
            ) from error
        if response.is_success:
            return response
        code, message_text = "unknown", f"The emulator answered {response.status_code}."
        try:
            refused = response.json()["error"]
            code, message_text = str(refused["code"]), str(refused["message"])
        except (ValueError, KeyError, TypeError):
            pass
        raise EmulatorError(message_text, status=response.status_code, code=code)


def _of(call_connection_id: str) -> str:
    return f"/emulator/calls/{quote(call_connection_id, safe='')}"
