"""A bare Temporal server is made ready by one command."""

import asyncio
import json
import uuid

import pytest
from google.protobuf.duration_pb2 import Duration
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError

from callscribe.contracts import names
from callscribe.runtime.attributes import known_search_attributes
from cli.main import run


async def bare_namespace(client: Client) -> str:
    """A namespace that has none of our attributes."""
    name = f"bare-{uuid.uuid4()}"
    await client.workflow_service.register_namespace(
        RegisterNamespaceRequest(namespace=name, workflow_execution_retention_period=Duration(seconds=86_400))
    )
    other = await Client.connect(client.service_client.config.target_host, namespace=name)
    async with asyncio.timeout(30):
        while True:
            try:
                if await known_search_attributes(other) is not None:
                    return name
            except RPCError:
                await asyncio.sleep(0.1)  # the server learns of a new namespace within seconds


async def test_checks_makes_and_finds_them_there(
    client: Client, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Missing, made, there; the exit code of a check tells a script."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", client.service_client.config.target_host)
    monkeypatch.setenv("TEMPORAL_NAMESPACE", await bare_namespace(client))
    states = []
    for arguments, code in ((["--check"], 1), ([], 0), (["--check"], 0)):
        assert await asyncio.to_thread(run, ["search-attributes", "--json", *arguments]) == code
        told = json.loads(capsys.readouterr().out)
        assert {name: each["type"] for name, each in told.items()} == names.SEARCH_ATTRIBUTES
        states.append({each["state"] for each in told.values()})
    assert states == [{"missing"}, {"made"}, {"there"}]
    assert await asyncio.to_thread(run, ["search-attributes"]) == 0
    assert "CallStartedAt     Datetime  there" in capsys.readouterr().out


async def test_one_of_another_type_is_not_there(
    client: Client, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Checked or made: a worker would not begin with it."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", client.service_client.config.target_host)
    monkeypatch.setenv("TEMPORAL_NAMESPACE", namespace := await bare_namespace(client))
    text = IndexedValueType.INDEXED_VALUE_TYPE_TEXT
    await client.operator_service.add_search_attributes(
        AddSearchAttributesRequest(namespace=namespace, search_attributes={names.ATTRIBUTE_LOCALE: text})
    )
    for arguments in (["--check"], []):
        assert await asyncio.to_thread(run, ["search-attributes", *arguments]) == 1
        assert "Locale is Text and has to be Keyword" in capsys.readouterr().err
