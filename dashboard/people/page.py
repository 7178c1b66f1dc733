"""Everything that one person's page shows, each part read once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from dashboard.lists.event import event_named
from dashboard.lists.events.logins import LoginDetail, login_detail
from dashboard.lists.events.updates import UpdateDetail, update_detail
from dashboard.lists.paging import count_up_to_cap, count_words
from dashboard.lists.views import controls
from dashboard.page.coverage_line import CoverageLine, line_for
from dashboard.page.links import can_filter_by
from dashboard.page.markdown import code
from dashboard.page.viewer import Viewer
from dashboard.people.filters import DEFAULT_RANGE, LOGS, PersonFilter, read_range
from dashboard.people.gaps import holes_of
from dashboard.people.ticket import ticket_text
from dashboard.people.timeline import Timeline, count_updates, login_rows, read_timeline, update_rows
from dashboard.people.verdict_card import Card
from logsync.insight.identity.login_groups import LoginGroup, count_by, group_logins
from logsync.insight.identity.person import Person, person_named
from logsync.insight.identity.scim_profile import scim_profile
from logsync.insight.update_descriptions import describe_all_briefly
from logsync.insight.verdict.facts import App, Facts
from logsync.insight.verdict.loading import RequestedRange, facts_of
from logsync.insight.verdict.rules import judge
from logsync.insight.verdict.statement import Verdict
from logsync.models import AccessRequest, IdentityProvider, Log, ScimUpdate, Stream

MOST_APPS = 8
MOST_VALUES = 3


@dataclass(frozen=True, slots=True)
class Habit:
    """The values of a field that most of a person's login `rows` have; `more` counts the values left out."""

    values: list[tuple[str, int]]
    rows: int
    more: int

    @classmethod
    def of(cls, counts: Counter[str]) -> Habit:
        values = [(value, rows) for value, rows in counts.most_common() if value]
        return cls(values[:MOST_VALUES], counts.total(), max(len(values) - MOST_VALUES, 0))


