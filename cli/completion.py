"""What the shell offers at the Tab key: calls, and locales. Silent and quick, whatever answers or does not."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from callscribe.contracts import names

WITHIN: Final = 1.5
"""Seconds that a person waits for the Tab key."""
MOST: Final = 100
"""Calls that are offered."""
LOCALES: Final = (
    "ar-EG", "bg-BG", "cs-CZ", "da-DK", "de-AT", "de-CH", "de-DE", "el-GR", "en-AU", "en-CA", "en-GB", "en-IE", "en-IN",
    "en-NZ", "en-US", "es-ES", "es-MX", "es-US", "et-EE", "fi-FI", "fr-CA", "fr-CH", "fr-FR", "he-IL", "hi-IN", "hr-HR",
    "hu-HU", "id-ID", "it-IT", "ja-JP", "ko-KR", "lt-LT", "lv-LV", "nb-NO", "nl-BE", "nl-NL", "pl-PL", "pt-BR", "pt-PT",
    "ro-RO", "ru-RU", "sk-SK", "sl-SI", "sv-SE", "th-TH", "tr-TR", "uk-UA", "vi-VN", "zh-CN", "zh-HK", "zh-TW",
)  # fmt: skip
"""Locales that are offered; ACS takes more, and so do we."""


def locales(incomplete: str) -> list[str]:
    """The locales that begin like this, in any case: what is written is kept, for a shell takes nothing that begins
    otherwise.
    """
    found = [locale for locale in LOCALES if locale.lower().startswith(incomplete.lower())]
    return [incomplete + locale[len(incomplete) :] for locale in found]


def calls(incomplete: str) -> list[tuple[str, str]]:
    """Keys of calls that begin like this, with where each stands: live ones first, then the newest."""
    return list(_calls(incomplete, running=False))


def live_calls(incomplete: str) -> list[tuple[str, str]]:
    """Those of them that are under way."""
    return list(_calls(incomplete, running=True))


def _calls(incomplete: str, *, running: bool) -> Iterator[tuple[str, str]]:
    key = names.call_key(incomplete)
    if "'" in key or "\\" in key:
        return
    before = incomplete.removesuffix(key)  # of a workflow id, which a shell takes for nothing that begins otherwise
    with suppress(Exception):  # the shell is in the middle of a line that a person writes: no error may come there
        yield from ((before + found, state) for found, state in asyncio.run(_found(key, running=running)))


async def _found(key: str, *, running: bool) -> list[tuple[str, str]]:
    from cli.call_lines import line_of
    from cli.session import temporal

    async with asyncio.timeout(WITHIN):
        client = await temporal()
        query = f"WorkflowType = '{names.WORKFLOW}' AND ExecutionStatus != 'ContinuedAsNew'"
        query += f" AND WorkflowId STARTS_WITH '{names.workflow_id(key)}'"
        query += " AND ExecutionStatus = 'Running'" if running else ""
        lines = [line_of(execution) async for execution in client.list_workflows(query, limit=MOST)]
    lines.sort(key=lambda line: (line.live, line.started_at), reverse=True)
    return [(line.key, line.verdict or line.state) for line in lines]
