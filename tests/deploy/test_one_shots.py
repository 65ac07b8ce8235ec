"""The shell scripts of the one-shot services, run for real against the servers that they prepare."""

import asyncio
import os
import shutil
import stat
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]  # it has no annotations
import pytest
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client

from callscribe.contracts import names
from tests.deploy.compose_file import ROOT, SECRETS
from tests.support.postgresql import postgresql
from tests.support.temporal_server import TemporalServer, temporal_binary

SCRIPTS = sorted((ROOT / "deploy").glob("*.sh"))


async def run(script: Path, **environment: str) -> tuple[int, str]:
    """Run a script as its service does; its exit code, and all that it wrote."""
    path = f"{Path(temporal_binary()).parent}{os.pathsep}{os.defpath}"
    process = await asyncio.create_subprocess_exec(
        "/bin/sh",
        str(script),
        env={"PATH": path, "HOME": "/nonexistent", **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(process.communicate(), 100)
    assert process.returncode is not None
    return process.returncode, output.decode()


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_every_script_is_one(script: Path) -> None:
    """A POSIX shell can read it, it stops at the first failure, and it may be executed."""
    checked = subprocess.run(["/bin/sh", "-n", str(script)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert "\nset -eu\n" in script.read_text()
    assert script.stat().st_mode & stat.S_IXUSR


async def test_the_namespace_is_made_once(temporal: TemporalServer, client: Client) -> None:
    """Run twice, the script makes the namespace with 30 days of retention and every search attribute of ours."""
    namespace = f"made-{uuid.uuid4()}"
    for _ in range(2):
        code, output = await run(
            ROOT / "deploy" / "temporal-namespace.sh",
            TEMPORAL_ADDRESS=client.service_client.config.target_host,
            TEMPORAL_NAMESPACE=namespace,
        )
        assert code == 0, output
    told = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=namespace))
    assert told.config.workflow_execution_retention_ttl.ToTimedelta().days == 30
    found = await client.operator_service.list_search_attributes(ListSearchAttributesRequest(namespace=namespace))
    kinds = {name: IndexedValueType.Name(kind) for name, kind in found.custom_attributes.items()}
    ours = {name: f"INDEXED_VALUE_TYPE_{kind.upper()}" for name, kind in names.SEARCH_ATTRIBUTES.items()}
    assert {name: kinds.get(name) for name in ours} == ours


def test_the_script_knows_our_search_attributes() -> None:
    """The list in the script is the one of the contracts, in its order."""
    listed = " ".join(f"{name}:{kind}" for name, kind in names.SEARCH_ATTRIBUTES.items())
    assert f'attributes="{listed}"' in (ROOT / "deploy" / "temporal-namespace.sh").read_text()


async def test_a_server_that_does_not_come_is_given_up() -> None:
    """The script ends with a sentence instead of waiting for ever."""
    code, output = await run(
        ROOT / "deploy" / "temporal-namespace.sh", TEMPORAL_ADDRESS="127.0.0.1:9", TEMPORAL_NAMESPACE="x", PATIENCE="1"
    )
    assert code == 1
    assert "Gave up after 1 tries: Temporal at 127.0.0.1:9 is healthy" in output


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """A PostgreSQL of this module's own, `host:port`."""
    if shutil.which("psql", path=os.defpath) is None:
        pytest.skip("psql is not installed here (Debian: apt-get install postgresql-client)")
    with postgresql() as address:
        yield address


async def test_the_databases_are_made_once(database: str) -> None:
    """Run twice, the script makes both roles, with their passwords, and the transcript store's database."""
    host, port = database.split(":")
    for _ in range(2):
        code, output = await run(
            ROOT / "deploy" / "create-databases.sh",
            PGHOST=host,
            PGPORT=port,
            PGUSER="postgres",
            TEMPORAL_DB_PASSWORD="quote ' and \\ backslash",
            TRANSCRIPT_DB_PASSWORD=SECRETS["TRANSCRIPT_DB_PASSWORD"],
        )
        assert code == 0, output
    connection = await asyncpg.connect(f"postgresql://postgres@{database}/callscribe")
    try:
        roles = await connection.fetch(
            "SELECT rolname, rolcreatedb, rolsuper, rolpassword IS NOT NULL AS has_password FROM pg_authid "
            "WHERE rolname IN ('temporal', 'callscribe') ORDER BY rolname"
        )
        owner = await connection.fetchval(
            "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
        )
    finally:
        await connection.close()
    assert [tuple(role) for role in roles] == [("callscribe", False, False, True), ("temporal", True, False, True)]
    assert owner == "callscribe"


async def test_the_schema_script_asks_for_both_databases(tmp_path: Path) -> None:
    """Each database is created, versioned and updated with its own schema (by a stand-in: the tool comes with its image)."""
    tool = tmp_path / "temporal-sql-tool"
    tool.write_text('#!/bin/sh\necho "$@"\n')
    tool.chmod(0o755)
    process = await asyncio.create_subprocess_exec(
        "/bin/sh",
        str(ROOT / "deploy" / "temporal-schema.sh"),
        env={
            "PATH": f"{tmp_path}{os.pathsep}{os.defpath}",
            "POSTGRES_SEEDS": "postgresql",
            "POSTGRES_USER": "temporal",
            "SQL_PASSWORD": "x",
        },
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    common = "--plugin postgres12 --ep postgresql -p 5432 -u temporal --db"
    schema = "/etc/temporal/schema/postgresql/v12"
    assert output.decode().splitlines()[:-1] == [
        f"{common} temporal create",
        f"{common} temporal setup-schema -v 0.0",
        f"{common} temporal update-schema -d {schema}/temporal/versioned",
        f"{common} temporal_visibility create",
        f"{common} temporal_visibility setup-schema -v 0.0",
        f"{common} temporal_visibility update-schema -d {schema}/visibility/versioned",
    ]


async def test_make_env_writes_secrets_once(tmp_path: Path) -> None:
    """Every empty secret gets a value of its own that only its owner can read; a second run changes nothing."""
    (tmp_path / "deploy").mkdir()
    script = Path(shutil.copy(ROOT / "deploy" / "make-env.sh", tmp_path / "deploy"))
    shutil.copy(ROOT / ".env.example", tmp_path)
    code, _ = await run(script)
    written = (tmp_path / ".env").read_text()
    made = dict(line.split("=", 1) for line in written.splitlines() if line.startswith(tuple(SECRETS)))
    assert code == 0
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
    assert set(made) == set(SECRETS)
    assert len({value for value in made.values() if len(value) == 64}) == len(SECRETS)
    code, output = await run(script)
    assert code == 1
    assert "stays as it is" in output
    assert (tmp_path / ".env").read_text() == written
