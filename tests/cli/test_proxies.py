"""Proxies of the environment, and the machine that we run on."""

import os
from collections.abc import Iterator
from unittest.mock import patch

import httpx
import pytest

from cli.proxies import spare_this_machine
from tests.support.webhook_receiver import receiving


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    """One without any proxy, put back at the end."""
    with patch.dict(os.environ):
        for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
            del os.environ[name]
        yield


async def test_this_machine_is_reached_directly() -> None:
    """Though there is a proxy, which answers nobody; hosts that were spared before still are."""
    os.environ |= {"HTTP_PROXY": "http://127.0.0.1:9", "no_proxy": "intra.example"}
    spare_this_machine()
    async with receiving() as here, httpx.AsyncClient() as client:
        assert (await client.get(here.url)).status_code == 405
    assert os.environ["NO_PROXY"] == os.environ["no_proxy"] == "intra.example,localhost,127.0.0.1"


@pytest.mark.parametrize("given", [{}, {"NO_PROXY": "intra.example"}, {"HTTPS_PROXY": "http://p", "NO_PROXY": "*"}])
def test_nothing_to_spare(given: dict[str, str]) -> None:
    """No proxy is used anyway."""
    os.environ |= given
    before = dict(os.environ)
    spare_this_machine()
    assert dict(os.environ) == before
