"""The HTTP server as a whole: its doors, its refusals, its end."""

import asyncio
import signal
import time
from pathlib import Path

import httpx
import pytest
from starlette.routing import Route

from callscribe.contracts import links
from callscribe.runtime.tls import tls
from ingest.http import GRACE, application
from ingest.main import running_ingest
from ingest.web.routing import EscapedRoute
from tests.ingest.stack import SECRET, event, events_url, settings_for


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """No Temporal: no door needs it to open."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")


async def test_doors(tmp_path: Path) -> None:
    """These and the page's, and no others; every one but the two for machines asks for a key."""
    async with running_ingest(settings_for(tmp_path)) as ingest, httpx.AsyncClient(verify=tls()) as http:
        routes = application(ingest.intake, ingest.site).routes
        doors = {one.path for one in routes if isinstance(one, Route) and not isinstance(one, EscapedRoute)}
        assert doors == {
            "/events/{call:path}/{key}",
            "/incoming",
            "/calls/{call:path}/captions",
            "/healthz",
            "/metrics",
        }
        for path, status in (
            ("/docs", 404),
            ("/calls/c", 401),
            ("/api/session", 401),
            ("/calls/c/captions", 401),
            ("/events/c/k", 405),
        ):
            answer = await http.get(ingest.http_url + path)
            assert answer.status_code == status
            assert "server" not in answer.headers


async def test_stopping_takes_nothing_new_and_does_not_wait_for_viewers(tmp_path: Path) -> None:
    """A sender is asked to come again; a viewer's endless request ends at once."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    async with httpx.AsyncClient(verify=tls(), timeout=10) as http, asyncio.timeout(20):
        async with running_ingest(settings_for(tmp_path)) as ingest:
            assert {number: signal.getsignal(number) for number in handlers} == handlers, (
                "signals are the process's own"
            )
            ingest.intake.stopping = True
            refused = await http.post(events_url(ingest, "c"), json=event("CallConnected", "1"))
            assert refused.status_code == 503
            viewing = await http.send(
                http.build_request("GET", links.captions_url(ingest.http_url, SECRET, "c")), stream=True
            )
            began = time.monotonic()
        assert time.monotonic() - began < GRACE
        assert "stopping" in (await viewing.aread()).decode()
