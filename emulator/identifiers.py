"""Identifiers of participants as REST bodies carry them, to raw ids and back (protocol reference 1.6 and 4.2). Pure."""

from typing import Any

from callscribe.acs.identifiers import IdentifierKind, kind_of

_MEMBERS = (
    ("phoneNumber", "value", "4:"),
    ("communicationUser", "id", ""),
    ("microsoftTeamsUser", "userId", "8:orgid:"),
    ("microsoftTeamsApp", "appId", "28:orgid:"),
)


def raw_id_of(model: Any) -> str | None:
    """The raw id that an identifier object names, from `rawId` or from its typed member; `None` if it names nobody."""
    if not isinstance(model, dict):
        return None
    if isinstance(raw := model.get("rawId"), str) and raw:
        return raw
    for member, key, prefix in _MEMBERS:
        if value := _member(model, member, key):
            visitor = member == "microsoftTeamsUser" and bool(model[member].get("isAnonymous"))
            return f"8:teamsvisitor:{value}" if visitor else prefix + value
    return None


def model_of(raw_id: str) -> dict[str, Any]:
    """The identifier object of a raw id, with its kind and typed member."""
    tail = raw_id.rsplit(":", 1)[-1]
    kind = kind_of(raw_id)
    if kind is IdentifierKind.PHONE_NUMBER:
        return {"rawId": raw_id, "kind": "phoneNumber", "phoneNumber": {"value": tail}}
    if kind is IdentifierKind.ACS_USER:
        return {"rawId": raw_id, "kind": "communicationUser", "communicationUser": {"id": raw_id}}
    if kind is IdentifierKind.TEAMS_USER:
        visitor = raw_id.startswith("8:teamsvisitor:")
        member = {"userId": tail, "isAnonymous": visitor, "cloud": "public"}
        return {"rawId": raw_id, "kind": "microsoftTeamsUser", "microsoftTeamsUser": member}
    if kind is IdentifierKind.TEAMS_APP:
        return {
            "rawId": raw_id,
            "kind": "microsoftTeamsApp",
            "microsoftTeamsApp": {"appId": tail, "cloud": "public"},
        }
    return {"rawId": raw_id, "kind": "unknown"}


def participant_of(raw_id: str) -> dict[str, Any]:
    """A participant of a call, as lists and ParticipantsUpdated show it."""
    return {"identifier": model_of(raw_id), "isMuted": False, "isOnHold": False}


def same_target(name: str) -> str:
    """One spelling for a plan's target: a bare telephone number becomes its raw id, anything else stays."""
    return f"4:{name}" if name.startswith("+") else name


def _member(model: dict[str, Any], name: str, key: str) -> str | None:
    member = model.get(name)
    value = member.get(key) if isinstance(member, dict) else None
    return value if isinstance(value, str) and value else None