class PersonPage:
    """One request for one person."""

    def __init__(self, request: HttpRequest, email: str) -> None:
        range = read_range(request, DEFAULT_RANGE)
        self.request = request
        self.viewer = Viewer.of(request)
        self.filterset = PersonFilter(request.GET, request=request, range=range, queryset=AccessRequest.objects.all())
        self.problems = self.filterset.problems
        self.person: Person = person_named(email, self.filterset.accounts)
        self.here = reverse("people:person", args=[self.person.email])

    @property
    def requested(self) -> RequestedRange:
        range = self.filterset.range
        words = f"the {range.words}" if range.name and range.name != "all" else range.words if range.name else ""
        return RequestedRange(range.span, range.now, words)

    @cached_property
    def login_groups(self) -> list[LoginGroup]:
        return group_logins(self.person, self.filterset.range.span)

    @cached_property
    def facts(self) -> Facts:
        return facts_of(self.person, self.requested, self.login_groups)

    @cached_property
    def verdict(self) -> Verdict:
        return judge(self.facts)

    @cached_property
    def streams(self) -> list[Stream]:
        """The streams of both logs in the accounts that the page is about."""
        return list(Stream.objects.filter(account__in=self.person.accounts).expected().with_ranges())

    @cached_property
    def line(self) -> CoverageLine:
        return line_for(self.streams, self.filterset.range, self.viewer)

    @cached_property
    def ticket(self) -> str:
        href = self.request.build_absolute_uri(self.here) + self.filterset.query_string.replacing()
        utc = line_for(self.streams, self.filterset.range, Viewer())
        # Where nothing is known, the line ends in what Cloudflare said of an error.
        covered = code(utc.sentence) if utc.kind == "unknown" else utc.sentence
        return ticket_text(self.facts, self.verdict, self.viewer, covered, href.removesuffix("?"))

    def context(self) -> dict[str, Any]:
        """What the template shows."""
        context = {"filterset": self.filterset, "problems": self.problems, "person": self.person, "here": self.here}
        context |= controls(self.filterset)
        if self.problems:
            return context
        return context | self._verdict_context() | self._timeline_context() | self._side_context()

    def _verdict_context(self) -> dict[str, Any]:
        card = Card(self.viewer, self.filterset.range.now, self.filterset.query_string, self.here)
        verdict, off = self.verdict, self.facts.deactivation
        return {
            "headline": card.show(verdict.headline or verdict.coverage[0]),
            "coverage": [card.show(statement) for statement in verdict.coverage] if verdict.headline else [],
            "notes": [card.show(statement) for statement in verdict.notes],
            "limits": [card.html(statement.sentence) for statement in verdict.limits],
            "next_steps": [card.html(statement.sentence) for statement in verdict.next_steps],
            "out": [(app, card.moment(app.denied_at)) for app in verdict.out if app.denied_at],
            "deactivated_at": card.moment(off.update.at) if off and verdict.headline else "",
            "locked_out_of": self.facts.out if verdict.headline else (),
            "line": self.line,
            "ticket": self.ticket,
            "ticket_href": reverse("people:ticket", args=[self.person.email]) + self.filterset.query_string.replacing(),
        }

    def _timeline_context(self) -> dict[str, Any]:
        logins, updates = login_rows(self.person, self.filterset), update_rows(self.person, self.filterset)
        counts = {"logins": count_up_to_cap(logins), "scim": count_updates(updates)}
        only = self.filterset.log_name
        timeline = self._read_timeline(logins.none() if only == "scim" else logins, [] if only == "logins" else updates)
        providers = {(idp.account_id, idp.idp_id): str(idp) for idp in IdentityProvider.objects.all()}
        address = self.filterset.query_string
        return {
            "timeline": timeline,
            "told": describe_all_briefly(timeline.updates),
            "providers": {row.pk: providers.get((row.account_id, row.idp_id), row.idp_id) for row in timeline.updates},
            "logs": self._logs(counts),
            "older_href": f"{address.replacing(after=timeline.older)}#timeline" if timeline.older else "",
            "newest_href": f"{address.replacing()}#timeline" if not timeline.is_first else "",
            "open": self._open(),
            "several_addresses": len(self.person.addresses) > 1,
        }

    def _read_timeline(self, logins: Any, updates: Any) -> Timeline:
        wanted = {"logins": [Log.ACCESS_REQUESTS], "scim": [Log.SCIM_UPDATES]}.get(self.filterset.log_name, list(Log))
        if self.filterset.is_about_logins:
            wanted = [Log.ACCESS_REQUESTS]
        holes = holes_of([stream for stream in self.streams if stream.log in wanted], self.filterset.range)
        return read_timeline(logins, updates, holes, self.viewer, self.request.GET.get("after", ""))

    def _logs(self, counts: dict[str, int]) -> list[tuple[str, str, str, bool]]:
        """For both logs and each alone: the word, how many rows, the address, and whether that is what is shown."""
        rows = {**counts, "": sum(counts.values())}
        only, address = self.filterset.log_name, self.filterset.query_string
        return [
            (word, count_words(rows[name]), address.replacing(log=name or None), name == only) for name, word in LOGS
        ]

    def _open(self) -> LoginDetail | UpdateDetail | None:
        key = self.request.GET.get("open", "")
        if login := event_named(AccessRequest, key):
            return login_detail(login)
        if update := event_named(ScimUpdate, key):
            return update_detail(update)
        return None

    def _side_context(self) -> dict[str, Any]:
        return {
            "says": scim_profile(self.person),
            "ids": self.person.ids(),
            "connections": Habit.of(count_by(self.login_groups, "connection")),
            "countries": Habit.of(count_by(self.login_groups, "country")),
            "first_login_at": min((group.first for group in self.login_groups), default=None),
            "known_since": self.facts.first if any(known.first for known in self.facts.logins) else None,
            "facts": self.facts,
            "last_denied_at": max((app for app in self.facts.apps if app.denied_at), key=_denied_at, default=None),
            "apps": [(app, self._logins_at(app)) for app in self.facts.apps[:MOST_APPS]],
            "more_apps": max(len(self.facts.apps) - MOST_APPS, 0),
            "others": [
                (one, shared, reverse("people:person", args=[one])) for one, shared in self.person.shared.items()
            ],
        }

    def _logins_at(self, app: App) -> str:
        """The address of the logins at one app; blank where no address can ask for it."""
        if not can_filter_by(app.app_uid):
            return ""
        return self.filterset.query_string.replacing(app_uid=app.app_uid, log="logins")


def _denied_at(app: App) -> Any:
    return app.denied_at
