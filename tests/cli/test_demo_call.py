"""What the demo dials."""

import pytest

from callscribe.contracts.call import CreateCall, StartMode
from cli.demo_call import demo_request
from cli.errors import CliError
from emulator.scripts import SHIPPED, load_script, silence


def test_the_demo_dials_everybody_in_the_scripts_header() -> None:
    """With transcription off at first, as in the how-to."""
    request = demo_request(load_script(SHIPPED / "two-languages.jsonl"))
    assert isinstance(request.origin, CreateCall)
    assert [target.raw_id for target in request.origin.targets] == list(request.participants)
    assert request.transcription.start is StartMode.ON_REQUEST


def test_a_script_of_nobody_cannot_be_called() -> None:
    """The reason names the header."""
    with pytest.raises(CliError, match="names no participant"):
        demo_request(silence())
