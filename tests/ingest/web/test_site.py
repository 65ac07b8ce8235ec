"""The page as a whole."""

from pathlib import Path

import httpx
import pytest

from callscribe.contracts.links import PageRole
from callscribe.runtime.tls import tls
from ingest.main import running_ingest
from ingest.web.replies import HEADERS
from tests.ingest.stack import settings_for
from tests.ingest.web.visiting import visiting


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """No Temporal: the page says so and lives."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")


async def test_pages_are_for_those_with_a_link(tmp_path: Path) -> None:
    """Every address but the files' asks for it, and answers with the headers that keep the page to itself."""
    async with (
        running_ingest(settings_for(tmp_path)) as ingest,
        httpx.AsyncClient(verify=tls(), base_url=ingest.http_url) as http,
    ):
        for route in ingest.site.routes():
            path = route.path  # type: ignore[attr-defined]  # all of them have one
            if path in {"/assets/{file}", "/enter", "/leave"}:
                continue
            method = next(iter(route.methods - {"HEAD"}))  # type: ignore[attr-defined]
            answer = await http.request(method, path.format(call="c", form="vtt", id="1", command="pause"))
            assert answer.status_code == 401, path
            assert {name: answer.headers[name] for name in HEADERS} == dict(HEADERS)
            assert answer.headers["cache-control"] == "no-store"


async def test_the_session(tmp_path: Path) -> None:
    """Who one is, until when, and what there is to choose from."""
    async with running_ingest(settings_for(tmp_path, temporal_ui_url="http://ui")) as ingest:
        async with visiting(ingest, PageRole.OPERATOR) as operator:
            session = (await operator.get("/api/session")).json()
        assert (session["role"], session["call"], session["can_operate"]) == ("operator", None, True)
        assert session["now"] < session["expires_at"]
        assert list(session["formats"]) == ["json", "jsonl", "txt", "md", "srt", "vtt", "csv"]
        assert session["temporal_ui"] == "http://ui"
        async with visiting(ingest, PageRole.GUEST, call="c") as guest:
            session = (await guest.get("/api/session")).json()
        assert (session["call"], session["can_operate"], session["temporal_ui"]) == ("c", False, None)
