"""docker-compose.yml is valid, whole, and says what the rest of the project says."""

import json
import re
import tomllib
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from callscribe.runtime.settings import Settings
from emulator.config import DEFAULT_ACCESS_KEY
from tests.deploy.compose_file import (
    FILE,
    ONE_SHOTS,
    OURS,
    ROOT,
    SECRETS,
    MissingVariableError,
    interpolate,
    load,
    variables_read,
)

Service = dict[str, Any]


@pytest.fixture(scope="module")
def services() -> dict[str, Service]:
    """The file's services, with nothing given but the secrets."""
    read: dict[str, Service] = load()["services"]
    return read


def test_the_file_is_valid() -> None:
    """It fits the compose specification's own JSON schema, which knows every key and refuses others."""
    schema = json.loads((files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json").read_text())
    problems = [
        f"{'.'.join(map(str, error.absolute_path))}: {error.message}"
        for error in Draft202012Validator(schema).iter_errors(load())
    ]
    assert problems == []


def test_the_schema_would_notice() -> None:
    """A misspelt key is not valid: the check above is worth something."""
    schema = json.loads((files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json").read_text())
    spoiled = load()
    spoiled["services"]["worker"]["depend_on"] = ["temporal"]
    assert not Draft202012Validator(schema).is_valid(spoiled)


@pytest.mark.parametrize(
    ("text", "variables", "expected"),
    [
        ("${A:-x}", {}, "x"),
        ("${A:-x}", {"A": ""}, "x"),
        ("${A-x}", {"A": ""}, ""),
        ("${A:-+1}", {}, "+1"),
        ("${A:+x}", {"A": "a"}, "x"),
        ("${A}/$A", {"A": "a"}, "a/a"),
        ("$$A", {"A": "a"}, "$A"),
        ("a:${A:-8080}:8080", {"A": "1"}, "a:1:8080"),
    ],
)
def test_interpolation(text: str, variables: dict[str, str], expected: str) -> None:
    """Variables are filled in as the specification says."""
    assert interpolate(text, variables) == expected


@pytest.mark.parametrize("name", SECRETS)
def test_a_missing_secret_says_how_to_make_one(name: str) -> None:
    """Compose stops with a sentence that helps; an empty secret counts as missing."""
    with pytest.raises(MissingVariableError, match=rf"{name}: run deploy/make-env\.sh.*openssl rand -hex 32"):
        load({**SECRETS, name: ""})


def test_no_secret_stands_in_the_file() -> None:
    """What looks like a secret comes from .env; the emulator's key is public, and the same as the emulator's own."""
    text = FILE.read_text().replace(DEFAULT_ACCESS_KEY, "")
    assert DEFAULT_ACCESS_KEY in FILE.read_text()
    assert not re.search(r"accesskey=[^}\s]", text)
    assert all(value.startswith("${") for value in re.findall(r"(?:PASSWORD|_PWD|SECRET): (\S+)", text))


def test_what_services_wait_for(services: dict[str, Service]) -> None:
    """Every dependency is a service that can meet its condition."""
    for name, service in services.items():
        for other, needed in service.get("depends_on", {}).items():
            assert other in services, name
            if needed["condition"] == "service_healthy":
                assert "healthcheck" in services[other], f"{name} waits for the health of {other}, which has no check"
            else:
                assert needed["condition"] == "service_completed_successfully"
                assert other in ONE_SHOTS, f"{name} waits for the end of {other}, which does not end"


def test_nobody_waits_for_a_service_that_may_be_left_out(services: dict[str, Service]) -> None:
    """The emulator is there only with its profile."""
    assert services["emulator"]["profiles"] == ["emulator"]
    assert all("profiles" not in services[name] for name in services if name != "emulator")
    assert all("emulator" not in service.get("depends_on", {}) for service in services.values())


def test_volumes(services: dict[str, Service]) -> None:
    """Every named volume is declared and every folder is in the checkout; the outbox outlives its container."""
    declared = set(load()["volumes"])
    named = set()
    for name, service in services.items():
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            if source.startswith("."):
                assert (ROOT / source).is_dir(), name
                assert mount.endswith(":ro"), name
            else:
                named.add(source)
    assert named == declared
    assert f"ingest:{services['ingest']['environment']['CALLSCRIBE_HOME']}" in services["ingest"]["volumes"]


def test_the_page_reads_what_the_worker_writes(services: dict[str, Service]) -> None:
    """One transcript store and one web UI for both; ingest waits for neither."""
    ingest, worker = services["ingest"], services["worker"]
    for name in ("CALLSCRIBE_STORE_URL", "CALLSCRIBE_TEMPORAL_UI_URL"):
        assert ingest["environment"][name] == worker["environment"][name]
    assert "depends_on" not in ingest


def test_images(services: dict[str, Service]) -> None:
    """Every image names its version, our own is this version, and none sets Temporal up by itself."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    for name, service in services.items():
        assert re.fullmatch(r"[a-z/-]+:\d+(\.\d+)*", service["image"]), name
        assert "auto-setup" not in service["image"]
        assert ("build" in service) == (name in OURS)
    assert {services[name]["image"] for name in OURS} == {f"callscribe:{version}"}
    tools = [
        services[name]["image"].partition(":")[2] for name in ("temporal", "temporal-schema", "temporal-namespace")
    ]
    assert len(set(tools)) == 1, "the server and the tools that prepare it are of one version"


def test_temporal(services: dict[str, Service]) -> None:
    """512 history shards (they can never be changed), and the dynamic configuration that is in the checkout."""
    environment = services["temporal"]["environment"]
    assert environment["NUM_HISTORY_SHARDS"] == "512"
    assert (ROOT / environment["DYNAMIC_CONFIG_FILE_PATH"].lstrip("/")).is_file()
    assert services["temporal-namespace"]["environment"]["RETENTION"] == "720h"


def test_ports(services: dict[str, Service]) -> None:
    """Only ingest is open to the network; everything else to this machine."""
    for name, service in services.items():
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:") != (name == "ingest"), f"{name}: {port}"
    assert services["ingest"]["ports"] == ["8080:8080", "8081:8081"]


def test_lasting_services_come_back_and_go_in_peace(services: dict[str, Service]) -> None:
    """Whatever lasts is started again and has a health check; what may be under way gets 30 s to end."""
    for name, service in services.items():
        if name in ONE_SHOTS:
            assert service["restart"].startswith("on-failure"), name
        else:
            assert service["restart"] == "unless-stopped", name
            assert "healthcheck" in service or name == "temporal-ui", name
    assert {services[name]["stop_grace_period"] for name in ("ingest", "worker")} == {"30s"}


@pytest.mark.parametrize("name", OURS)
def test_settings(services: dict[str, Service], name: str) -> None:
    """Every CALLSCRIBE_* that a service gets is a setting, and all of them together are accepted."""
    given = {key: value for key, value in services[name]["environment"].items() if key.startswith("CALLSCRIBE_")}
    fields = {f"CALLSCRIBE_{field.upper()}": field for field in Settings.model_fields}
    assert set(given) <= set(fields)
    Settings(_env_file=None, **{fields[key]: value for key, value in given.items()})


def test_env_example_names_every_variable() -> None:
    """.env.example tells of every variable that the file reads and of no other, and leaves the secrets empty."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    named = {found[2]: found[1] for line in lines if (found := re.match(r"(# )?([A-Z_]+)=", line))}
    assert set(named) == variables_read() | {"COMPOSE_PROFILES"}
    assert set(SECRETS) <= {line.removesuffix("=") for line in lines}
    assert {name for name, comment in named.items() if not comment} == set(SECRETS) | {"COMPOSE_PROFILES"}
    ours = {name for name in named if name.startswith("CALLSCRIBE_")}
    assert ours <= {f"CALLSCRIBE_{field.upper()}" for field in Settings.model_fields}
