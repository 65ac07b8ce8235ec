"""The Markdown export."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from markdown_it import MarkdownIt

from callscribe.transcript.excerpt import excerpt
from callscribe.transcript.formats import FORMATS
from callscribe.transcript.formats.markdown import escaped
from callscribe.transcript.formats.reading import turns
from callscribe.transcript.model import Transcript
from tests.callscribe.transcript.formats.samples import awkward, conversations, empty, real, seen, words_of

render = FORMATS["md"].render


def test_what_was_said_stays_text() -> None:
    """Nothing in a name or a text becomes a tag, a link or emphasis."""
    blocks = render(awkward()).rstrip("\n").split("\n\n")
    assert blocks[0] == r"# Call call-\<1\>"
    assert blocks[1].startswith("**Verdict:** partial. Words may be missing")
    assert blocks[2].startswith("- Gap: 2026-05-04 12:00:40 to 12:00:44 UTC (4 s), stream interrupted")
    assert "\n- Date: 2026-05-04 11:59:59 UTC\n- Duration: 1 min 11 s\n" in blocks[2]
    assert blocks[3] == r"**Alice \<script\> \& Söhne** (0:00:01): Hello \<b\>Bob\</b\> \& co, \*really\*?"
    assert blocks[4] == r'**+1 202 555 0101** (0:00:03): =1+1, "quoted" --\> \[x\](y) \# 5\_000'
    assert blocks[5].endswith(" (0:00:06, de-DE): Guten Tag.")
    assert blocks[6] == r"*\[0:00:40: gap 4 s: stream interrupted: 1006 --\> lost\]*"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("See https://example.com/a, or www.example.com.", "See https://example.com/a, or www.example.com."),
        ("https://example.com/a_b c", r"https\://example.com/a\_b c"),
        ("(www.example.com/~ann)", r"(www\.example.com/\~ann)"),
    ],
)
def test_an_address_is_not_misread(text: str, written: str) -> None:
    """GitHub makes links of what is written, escapes included: of what has some it must not make any."""
    assert escaped(text) == written


@settings(deadline=None)
@given(conversations())
def test_a_markdown_reader_sees_what_was_said(transcript: Transcript) -> None:
    """CommonMark with GitHub's tables and strikethrough: one heading, the lists of the head, then plain paragraphs."""
    tokens = MarkdownIt("gfm-like", {"linkify": False, "html": True}).parse(render(transcript))
    assert [one.markup for one in tokens if one.type == "heading_open"] == ["#"]
    kinds = {child.type for one in tokens if one.type == "inline" for child in one.children or []}
    assert kinds <= {"text", "strong_open", "strong_close", "em_open", "em_close", "softbreak", "text_special"}
    assert not {one.type for one in tokens} & {
        "html_block",
        "fence",
        "code_block",
        "table_open",
        "blockquote_open",
        "hr",
    }
    inline = [one for one in tokens if one.type == "inline" and one.level == 1]
    texts = [
        "".join(child.content for child in one.children or [])
        for one in inline
        if "em_open" not in {child.type for child in one.children or []}
    ]
    assert texts[0].split() == ["Call", *seen(transcript.key)]
    turns_shown = [f"{turn.name} ({turn.clock}): {turn.text}" for turn in turns(excerpt(transcript))]
    assert [" ".join(text.split()) for text in texts[2:]] == turns_shown


def test_an_empty_call_has_a_heading_and_a_verdict() -> None:
    """And nothing else."""
    assert render(empty()).count("\n\n") == 2


def test_a_real_call_keeps_its_words(real_calls: Path) -> None:
    """Same words in the same order, once the escapes are undone."""
    transcript, said = real(real_calls / "earnings21-4367318.jsonl")
    texts = re.findall(r"^\*\*Speaker \d+\*\* \(\d+:\d\d:\d\d\): (.+)$", render(transcript), re.MULTILINE)
    plain = [re.sub(r"\\([\\`*_\[\]<>&|~$#])", r"\1", text) for text in texts]
    assert words_of(plain) == words_of([one.text for one in said])
