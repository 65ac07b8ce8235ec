"""Search attributes, on a server that has none."""

import pytest
from temporalio.testing import WorkflowEnvironment

from callscribe.contracts import names
from callscribe.runtime import attributes
from tests.conftest import temporal_binary


async def test_makes_what_is_missing_and_only_that() -> None:
    """All of them on a bare server; none the second time."""
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=temporal_binary(), dev_server_log_level="error"
    ) as bare:
        assert await attributes.ensure_search_attributes(bare.client) == list(names.SEARCH_ATTRIBUTES)
        assert await attributes.ensure_search_attributes(bare.client) == []


@pytest.mark.parametrize("name", names.SEARCH_ATTRIBUTES)
def test_command_for_operators_names_every_attribute(name: str) -> None:
    """Where we may not make them, the message holds a command that does."""
    assert f"--name {name} --type Keyword" in attributes.commands()
