"""The way round the SDK's loss of the custom speech model."""

from activities.speech_model import ModelledTranscriptionOptions, model_keyword


def test_options_keep_their_model() -> None:
    """The model is in what the SDK will send, and still in the options afterwards: they can be used again."""
    options = ModelledTranscriptionOptions(
        transport_url="wss://x",
        transport_type="websocket",
        locale="en-US",
        start_transcription=False,
        speech_recognition_model_endpoint_id="model",
    )
    for _ in range(2):
        assert options._to_generated().speech_model_endpoint_id == "model"
        assert options.speech_recognition_model_endpoint_id == "model"


def test_the_keyword() -> None:
    """Given only where there is a model: None would be sent as an unknown member."""
    assert model_keyword("model") == {"speech_model_endpoint_id": "model"}
    assert model_keyword(None) == {}
