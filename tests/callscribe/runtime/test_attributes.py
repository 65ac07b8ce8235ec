"""Search attributes, on a server that has none."""

from datetime import UTC, datetime

import pytest
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, RemoveSearchAttributesRequest
from temporalio.testing import WorkflowEnvironment

from callscribe.contracts import names
from callscribe.runtime import attributes
from tests.support.temporal_server import temporal_binary


async def test_makes_what_is_missing_and_only_that() -> None:
    """All of them on a bare server, the rest where some are there, none the second time; one of another type is told."""
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=temporal_binary(), dev_server_log_level="error"
    ) as bare:
        client = bare.client
        text = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
        await client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(namespace=client.namespace, search_attributes={names.ATTRIBUTE_VERDICT: text})
        )
        rest = [name for name in names.SEARCH_ATTRIBUTES if name != names.ATTRIBUTE_VERDICT]
        assert await attributes.ensure_search_attributes(client) == rest
        assert await attributes.ensure_search_attributes(client) == []
        known = await attributes.known_search_attributes(client)
        assert known is not None
        assert {name: known[name] for name in names.SEARCH_ATTRIBUTES} == names.SEARCH_ATTRIBUTES

        name = names.ATTRIBUTE_PARTICIPANTS
        await client.operator_service.remove_search_attributes(
            RemoveSearchAttributesRequest(namespace=client.namespace, search_attributes=[name])
        )
        await client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(namespace=client.namespace, search_attributes={name: text})
        )
        with pytest.raises(attributes.SearchAttributesError, match="Participants is Keyword and has to be Int"):
            await attributes.ensure_search_attributes(client)


@pytest.mark.parametrize("name", names.SEARCH_ATTRIBUTES)
def test_commands_for_operators_name_every_attribute(name: str) -> None:
    """Where we may not make them, the message holds a command that does."""
    kind = names.SEARCH_ATTRIBUTES[name]
    assert f"temporal operator search-attribute create --name {name} --type {kind}" in attributes.commands()


def test_keys_have_the_types_of_their_attributes() -> None:
    """What a server is started with."""
    keys = {key.name: key for key in attributes.attribute_keys()}
    assert list(keys) == list(names.SEARCH_ATTRIBUTES)
    assert keys[names.ATTRIBUTE_STARTED].value_set(datetime.now(UTC)).key is keys[names.ATTRIBUTE_STARTED]
