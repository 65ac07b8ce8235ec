"""People who look at an ingest's page, for tests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx

from callscribe.contracts.links import PagePass, PageRole, page_url
from callscribe.runtime.tls import tls
from ingest.main import RunningIngest
from tests.ingest.stack import SECRET


def pass_for(
    ingest: RunningIngest, role: PageRole = PageRole.VIEWER, *, call: str | None = None, hours: float = 1
) -> PagePass:
    """A pass that holds for so many hours from now."""
    expires = (ingest.intake.now() + timedelta(hours=hours)).timestamp()
    return PagePass(role=role, expires=int(expires), call=call)


@asynccontextmanager
async def visiting(
    ingest: RunningIngest, role: PageRole = PageRole.VIEWER, *, call: str | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that has come in through a link."""
    async with httpx.AsyncClient(
        verify=tls(), base_url=ingest.http_url, timeout=20, headers={"Origin": ingest.http_url}
    ) as browser:
        entered = await browser.get(page_url(ingest.http_url, SECRET, pass_for(ingest, role, call=call)))
        assert entered.status_code == 303, entered.text
        yield browser
