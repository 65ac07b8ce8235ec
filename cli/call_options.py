"""The options that every way of making a call shares, declared once."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Annotated, Any, get_type_hints

import typer

from callscribe.contracts.call import CallRequest, Origin, StartMode, TranscriptionSettings
from cli.completion import locales
from cli.options import ContextOption, JsonOption
from cli.targets import parse_names


class Start(StrEnum):
    """When transcription begins, as written on the command line."""

    WITH_CALL = "with-call"
    WHEN_CONNECTED = "when-connected"
    ON_REQUEST = "on-request"


@dataclass(frozen=True, kw_only=True)
class CallOptions:
    """How a call is transcribed, and what the command does about it."""

    locale: Annotated[
        str,
        typer.Option("--locale", metavar="LOCALE", autocompletion=locales, help="Language and region that is spoken."),
    ] = "en-US"
    start: Annotated[
        Start,
        typer.Option(
            "--start",
            help="When transcription begins: as the call connects, after it has connected, or when you say "
            "`callscribe start`.",
        ),
    ] = Start.WHEN_CONNECTED
    intermediate: Annotated[
        bool, typer.Option("--intermediate", help="Show words before they are final (live captions only).")
    ] = False
    speech_model: Annotated[
        str | None, typer.Option("--speech-model", metavar="ID", help="Endpoint id of a custom speech model.")
    ] = None
    context: ContextOption = None
    key: Annotated[
        str | None,
        typer.Option(
            "--key",
            metavar="KEY",
            help="Your own key for the call: sent twice, it makes one call. Unset: a fresh UUID.",
        ),
    ] = None
    name: Annotated[
        list[str] | None,
        typer.Option("--name", metavar="RAWID=NAME", help="A participant's name, as transcripts show it. Repeatable."),
    ] = None
    words_in_details: Annotated[
        bool,
        typer.Option(
            "--words-in-details",
            help="Show the newest words in Temporal's web UI, to whoever may look at the namespace.",
        ),
    ] = False
    watch: Annotated[bool, typer.Option("--watch", help="Show live captions until the call ends.")] = False
    wait: Annotated[bool, typer.Option("--wait", help="Wait for the call's end; the exit code tells its verdict.")] = (
        False
    )
    as_json: JsonOption = False

    def request(self, origin: Origin) -> CallRequest:
        """The workflow's input for a call that comes to be like this. Raises `CliError` or pydantic's `ValidationError`."""
        return CallRequest(
            origin=origin,
            transcription=TranscriptionSettings(
                locale=self.locale,
                start=StartMode(self.start.replace("-", "_")),
                intermediate_results=self.intermediate,
                speech_model_id=self.speech_model,
                operation_context=self.context,
            ),
            participants=parse_names(self.name or ()),
            words_in_details=self.words_in_details,
        )


def takes_call_options(command: Callable[..., None]) -> Callable[..., None]:
    """A command whose first parameter is filled from the options of `CallOptions`, which follow its own."""
    hints = get_type_hints(CallOptions, include_extras=True)
    shared = [
        inspect.Parameter(each.name, inspect.Parameter.KEYWORD_ONLY, default=each.default, annotation=hints[each.name])
        for each in fields(CallOptions)
    ]
    own = list(inspect.signature(command).parameters.values())[1:]

    @functools.wraps(command)
    def merged(**given: Any) -> None:
        options = CallOptions(**{each.name: given.pop(each.name) for each in shared})
        command(options, **given)

    parameters = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own] + shared
    merged.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # read by inspect, and so by typer
    merged.__annotations__ = {each.name: each.annotation for each in parameters}
    return merged
