"""A short run: three calls, and ingest, the worker and Temporal each killed under them at least once."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.dev_stack import PROJECT, clean_environment

LINES = 120
"""Half a second each: twelve seconds at five times the speed."""


def script(folder: Path) -> Path:
    """Two people in turn, a minute long."""
    names = {"4:+12025550147": "Ana", "8:acs:one_two": "Ben"}
    lines = [
        {"participant": list(names)[n % 2], "offset_ms": 500 * n, "duration_ms": 450, "text": f"This is line {n}."}
        for n in range(LINES)
    ]
    path = folder / "minute.jsonl"
    header = {"call": "a minute", "locale": "en-US", "participants": names}
    path.write_text("\n".join(json.dumps(each) for each in [header, *lines]))
    return path


@pytest.mark.timeout(240)
def test_no_accepted_word_is_lost_or_doubled_and_every_verdict_is_true(tmp_path: Path) -> None:
    """The command itself, as a user runs it; its own account is believed where the figures add up."""
    options = ["--calls", "3", "--speed", "5", "--every", "1", "--seed", "1", "--kill", "ingest,worker,temporal"]
    done = subprocess.run(
        [sys.executable, "-m", "cli", "chaos", "--json", "--script", str(script(tmp_path)), *options],
        cwd=PROJECT,
        env=clean_environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
        timeout=220,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    account = json.loads(done.stdout)
    rows = {row["kind"]: row for row in account["rows"]}
    assert {"ingest", "worker", "temporal"} <= rows.keys(), rows
    total = rows["total"]
    assert total["said"] == 3 * LINES
    assert total["stored"] == total["accepted"] > 0
    assert (total["lost"], total["doubled"], total["out_of_order"], account["untrue"]) == (0, 0, 0, 0)
    assert account["verdicts"] == {"partial": 3}, "ingest was killed while people spoke"
