"""Live captions of a running call."""

from tests.cli.dev_stack import Tell


def test_watch_shows_captions_until_the_call_ends(tell: Tell) -> None:
    """In a pipe: one plain line a final, then the verdict; the far end hangs up by itself."""
    code, stdout, stderr = tell("call", "+12025550100", "--intermediate", "--watch")
    assert (code, stderr) == (0, "")
    lines = stdout.splitlines()
    assert any("Thank you for calling Brightwell Luggage" in line for line in lines)
    assert sum("Brightwell" in line for line in lines) == 1
    assert lines[-1].startswith("complete: ")
