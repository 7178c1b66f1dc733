"""How the pages say what an entry holds."""

from __future__ import annotations

from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard.audit_log.actions import Action
from dashboard.audit_log.commands import ON_SERVER
from dashboard.audit_log.models import AuditEntry
from dashboard.page import cells

# More of the details is shown only where the entry is opened.
SHORT = 120
_ICONS = {
    Action.SIGN_IN_FAILED: ("lock", "warn"),
    Action.REFUSED: ("ban", "warn"),
    Action.REVEALED: ("alert-triangle", "warn"),
    Action.PERSON_ERASED: ("alert-triangle", "warn"),
    Action.EXPORTED: ("download", ""),
    Action.PERSON_EXPORTED: ("download", ""),
    Action.PERSON_VIEWED: ("user-search", ""),
    Action.PERSON_SEARCHED: ("search", ""),
    Action.SYNC_STARTED: ("refresh", ""),
    Action.SIGNED_IN: ("login-2", ""),
    Action.ROLES_CHANGED: ("users", ""),
    Action.AUDIT_FORGOTTEN: ("archive", ""),
}


def action_badge(entry: AuditEntry) -> SafeString:
    """What was done, with an icon; only what may need a look has a colour."""
    icon, kind = _ICONS.get(Action(entry.action), ("circle-dot", "")) if entry.action in Action else ("circle-dot", "")
    return cells.badge(entry.action_words, icon, kind)


def name_of_user(entry: AuditEntry) -> SafeString:
    """Who did it: a user, an account of the server's operating system, or Gatehouse itself."""
    if not entry.username:
        return format_html('<span class="dim">{}</span>', "Gatehouse" if not entry.ip_address else "Not signed in")
    if entry.username.startswith(ON_SERVER) and not entry.ip_address:
        name = entry.username.removeprefix(ON_SERVER)
        return format_html('<bdi>{}</bdi> <span class="dim">{}</span>', name, "on the server")
    return cells.address(entry.username)


def details_in_short(details: dict[str, Any]) -> str:
    """The details on one line, cut where that gets long."""
    words = "; ".join(f"{name_of(name)}: {_one_line(value)}" for name, value in details.items())
    return words if len(words) <= SHORT else f"{words[:SHORT]}…"


def details_in_full(details: dict[str, Any]) -> list[tuple[str, str]]:
    """Each detail with its name."""
    return [(name_of(name), _one_line(value)) for name, value in details.items()]


def name_of(name: str) -> str:
    """The name of a detail in words: "read_again" is "Read again"."""
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def _one_line(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_one_line, value)) or "none"
    if isinstance(value, dict):
        return "; ".join(f"{name_of(name)}: {_one_line(item)}" for name, item in value.items()) or "none"
    return " ".join(str(value).split()) if value not in (None, "") else "none"
