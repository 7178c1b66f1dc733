"""The states of problems, and of their resources, as people see them: by icon, word and colour."""

from __future__ import annotations

from django.utils.safestring import SafeString

from dashboard.scim.problems.sums import UNNAMED
from dashboard.ui import cells
from logsync.scim.states import State

BADGES: dict[str, tuple[str, str, str]] = {
    State.REGRESSED: ("Regressed", "repeat", "warn"),
    State.OPEN: ("Open", "circle-dot", "bad"),
    State.PERHAPS_HEALED: ("Healed?", "circle-check", ""),
    State.HEALED: ("Healed", "circle-check", "good"),
    State.MOVED: ("Moved", "arrow-right", ""),
    State.DELETED: ("Deleted", "square-rounded-x", ""),
    UNNAMED: ("Unnamed", "circle-dashed", ""),
}


def problem_badge(state: str) -> SafeString:
    """The state of a problem."""
    return cells.badge(*BADGES.get(state, (state, "circle-dashed", "")))


def resource_badge(state: str) -> SafeString:
    """The state of one resource of a problem."""
    return cells.badge("Still failing", "circle-dot", "bad") if state == State.OPEN else problem_badge(state)
