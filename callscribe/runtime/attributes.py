"""Our search attributes on a Temporal server: looked for at start, and made where they are missing.

A workflow that sets an attribute its server does not know fails its task again and again, so a worker must not begin
without them.
"""

import logging
from typing import Any, Final

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey
from temporalio.service import RPCError, RPCStatusCode

from callscribe.contracts import names

_log = logging.getLogger(__name__)
_UNSEEN = {RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNIMPLEMENTED, RPCStatusCode.UNAUTHENTICATED}
"""Answers of servers (Temporal Cloud among them) that keep this service to their operators."""
_KEYS: Final[dict[str, Any]] = {
    "Keyword": SearchAttributeKey.for_keyword,
    "Int": SearchAttributeKey.for_int,
    "Bool": SearchAttributeKey.for_bool,
    "Datetime": SearchAttributeKey.for_datetime,
}


class SearchAttributesError(Exception):
    """The server lacks search attributes and will not take them from us; the message says what to run."""


def attribute_keys() -> list[SearchAttributeKey[Any]]:
    """Our attributes as the SDK wants them, for a server that is started with them."""
    return [_KEYS[kind](name) for name, kind in names.SEARCH_ATTRIBUTES.items()]


async def known_search_attributes(client: Client) -> dict[str, str] | None:
    """The custom attributes of the client's namespace and their types; None where the server does not let us look."""
    try:
        found = await client.operator_service.list_search_attributes(
            ListSearchAttributesRequest(namespace=client.namespace)
        )
    except RPCError as error:
        if error.status not in _UNSEEN:
            raise
        return None
    return {name: _kind(value) for name, value in found.custom_attributes.items()}


def _kind(value: IndexedValueType.ValueType) -> str:
    return IndexedValueType.Name(value).removeprefix("INDEXED_VALUE_TYPE_").title()


def missing_among(known: dict[str, str], namespace: str) -> dict[str, str]:
    """Those of our attributes that are not among the `known` ones of a namespace, with their types. Raises
    `SearchAttributesError` where one is there with another type.
    """
    other = {name: known[name] for name, kind in names.SEARCH_ATTRIBUTES.items() if known.get(name, kind) != kind}
    if other:
        told = ", ".join(
            f"{name} is {kind} and has to be {names.SEARCH_ATTRIBUTES[name]}" for name, kind in other.items()
        )
        raise SearchAttributesError(
            f"Temporal's namespace '{namespace}' has search attributes of ours with another type ({told}): "
            "remove or rename them there, or use a namespace of Callscribe's own."
        )
    return {name: kind for name, kind in names.SEARCH_ATTRIBUTES.items() if name not in known}


async def ensure_search_attributes(client: Client) -> list[str]:
    """Make the attributes of `names.SEARCH_ATTRIBUTES` that the client's namespace lacks; gives their names.

    Raises `SearchAttributesError` where they are missing and cannot be made, or are there with another type. A server
    that does not even let us look is trusted, with a warning.
    """
    known = await known_search_attributes(client)
    if known is None:
        _log.warning("cannot look for search attributes; make sure that the namespace has them: %s", _listed())
        return []
    missing = missing_among(known, client.namespace)
    made = []
    for name, kind in missing.items():
        # One at a time: asked for several of which one exists, the server adds none of them and says that it did.
        wanted = {name: IndexedValueType.Value(f"INDEXED_VALUE_TYPE_{kind.upper()}")}
        try:
            await client.operator_service.add_search_attributes(
                AddSearchAttributesRequest(namespace=client.namespace, search_attributes=wanted)
            )
        except RPCError as error:
            if error.status is RPCStatusCode.ALREADY_EXISTS:
                continue
            raise SearchAttributesError(
                f"Temporal's namespace '{client.namespace}' lacks search attributes and does not take them from us "
                f"({error.message}): whoever may change it runs {'; '.join(commands(missing))}"
            ) from error
        made.append(name)
    if made:
        _log.info("made search attributes: %s", ", ".join(made))
    return made


def _listed() -> str:
    return ", ".join(f"{name} ({kind})" for name, kind in names.SEARCH_ATTRIBUTES.items())


def commands(attributes: dict[str, str] | None = None) -> list[str]:
    """What an operator runs to make the attributes, one command each."""
    wanted = names.SEARCH_ATTRIBUTES if attributes is None else attributes
    return [f"temporal operator search-attribute create --name {name} --type {kind}" for name, kind in wanted.items()]
