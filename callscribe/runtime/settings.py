"""The configuration of every Callscribe process: `CALLSCRIBE_*` in the environment or in a `.env` file.

The connection to Temporal is not here: it is `TEMPORAL_*`, read by `callscribe.runtime.temporal`, so that Temporal's
own command line tool and Callscribe share one configuration.
"""

import contextlib
import os
import secrets
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from callscribe.acs.locales import check_locale
from callscribe.runtime.webhooks import Hook, HooksError, read_hooks

Port = Annotated[int, Field(ge=1, le=65535)]


class SettingsError(Exception):
    """The configuration cannot be used; the message says which variable to change and how."""


class Settings(BaseSettings):
    """All settings, each with a default that makes `callscribe dev` work without any. An empty variable counts as unset."""

    model_config = SettingsConfigDict(
        env_prefix="CALLSCRIBE_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    home: Path = Field(
        default=Path(".callscribe"),
        description="Folder for everything kept on this machine: the outbox, the SQLite store, the link secret.",
    )
    acs_connection_string: SecretStr | None = Field(
        default=None,
        description="Connection string of the ACS resource, or of the emulator: `endpoint=https://…;accesskey=…`. Without one, no call can be placed.",
    )
    cognitive_services_endpoint: str | None = Field(
        default=None,
        description="Azure AI services endpoint that ACS uses to recognise speech (custom sub-domain). ACS refuses transcription without one.",
    )
    source_caller_id: str | None = Field(
        default=None, description="Phone number (E.164) of the ACS resource that outgoing calls to telephones show."
    )
    public_http_url: str = Field(
        default="http://127.0.0.1:8080",
        description="Where ACS reaches ingest's HTTP port from outside; `https://` for a real resource.",
    )
    public_websocket_url: str = Field(
        default="ws://127.0.0.1:8081",
        description="Where ACS reaches ingest's websocket port from outside; `wss://` for a real resource.",
    )
    http_host: str = Field(default="127.0.0.1", description="Address that ingest's HTTP server listens on.")
    http_port: Port = Field(
        default=8080, description="Port of ingest's HTTP server: events, incoming calls, live captions, health."
    )
    websocket_host: str = Field(default="127.0.0.1", description="Address that ingest's websocket server listens on.")
    websocket_port: Port = Field(default=8081, description="Port of ingest's websocket server.")
    link_secret: SecretStr | None = Field(
        default=None,
        description="Secret that the keys in a call's public addresses are made from; the same for worker, ingest and CLI. Made once and kept in the home folder if unset.",
    )
    store_url: str | None = Field(
        default=None,
        repr=False,  # it may hold a password
        description="SQLAlchemy URL of the transcript store: SQLite in the home folder if unset, `postgresql+asyncpg://…` at scale.",
    )
    answer_locale: Annotated[str, AfterValidator(check_locale)] = Field(
        default="en-US", description="Locale of incoming calls that are answered automatically."
    )
    webhooks: SecretStr | None = Field(
        default=None,
        description='Webhooks that the worker tells of transcripts, as a JSON list: `[{"name": "crm", "url": "https://…", "secret": "whsec_…", "events": ["sealed"]}]` ([webhooks.md](webhooks.md)).',
    )
    temporal_ui_url: str = Field(default="http://127.0.0.1:8233", description="Temporal's web UI, for links.")
    emulator_url: str = Field(
        default="http://127.0.0.1:8090", description="The ACS emulator that `callscribe emulator …` talks to."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least severe level that is logged."
    )
    log_format: Literal["text", "json"] = Field(default="text", description="`json` writes one JSON object a line.")

    @model_validator(mode="after")
    def _urls(self) -> Self:
        for name, url, schemes in (
            ("PUBLIC_HTTP_URL", self.public_http_url, ("http://", "https://")),
            ("PUBLIC_WEBSOCKET_URL", self.public_websocket_url, ("ws://", "wss://")),
        ):
            if not url.startswith(schemes):
                raise ValueError(f"CALLSCRIBE_{name} must start with {' or '.join(schemes)}, not '{url}'")
        return self

    @property
    def outbox_path(self) -> Path:
        """The SQLite file of ingest's outbox."""
        return self.home / "outbox.sqlite"

    @property
    def transcript_store_url(self) -> str:
        """`store_url`, or the SQLite file in the home folder."""
        return self.store_url or f"sqlite+aiosqlite:///{self.home / 'transcripts.sqlite'}"

    def hooks(self) -> tuple[Hook, ...]:
        """The webhooks. Raises `SettingsError`; only the worker and its commands read them, and nobody else stumbles."""
        try:
            return read_hooks(self.webhooks.get_secret_value() if self.webhooks else "")
        except HooksError as error:
            raise SettingsError(f"CALLSCRIBE_WEBHOOKS {error}.") from error

    def secret(self) -> str:
        """The link secret; made and kept in the home folder (readable by its owner only) the first time it is needed.

        Raises `SettingsError` where it can neither be read nor made.
        """
        if self.link_secret is not None:
            return self.link_secret.get_secret_value()
        path = self.home / "link-secret"
        try:
            kept = _kept_secret(path)
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise SettingsError(
                f"The link secret cannot be kept in {path} ({reason}): set CALLSCRIBE_HOME to a folder that can be "
                "written, or CALLSCRIBE_LINK_SECRET."
            ) from error
        if not kept:
            raise SettingsError(f"{path} is empty: delete it, or set CALLSCRIBE_LINK_SECRET.")
        return kept


def load_settings() -> Settings:
    """The settings of this process. Raises `SettingsError` with one line that names the variable and the reason."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        where = "".join(str(part) for part in first["loc"][:1])
        variable = f"CALLSCRIBE_{where.upper()}: " if where else ""
        raise SettingsError(f"{variable}{first['msg'].removeprefix('Value error, ')}") from error


def _kept_secret(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    if not path.exists():
        try:
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_hex(32))
            # A hard link never replaces: of two processes that start together, one secret wins and both read it.
            with contextlib.suppress(FileExistsError):
                os.link(fresh, path)
        finally:
            fresh.unlink(missing_ok=True)
    return path.read_text().strip()
