"""The one base of every model that is stored or sent: frozen, keyword-only, tolerant of fields it does not know yet."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """An immutable value. Unknown fields are ignored, so that an older process can read what a newer one wrote."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Strict(BaseModel):
    """An immutable value that a person writes by hand: an unknown field is a typing error and is refused by name."""

    model_config = ConfigDict(frozen=True, extra="forbid")
