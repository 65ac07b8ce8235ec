"""The rules of the house that no linter knows: a test file for every module, modules that are read in one sitting, and
a project that speaks of itself alone.
"""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("callscribe", "workflows", "activities", "ingest", "worker", "emulator", "cli")
LONGEST = 400

WITHOUT_TESTS = {
    "callscribe/model.py": "two base classes without code",
    "callscribe/contracts/amendment.py": "types without code",
    "callscribe/contracts/carried.py": "types without code",
    "callscribe/contracts/chunks.py": "types without code",
    "callscribe/contracts/commands.py": "types without code",
    "callscribe/contracts/errors.py": "types and names without code",
    "callscribe/contracts/names.py": "names",
    "callscribe/contracts/status.py": "types without code",
    "callscribe/contracts/steps.py": "types without code",
    "emulator/calls/context.py": "types without code",
    "emulator/calls/effects.py": "types without code",
    "emulator/control_models.py": "types without code",
    "emulator/rest.py": "driven through the real SDK, in test_rest_sdk.py",
    "emulator/shell/switchboard.py": "puts the others together; driven by every test of the running emulator",
}
"""Module → why it needs no test file. `__init__` and `__main__` never do."""

FOREIGN = {
    "a package registry's host": re.compile(r"https?://[\w.-]*(?:pypi|pythonhosted|artifactory|nexus|npmjs|goproxy)\b"),
    "an index that pip is to use": re.compile(r"--(?:extra-)?index-url|--trusted-host|^index-url\s*=", re.MULTILINE),
    "a path of one machine": re.compile(r"(?<![\w.])/(?:work|root|home/\w+|Users/\w+)/(?!\.\.)"),
    "a folder outside the project": re.compile(r"(?<![\w-])shared/(?!\w*\.py)"),
    "an issue's number": re.compile(r"\bissue\s+#?\d", re.IGNORECASE),
}
"""What a file must not hold. Tests and benchmarks may use the folder of real calls beside the checkout."""


def modules() -> list[str]:
    """Every module of ours, by its path."""
    found = (path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return sorted(path.relative_to(ROOT).as_posix() for path in found)


def tracked() -> Iterator[tuple[str, str]]:
    """Path and text of every file in version control, or of every module where there is none."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
        paths = [path for path in listed.split("\0") if path]
    except (OSError, subprocess.CalledProcessError):
        paths = modules()
    for path in paths:
        if path == Path(__file__).relative_to(ROOT).as_posix() or not (ROOT / path).is_file():
            continue
        try:
            yield path, (ROOT / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # pictures and recorded histories hold no prose


def test_every_module_has_its_test_file() -> None:
    """`a/b/c.py` is tested in `tests/a/b/test_c.py`."""
    missing = []
    for module in modules():
        path = Path(module)
        if path.stem in ("__init__", "__main__") or module in WITHOUT_TESTS:
            continue
        if not (ROOT / "tests" / path.parent / f"test_{path.stem}.py").is_file():
            missing.append(module)
    assert missing == []


@pytest.mark.parametrize("module", WITHOUT_TESTS)
def test_exceptions_are_still_needed(module: str) -> None:
    """A module that is gone, or that has tests by now, is not listed as one without."""
    path = Path(module)
    assert (ROOT / path).is_file()
    assert not (ROOT / "tests" / path.parent / f"test_{path.stem}.py").is_file()


def test_modules_are_read_in_one_sitting() -> None:
    """None is longer than 400 lines, tests included."""
    files = [*modules(), *(path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("*.py"))]
    lengths = {path: len((ROOT / path).read_text(encoding="utf-8").splitlines()) for path in files}
    assert {path: length for path, length in lengths.items() if length > LONGEST} == {}


@pytest.mark.parametrize("what", FOREIGN)
def test_the_project_speaks_of_itself_alone(what: str) -> None:
    """No file names a machine, a registry or a piece of work."""
    found = [
        f"{path}: {match.group()}"
        for path, text in tracked()
        if not (what == "a folder outside the project" and path.startswith(("tests/", "benchmarks/")))
        if (match := FOREIGN[what].search(text))
    ]
    assert found == []


def test_a_rule_that_finds_nothing_would_be_no_rule() -> None:
    """Each pattern knows what it forbids."""
    for what, example in {
        "a package registry's host": "https://files.pythonhosted.org/packages",
        "an index that pip is to use": "--index-url https://somewhere",
        "a path of one machine": "see /home/someone/project",
        "a folder outside the project": "../shared/design",
        "an issue's number": "as Issue 3 says",
    }.items():
        assert FOREIGN[what].search(example)
