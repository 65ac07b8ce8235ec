"""Which tests of a run one worker keeps to itself, because they share what is costly to have."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # it ships no types

COSTLY: Final = {
    "watched": "browser",  # two groups of about the same length, each with a stack; so below
    "browser": "browser",
    "home": "second terminal",
    "skipping": "skipped time",
    "deployment": "deployment",
    "postgresql_server": "postgresql",
}
"""Fixture → group of the tests that ask for it. A worker starts it when the first of them asks."""
_GROUPS: Final = (
    (re.compile(r"\[postgresql"), "postgresql"),
    (
        re.compile(r"^tests/browser/test_(live_page|page_connection|page_marks|page_order|temporal_ui)\.py"),
        "browser, live",
    ),
    (re.compile(r"^tests/browser/"), "browser"),
    (re.compile(r"^tests/cli/test_(watch|session|completion)\.py"), "second terminal, slowly"),
    (re.compile(r"^tests/cli/test_(?!demo|dev|main|stack|supervisor)"), "second terminal"),
    (re.compile(r"^tests/workflows/test_(life|healer|connection)\.py"), "skipped time"),
    (re.compile(r"^tests/deploy/test_services\.py"), "deployment"),
)


def rewrite_once(tests: Path) -> None:
    """In a fresh checkout, let pytest rewrite the assertions of all modules by two processes, before every worker would do
    it for itself.
    """
    if sys.dont_write_bytecode or any((tests / "workflows" / "__pycache__").glob("test_*pytest*.pyc")):
        return
    folders = sorted(str(each) for each in tests.iterdir() if each.is_dir() and not each.name.startswith("_"))
    collecting = [
        subprocess.Popen(
            [sys.executable, "-m", "pytest", "--collect-only", "-q", *half],
            cwd=tests.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for half in (folders[::2], folders[1::2])
    ]
    for process in collecting:
        process.wait()


def group_of(test: str) -> str:
    """The group of a test by its id, which is all that the one who hands out the tests knows; mostly, it is alone."""
    return next((group for pattern, group in _GROUPS if pattern.search(test)), test)


def misplaced(test: str, fixtures: set[str]) -> str | None:
    """What is wrong where a test that asks for costly fixtures is not in their group; None where it is."""
    wrong = [each for each in fixtures & COSTLY.keys() if not group_of(test).startswith(COSTLY[each])]
    return f"{test} asks for '{wrong[0]}': let _GROUPS of {__name__} name it '{COSTLY[wrong[0]]}'" if wrong else None


class GroupScheduling(LoadScopeScheduling):  # type: ignore[misc]  # as above
    """Hands out groups, the large ones first, and the other tests one by one."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)
