"""docker-compose.yml as compose reads it: YAML, then interpolation of every text in it."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docker-compose.yml"
OURS = ("ingest", "worker", "emulator")
ONE_SHOTS = ("databases", "temporal-schema", "temporal-namespace")
SECRETS = {
    "CALLSCRIBE_LINK_SECRET": "0" * 64,
    "POSTGRES_PASSWORD": "administrator",
    "TEMPORAL_DB_PASSWORD": "temporal1",
    "TRANSCRIPT_DB_PASSWORD": "transcript1",
}
"""What .env must say, as far as there is no default."""

_VARIABLE = re.compile(
    r"\$(?:(?P<escaped>\$)|\{(?P<name>\w+)(?:(?P<operator>:?[-?+])(?P<rest>[^}]*))?\}|(?P<bare>\w+))"
)


class MissingVariableError(Exception):
    """A `${NAME:?message}` that has no value; the message is the file's own."""


def interpolate(text: str, variables: Mapping[str, str]) -> str:
    """`text` with its variables filled in (compose specification, 12-interpolation.md; nested ones are not used)."""

    def fill(found: re.Match[str]) -> str:
        if found["escaped"]:
            return "$"
        name, operator, rest = found["name"] or found["bare"], found["operator"] or "", found["rest"] or ""
        value = variables.get(name)
        given = bool(value) if operator.startswith(":") else value is not None
        if operator.endswith("+"):
            return rest if given else ""
        if given:
            return value or ""
        if operator.endswith("?"):
            raise MissingVariableError(f"{name}: {rest}")
        return rest

    return _VARIABLE.sub(fill, text)


def variables_read() -> set[str]:
    """The names of all variables that the file reads."""
    return {found["name"] or found["bare"] for found in _VARIABLE.finditer(FILE.read_text()) if not found["escaped"]}


def load(variables: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The file with `variables` (by default only the secrets) filled in. Raises `MissingVariableError`."""
    read: dict[str, Any] = _filled(yaml.safe_load(FILE.read_text()), SECRETS if variables is None else variables)
    return read


def _filled(node: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(node, str):
        return interpolate(node, variables)
    if isinstance(node, dict):
        return {key: _filled(value, variables) for key, value in node.items()}
    if isinstance(node, list):
        return [_filled(value, variables) for value in node]
    return node
