"""A PostgreSQL server that is killed and comes back with what was committed."""

import shutil

import asyncpg  # type: ignore[import-untyped]  # it has no annotations
import pytest

from cli.chaos.postgresql import fresh_server
from cli.ports import free_port
from cli.supervisor import Supervisor


async def test_killed_and_revived_with_its_rows() -> None:
    """SIGKILL, as the chaos does it; the folder is gone afterwards."""
    if shutil.which("initdb") is None:
        pytest.skip("PostgreSQL is not installed here (Debian: apt-get install postgresql)")
    with fresh_server(free_port()) as server:
        url = server.url.replace("+asyncpg", "")
        async with Supervisor(lambda _name, _line: None) as supervisor:
            await supervisor.start(server.service)
            connection = await asyncpg.connect(url)
            await connection.execute("CREATE TABLE kept (number int); INSERT INTO kept VALUES (42)")
            await supervisor.kill("store")
            connection.terminate()
            await supervisor.during(supervisor.revive("store"))
            connection = await asyncpg.connect(url)
            assert await connection.fetchval("SELECT number FROM kept") == 42
            await connection.close()
        assert server.service.command[-1] == "max_connections=100"
