"""What live captions carry."""

from callscribe.contracts.captions import Caption
from tests.callscribe.transcript.making import ALICE, segment


def test_the_caption_of_a_final() -> None:
    """All that a reader needs to show it, and to know it again."""
    said = segment(3, 1.5, "Hello.", locale="en-US")
    assert Caption.of_final(said) == Caption(
        kind="final",
        stream="s1",
        participant=ALICE,
        text="Hello.",
        locale="en-US",
        offset=15_000_000,
        duration=said.duration,
        position=3,
        identity=said.identity,
        subscription="sub-1",
        at=said.received_at,
    )
