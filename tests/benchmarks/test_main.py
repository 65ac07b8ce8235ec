"""`python -m benchmarks`, as a person runs it."""

import asyncio
import json
import sys

import pytest

from benchmarks.__main__ import BENCHES, main
from tests.deploy.compose_file import ROOT


async def test_all_of_it_can_be_measured() -> None:
    """A quick run of every benchmark gives one JSON object a figure, each above zero, and nothing else."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "benchmarks", "--quick", "--json"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await asyncio.wait_for(process.communicate(), 110)
    assert process.returncode == 0, errors.decode()
    figures = [json.loads(line) for line in output.decode().splitlines()]
    assert list(dict.fromkeys(figure["bench"] for figure in figures)) == list(BENCHES)
    assert all(figure["value"] > 0 for figure in figures)
    is_on_a_page = any("on the page in Chromium" in figure["what"] for figure in figures)
    assert is_on_a_page is (b"the page in a browser is left out" not in errors), errors.decode()


def test_a_benchmark_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    """The answer lists those that are."""
    with pytest.raises(SystemExit):
        main(["teapots"])
    assert "choose from packets, outbox, store, history, formats, viewers" in capsys.readouterr().err


def test_the_documentation_has_every_figure() -> None:
    """docs/benchmarks.md speaks of every benchmark by its name."""
    text = (ROOT / "docs" / "benchmarks.md").read_text()
    assert all(f"| {name} |" in text for name in BENCHES)
