"""Filters of SCIM problems: by time, state and kind of request."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.db.models import Q

from dashboard.lists.filters import ANY, ChoicesFilter, EventFilterSet, TextFilter, ValuesFilter
from dashboard.scim.filters import METHODS, RESOURCE_TYPES, provider_options
from dashboard.scim.problems.state_moment import StateMoment, moment_of
from logsync.insight.problem_queries import HEALED, UNNAMED, failed_or_open, with_state
from logsync.models import ScimProblem
from logsync.scim.fingerprint import template_of
from logsync.scim.history.problem_lifecycle import State

IGNORED = "ignored"
STATES = [
    ("open", "Open"),
    ("regressed", "Regressed"),
    ("healed", "Healed"),
    ("moved", "Moved"),
    ("deleted", "Deleted"),
    (UNNAMED, "Unnamed"),
    (IGNORED, "Ignored"),
    (ANY, "any"),
]
# What each state means. "ignored" includes problems of any state.
CONDITIONS = {state: Q(state=state, is_ignored=False) for state in (*State, UNNAMED)} | {
    "healed": Q(state__in=HEALED, is_ignored=False),
    IGNORED: Q(is_ignored=True),
}


class ErrorFilter(TextFilter):
    """Problems whose template contains the text or is made from it, so any error text finds its problem."""

    def condition(self, values: list[str]) -> Q:
        templates = Q(template__in=[template_of(value) for value in values]) if values else Q()
        return super().condition(values) | templates


class ProblemFilter(EventFilterSet):
    """SCIM problems: by default those that failed in the last 24 hours or are open now, and are not ignored."""

    has_box = True
    example = "provider:Okta method:PATCH"
    default = ("state", "State", "not ignored")

    state = ChoicesFilter(label="State", choices=[("", "not ignored (default)"), *STATES], conditions=CONDITIONS)
    error_description = ErrorFilter(label="Error", field_name="template")
    idp_id = ValuesFilter(label="Provider", options=lambda: provider_options())
    request_method = ValuesFilter(label="Method", options=lambda: METHODS, upper=True)
    resource_type = ValuesFilter(label="Type", options=lambda: RESOURCE_TYPES, upper=True)

    class Meta:
        model = ScimProblem
        fields: list[str] = []

    @cached_property
    def moment(self) -> StateMoment:
        """As of when states are told."""
        return moment_of(self.range.until, self.range.now)

    def rows_without(self, *names: str) -> Any:
        rows = failed_or_open(self.rows_outside_range(*names), self.range.span, self.moment.past)
        return rows.filter(is_ignored=False) if self.is_default_in_force and "state" not in names else rows

    def rows_outside_range(self, *names: str) -> Any:
        rows = with_state(self.queryset, self.moment.past)
        for name in self.form.cleaned_data:
            if name not in names:
                rows = self.narrowed(rows, name)
        return rows
