"""The Markdown export."""

import re
from pathlib import Path

from callscribe.transcript.formats.markdown import render
from tests.callscribe.transcript.formats.samples import awkward, empty, real, words_of


def test_what_was_said_stays_text() -> None:
    """Nothing in a name or a text becomes a tag, a link or emphasis."""
    blocks = render(awkward()).rstrip("\n").split("\n\n")
    assert blocks[0] == r"# Call call-\<1\>"
    assert blocks[1].startswith("**Verdict** partial. Words may be missing")
    assert blocks[2].startswith("- Gap: 2026-05-04 12:00:40 to 12:00:44 UTC (4 s), stream interrupted")
    assert blocks[3] == r"**Alice \<script\> \& Söhne** (0:00:01): Hello \<b\>Bob\</b\> \& co, \*really\*?"
    assert blocks[4] == r'**+1 202 555 0101** (0:00:03): =1+1, "quoted" --\> \[x\](y) # 5\_000'
    assert blocks[5].endswith(" (0:00:06, de-DE): Guten Tag.")


def test_an_empty_call_has_a_heading_and_a_verdict() -> None:
    """And nothing else."""
    assert render(empty()).count("\n\n") == 1


def test_a_real_call_keeps_its_words(real_calls: Path) -> None:
    """Same words in the same order, once the escapes are undone."""
    transcript, said = real(real_calls / "earnings21-4367318.jsonl")
    texts = re.findall(r"^\*\*Speaker \d+\*\* \(\d+:\d\d:\d\d\): (.+)$", render(transcript), re.MULTILINE)
    plain = [re.sub(r"\\([\\`*_\[\]<>&|~$])", r"\1", text) for text in texts]
    assert words_of(plain) == words_of([one.text for one in said])
