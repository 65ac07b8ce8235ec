"""The Dockerfile, as far as it can be held against the project without an engine that builds it."""

import re
import tomllib
from fnmatch import fnmatch

from tests.deploy.compose_file import ROOT

INSTRUCTIONS = [
    line.split(maxsplit=1) for line in (ROOT / "Dockerfile").read_text().splitlines() if re.match(r"[A-Z]+ ", line)
]


def _all(kind: str) -> list[str]:
    return [rest for name, rest in INSTRUCTIONS if name == kind]


def test_every_source_is_there_and_let_in() -> None:
    """What is copied exists, and .dockerignore, which shuts out all else, lets it in."""
    rules = (ROOT / ".dockerignore").read_text().splitlines()
    let_in = {rule[1:] for rule in rules if rule.startswith("!")}
    assert "*" in rules
    copied = {source for rest in _all("COPY") if "--from" not in rest for source in rest.split()[:-1]}
    assert all((ROOT / source).exists() for source in copied)
    assert copied == let_in


def test_every_package_is_copied() -> None:
    """The image has every package that pyproject.toml ships."""
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]["find"]["include"]
    copied = [rest.split()[0] for rest in _all("COPY")]
    assert all(any(fnmatch(source, pattern) for source in copied) for pattern in patterns)


def test_what_is_installed_is_locked() -> None:
    """Dependencies come from the hash-locked file, and installing the project itself downloads nothing."""
    installs = [rest for rest in _all("RUN") if "pip install" in rest]
    assert len(installs) == 2
    assert "--require-hashes -r requirements.lock" in installs[0]
    assert "--no-deps --no-build-isolation" in installs[1]
    assert "setuptools==" in (ROOT / "requirements.lock").read_text()


def test_it_runs_as_nobody_in_particular() -> None:
    """The last USER is not root, and both stages are of one image."""
    assert _all("USER") == ["callscribe"]
    assert {rest.split()[0] for rest in _all("FROM")} == {"python:3.13-slim"}
