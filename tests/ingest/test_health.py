"""Health and metrics, as machines read them."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from temporalio.client import Client

from callscribe.runtime.tls import tls
from ingest import health
from ingest.main import running_ingest
from tests.ingest.stack import settings_for
from tests.ingest.test_outbox import opening, segment
from tests.support.eventually import eventually

SOON = 2.0
"""Seconds: a usual time limit of a probe, and less than SQLite waits for a lock."""


async def test_with_temporal(client: Client, tmp_path: Path) -> None:
    """All is well."""
    async with running_ingest(settings_for(tmp_path), client) as ingest, httpx.AsyncClient(verify=tls()) as http:
        health = await http.get(ingest.http_url + "/healthz")
        assert health.status_code == 200
        assert health.json() == {
            "status": "ok",
            "temporal": True,
            "sockets": 0,
            "held": 0,
            "waiting": {"streams": 0, "segments": 0, "events": 0},
            "set_aside": 0,
            "oldest_waiting_seconds": None,
        }
        page = await http.get(ingest.http_url + "/metrics")
        assert page.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert "callscribe_ingest_temporal_connected 1\n" in page.text


async def test_what_waits_has_an_age(client: Client, tmp_path: Path) -> None:
    """Counted until it is sent, and what is set aside beside it; an ingest that stops says so."""
    now = datetime.now(UTC)
    async with (
        running_ingest(settings_for(tmp_path), client, now=lambda: now) as ingest,
        httpx.AsyncClient(verify=tls()) as http,
    ):
        outbox = ingest.intake.outbox
        await outbox.open_stream("nobody", opening().model_copy(update={"opened_at": now - timedelta(seconds=90)}))
        await outbox.append_final(segment(1))
        await outbox.open_stream("nobody", opening("s2"))
        await outbox.set_stream_aside("s2", "late", now)
        health = (await http.get(ingest.http_url + "/healthz")).json()
        assert health["waiting"] == {"streams": 1, "segments": 1, "events": 0}
        assert health["set_aside"] == 1
        assert health["oldest_waiting_seconds"] >= 90
        page = (await http.get(ingest.http_url + "/metrics")).text
        assert 'callscribe_ingest_outbox_waiting{what="segments"} 1\n' in page
        assert 'callscribe_ingest_outbox_waiting{what="set_aside"} 1\n' in page
        ingest.intake.stopping = True
        assert (await http.get(ingest.http_url + "/healthz")).status_code == 503


async def test_a_locked_file_keeps_nobody_waiting(client: Client, tmp_path: Path) -> None:
    """Whoever asks gets an answer at once, before the lock is taken for a failure, and after it; and what asked in vain
    does not pile up.
    """
    settings = settings_for(tmp_path)
    async with (
        running_ingest(settings, client) as ingest,
        httpx.AsyncClient(verify=tls(), base_url=ingest.http_url, timeout=SOON) as http,
    ):
        outbox = ingest.intake.outbox
        await outbox.open_stream("call", opening())
        assert (await http.get("/healthz")).json()["waiting"]["streams"] == 1
        with closing(sqlite3.connect(settings.outbox_path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            kept = asyncio.create_task(outbox.append_final(segment(1)))
            early = await http.get("/healthz")
            assert (early.status_code, early.json()["waiting"]["streams"]) == (200, 1), "as the outbox last said"

            async def told() -> str:
                answer = await http.get("/healthz")
                assert answer.status_code == 503
                assert answer.json()["status"] == "outbox failing"
                why: str = answer.json()["why"]
                return why

            assert "waited for the disk" in await eventually(told, within=2 * health.TOO_LONG)
            assert outbox.failing is None, "SQLite still waits"
            assert "callscribe_ingest_outbox_failing 1\n" in (await http.get("/metrics")).text

            async def in_the_words_of_sqlite() -> bool:
                return await told() == "database is locked"

            await eventually(in_the_words_of_sqlite)
            assert "callscribe_ingest_outbox_failing 1\n" in (await http.get("/metrics")).text
            assert sum(task.get_name() == "ask the outbox" for task in asyncio.all_tasks()) <= 1
            other.execute("COMMIT")
        await asyncio.gather(kept, return_exceptions=True)

        async def well() -> bool:
            return (await http.get("/healthz")).status_code == 200

        await eventually(well)
