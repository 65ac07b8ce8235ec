"""A way round the SDK's loss of the custom speech model: its models do not know the name that its methods hand them.

`azure-communication-callautomation` 1.6.0 drops `speech_recognition_model_endpoint_id` in options, start and update
(protocol reference 5.2, rows 1 to 1b). On the wire the key is `speechModelEndpointId`.
"""

from typing import Any

from azure.communication.callautomation import TranscriptionOptions


class ModelledTranscriptionOptions(TranscriptionOptions):
    """Transcription options whose custom speech model reaches the wire."""

    def _to_generated(self) -> Any:
        model, self.speech_recognition_model_endpoint_id = self.speech_recognition_model_endpoint_id, None
        try:
            generated = super()._to_generated()  # type: ignore[no-untyped-call]  # the SDK does not type it
        finally:
            self.speech_recognition_model_endpoint_id = model
        generated.speech_model_endpoint_id = model
        return generated


def model_keyword(speech_model_id: str | None) -> dict[str, Any]:
    """The extra keyword by which start and update carry a custom speech model; nothing where there is none."""
    return {"speech_model_endpoint_id": speech_model_id} if speech_model_id else {}
