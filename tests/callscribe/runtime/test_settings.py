"""The configuration of every process."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from callscribe.runtime.settings import Settings, SettingsError, load_settings


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable and no `.env` file of the machine that runs the tests."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"CALLSCRIBE_{name.upper()}", raising=False)


def test_defaults_are_enough() -> None:
    """Nothing set: everything is on loopback, and the files are in the home folder."""
    settings = load_settings()
    assert settings.acs_connection_string is None
    assert settings.outbox_path == Path(".callscribe/outbox.sqlite")
    assert settings.transcript_store_url == "sqlite+aiosqlite:///.callscribe/transcripts.sqlite"


def test_environment_before_env_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`.env` is read, the environment wins, and what is not ours is ignored."""
    (tmp_path / ".env").write_text("CALLSCRIBE_HTTP_PORT=9000\nCALLSCRIBE_WEBSOCKET_PORT=9001\nOTHER=1\n")
    monkeypatch.setenv("CALLSCRIBE_HTTP_PORT", "9100")
    monkeypatch.setenv("CALLSCRIBE_ANSWER_LOCALE", "DE-de")
    settings = load_settings()
    assert (settings.http_port, settings.websocket_port, settings.answer_locale) == (9100, 9001, "de-DE")


def test_an_empty_variable_is_an_unset_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """As compose files write them: an empty secret must not become the secret of every link."""
    monkeypatch.setenv("CALLSCRIBE_LINK_SECRET", "")
    monkeypatch.setenv("CALLSCRIBE_ACS_CONNECTION_STRING", "")
    settings = load_settings()
    assert settings.link_secret is None
    assert settings.acs_connection_string is None
    assert len(settings.secret()) == 64


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("HTTP_PORT", "many", "CALLSCRIBE_HTTP_PORT: "),
        ("HTTP_PORT", "70000", "CALLSCRIBE_HTTP_PORT: "),
        ("LOG_LEVEL", "loud", "CALLSCRIBE_LOG_LEVEL: "),
        ("PUBLIC_HTTP_URL", "ftp://x", "CALLSCRIBE_PUBLIC_HTTP_URL must start with http"),
        ("PUBLIC_WEBSOCKET_URL", "https://x", "CALLSCRIBE_PUBLIC_WEBSOCKET_URL must start with ws"),
        ("ANSWER_LOCALE", "en", "CALLSCRIBE_ANSWER_LOCALE: "),
    ],
)
def test_wrong_values_are_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str) -> None:
    """One line with the variable and the reason."""
    monkeypatch.setenv(f"CALLSCRIBE_{name}", value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert str(caught.value).startswith(says)
    assert "\n" not in str(caught.value)


def test_the_link_secret_is_made_once(tmp_path: Path) -> None:
    """Kept in the home folder for its owner alone; everyone who starts at the same time reads the same one."""
    homes = [Settings(home=tmp_path / "home") for _ in range(16)]
    with ThreadPoolExecutor(16) as pool:
        secrets = set(pool.map(Settings.secret, homes))
    assert len(secrets) == 1
    kept = tmp_path / "home" / "link-secret"
    assert [path.name for path in kept.parent.iterdir()] == ["link-secret"]
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_secret_that_cannot_be_kept(tmp_path: Path) -> None:
    """A file in the folder's place, an empty file, bytes that are no text: what to set instead is said."""
    (tmp_path / "file").write_text("")
    empty, odd = tmp_path / "empty", tmp_path / "odd"
    for folder, content in ((empty, b"\n"), (odd, b"\xff\xfe")):
        folder.mkdir()
        (folder / "link-secret").write_bytes(content)
    for home in (tmp_path / "file", empty, odd):
        with pytest.raises(SettingsError, match="CALLSCRIBE_LINK_SECRET"):
            Settings(home=home).secret()


def test_no_secret_is_printed() -> None:
    """Neither key, nor link secret, nor the database's password shows in a repr."""
    settings = Settings.model_validate(
        {
            "acs_connection_string": "endpoint=https://x;accesskey=hunter2",
            "link_secret": "hunter2",
            "store_url": "postgresql://u:hunter2@h/d",
        }
    )
    assert "hunter2" not in repr(settings)
    assert settings.transcript_store_url == "postgresql://u:hunter2@h/d"
    assert settings.secret() == "hunter2"


def test_every_setting_is_described() -> None:
    """The generated documentation is made of these."""
    assert all(field.description for field in Settings.model_fields.values())


def test_webhooks_are_read_where_they_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake in them stops whoever needs them, with the variable's name, and nobody else."""
    assert load_settings().hooks() == ()
    secret = "whsec_aHVudGVyMmh1bnRlcjJodW50ZXIyaHVudGVyMmh1bnRlcjI="
    monkeypatch.setenv("CALLSCRIBE_WEBHOOKS", f'[{{"name": "crm", "url": "https://x", "secret": "{secret}"}}]')
    settings = load_settings()
    assert [hook.name for hook in settings.hooks()] == ["crm"]
    assert secret not in repr(settings)
    monkeypatch.setenv("CALLSCRIBE_WEBHOOKS", f'[{{"name": "crm", "url": "x", "secret": "{secret}"}}]')
    with pytest.raises(SettingsError, match=r"^CALLSCRIBE_WEBHOOKS webhook 'crm': 'url' is no address.*\.$"):
        load_settings().hooks()
