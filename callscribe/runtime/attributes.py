"""Our search attributes on a Temporal server: looked for at start, and made where they are missing.

A workflow that sets an attribute its server does not know fails its task again and again, so a worker must not begin
without them.
"""

import logging

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from callscribe.contracts import names

_log = logging.getLogger(__name__)
_UNSEEN = {RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNIMPLEMENTED, RPCStatusCode.UNAUTHENTICATED}
"""Answers of servers (Temporal Cloud among them) that keep this service to their operators."""


class SearchAttributesError(Exception):
    """The server lacks search attributes and will not take them from us; the message holds the commands to run."""


async def ensure_search_attributes(client: Client) -> list[str]:
    """Make the attributes of `names.SEARCH_ATTRIBUTES` that the client's namespace lacks; gives their names.

    Raises `SearchAttributesError` where they are missing and cannot be made. A server that does not even let us look
    is trusted, with a warning.
    """
    service = client.operator_service
    try:
        known = await service.list_search_attributes(ListSearchAttributesRequest(namespace=client.namespace))
    except RPCError as error:
        if error.status not in _UNSEEN:
            raise
        _log.warning("cannot look for search attributes; make sure that the namespace has them: %s", commands())
        return []
    missing = {name: kind for name, kind in names.SEARCH_ATTRIBUTES.items() if name not in known.custom_attributes}
    if not missing:
        return []
    wanted = {name: IndexedValueType.Value(f"INDEXED_VALUE_TYPE_{kind.upper()}") for name, kind in missing.items()}
    try:
        await service.add_search_attributes(
            AddSearchAttributesRequest(namespace=client.namespace, search_attributes=wanted)
        )
    except RPCError as error:
        if error.status is RPCStatusCode.ALREADY_EXISTS:
            return []
        raise SearchAttributesError(
            f"Temporal's namespace '{client.namespace}' lacks search attributes and does not take them from us "
            f"({error.message}): run {commands(missing)}"
        ) from error
    _log.info("made search attributes: %s", ", ".join(missing))
    return list(missing)


def commands(attributes: dict[str, str] | None = None) -> str:
    """What an operator runs to make the attributes."""
    wanted = names.SEARCH_ATTRIBUTES if attributes is None else attributes
    flags = " ".join(f"--name {name} --type {kind}" for name, kind in wanted.items())
    return f"'temporal operator search-attribute create {flags}'"
