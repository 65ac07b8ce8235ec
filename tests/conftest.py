"""Fixtures that every room's tests may ask for: a real Temporal server, and a client of it."""

import gc
import os
import uuid
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import settings
from temporalio.client import Client

from tests.support.loops import deaf_descriptors, waiting_tasks, watch_selectors
from tests.support.scheduling import GroupScheduling, misplaced, rewrite_once
from tests.support.temporal_server import ServerProcess, TemporalServer, connected

CALLS = Path(__file__).resolve().parent.parent.parent / "shared" / "calls"
SERVER: Final = pytest.StashKey[ServerProcess]()

settings.register_profile("suite", max_examples=30, deadline=None)
settings.register_profile("long", max_examples=1000, deadline=None)
settings.load_profile(os.environ.get("CALLSCRIBE_TEST_EXAMPLES", "suite"))
"""How often a property is tried; the long form is `CALLSCRIBE_TEST_EXAMPLES=long make test`."""

watch_selectors()

gc.disable()
"""Until all tests are collected: nothing of what is imported meanwhile is garbage, and each worker collects for itself."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Name the test that leaves a trap in a loop, and not the one that falls into it."""
    yield
    assert not (deaf := list(deaf_descriptors())), f"closed, and not taken out of the loop: {deaf}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say what a test that took too long was waiting for."""
    report = yield
    if call.excinfo is not None and "pytest-timeout" in str(call.excinfo.value):
        report.sections.append(("Tasks that waited", "\n".join(waiting_tasks())))
    return report


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Do once what every worker would do for itself."""
    rewrite_once(Path(__file__).parent)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """One Temporal server for all workers of a run that are side by side: idle ones want the processor too."""
    if SERVER not in node.config.stash:
        node.config.stash[SERVER] = ServerProcess([spec.id for spec in node.nodemanager.specs])
    server = node.config.stash[SERVER]
    node.workerinput["temporal"] = [server.address, server.ui_url, node.gateway.id]


def pytest_unconfigure(config: pytest.Config) -> None:
    """End that server."""
    if SERVER in config.stash:
        config.stash[SERVER].stop()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> GroupScheduling:
    """Keep tests together that share what is costly to start."""
    return GroupScheduling(config, log)


def pytest_collection_finish() -> None:
    """Set apart what stays to the end anyhow: a full collection looks at what tests leave behind, and at nothing else."""
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a test that would make a second worker start what is costly."""
    for item in items:
        if wrong := misplaced(item.nodeid, set(getattr(item, "fixturenames", ()))):
            raise pytest.UsageError(wrong)


@pytest.fixture(scope="session")
async def temporal(request: pytest.FixtureRequest) -> AsyncIterator[TemporalServer]:
    """Temporal's real dev server, with our search attributes, for the whole test session."""
    given = getattr(request.config, "workerinput", {}).get("temporal")
    if given is not None:
        yield await connected(*given)
        return
    server = ServerProcess([])
    try:
        yield await connected(server.address, server.ui_url, "default")
    finally:
        server.stop()


@pytest.fixture
def client(temporal: TemporalServer) -> Client:
    """A client of the session's Temporal server."""
    return temporal.client


@pytest.fixture
def task_queue() -> str:
    """A task queue of the test's own."""
    return f"test-{uuid.uuid4()}"


@pytest.fixture(scope="session")
def real_calls() -> Path:
    """The folder of real conversations beside the checkout; tests that need it are skipped where it is absent."""
    if not CALLS.is_dir():
        pytest.skip(f"the folder of real calls is not here ({CALLS.parent.name}/{CALLS.name} beside the checkout)")
    return CALLS
