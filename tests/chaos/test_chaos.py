"""Short runs: ingest, the worker and Temporal each killed under calls at least once; and Temporal away for longer."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.dev_stack import PROJECT, clean_environment
from tests.support.postgresql import installed

LINES = 80
"""Half a second each: eight seconds at five times the speed."""


def script(folder: Path) -> Path:
    """Two people in turn, forty seconds long."""
    names = {"4:+12025550147": "Ana", "8:acs:one_two": "Ben"}
    lines = [
        {"participant": list(names)[n % 2], "offset_ms": 500 * n, "duration_ms": 450, "text": f"This is line {n}."}
        for n in range(LINES)
    ]
    path = folder / "two-people.jsonl"
    header = {"call": "two people", "locale": "en-US", "participants": names}
    path.write_text("\n".join(json.dumps(each) for each in [header, *lines]))
    return path


def account_of(folder: Path, *options: str) -> Any:
    """What the command, run as a user runs it, says in the end; its exit code was 0."""
    done = subprocess.run(
        [sys.executable, "-m", "cli", "chaos", "--json", "--script", str(script(folder)), "--speed", "5", *options],
        cwd=PROJECT,
        env=clean_environment(folder),
        capture_output=True,
        text=True,
        check=False,
        timeout=220,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return json.loads(done.stdout)


@pytest.mark.timeout(240)
def test_no_accepted_word_is_lost_or_doubled_and_every_verdict_is_true(tmp_path: Path) -> None:
    """Its own account is believed where the figures add up."""
    account = account_of(tmp_path, "--calls", "3", "--every", "1", "--seed", "1", "--kill", "ingest,worker,temporal")
    rows = {row["kind"]: row for row in account["rows"]}
    assert {"ingest", "worker", "temporal"} <= rows.keys(), rows
    total = rows["total"]
    assert total["said"] == 3 * LINES
    assert total["stored"] == total["accepted"] > 0
    assert (total["lost"], total["doubled"], total["out_of_order"], account["untrue"]) == (0, 0, 0, 0)
    assert account["verdicts"] == {"partial": 3}, "ingest was killed while people spoke"


@pytest.mark.timeout(240)
def test_temporal_away_under_running_calls_delays_and_loses_nothing(tmp_path: Path) -> None:
    """For longer than anybody still speaks: every word that is said meanwhile waits in the outbox, and arrives."""
    account = account_of(tmp_path, "--calls", "3", "--every", "1", "--seed", "1", "--kill", "temporal", "--outage", "8")
    total = {row["kind"]: row for row in account["rows"]}["total"]
    assert total["longest_stall"] > 6, "words were held up"
    assert total["said"] == total["sent"] == total["accepted"] == total["stored"] == 3 * LINES
    assert (total["lost"], total["doubled"], total["out_of_order"], account["untrue"]) == (0, 0, 0, 0)
    assert account["verdicts"] == {"complete": 3}


@pytest.mark.timeout(240)
@pytest.mark.skipif(not installed(), reason="PostgreSQL is not installed here (Debian: apt-get install postgresql)")
def test_a_store_that_is_away_delays_and_loses_nothing(tmp_path: Path) -> None:
    """A real PostgreSQL, killed under running calls and away for as long as they speak."""
    options = ("--store", "postgresql", "--kill", "store", "--outage", "8", "--every", "1")
    account = account_of(tmp_path, "--calls", "3", "--seed", "1", *options)
    total = {row["kind"]: row for row in account["rows"]}["total"]
    assert total["longest_stall"] > 6, "words were held up"
    assert total["said"] == total["accepted"] == total["stored"] == 3 * LINES
    assert (total["lost"], total["doubled"], total["out_of_order"], account["untrue"]) == (0, 0, 0, 0)
    assert account["verdicts"] == {"complete": 3}
