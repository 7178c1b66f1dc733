"""Who a person is and which apps they use: the two cards beside the timeline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from dashboard.page.links import can_filter_by
from dashboard.page.query_string import QueryString
from logsync.insight.identity.login_groups import LoginGroup, count_by
from logsync.insight.identity.person import Person
from logsync.insight.identity.scim_profile import ScimProfile, scim_profile
from logsync.insight.verdict.facts import App, Facts, Login
from logsync.insight.verdict.sentences import GROUPS_AT_LOGIN
from logsync.words import country_name

MOST_APPS, MOST_OUT = 8, 100
LOST, NEVER, OTHERS = "Locked out", "Never had access", "Other apps"
MOST_VALUES = 3


@dataclass(frozen=True, slots=True)
class Habit:
    """The values that most of a person's login `rows` have, with their rows; `more` counts the values left out."""

    values: list[tuple[str, int]]
    rows: int
    more: int

    @classmethod
    def of(cls, counts: Counter[str]) -> Habit:
        values = [(value, rows) for value, rows in counts.most_common() if value]
        return cls(values[:MOST_VALUES], counts.total(), max(len(values) - MOST_VALUES, 0))


@dataclass(frozen=True, slots=True)
class OtherAddress:
    """Another address of the person, what it shares with this one, and its page."""

    email: str
    shared: str
    href: str


@dataclass(frozen=True, slots=True)
class IdentityCard:
    """What templates/people/identity.html shows.

    `last_denied` is the app of the newest denial. Logins are known since `known_since`; None if none was ever synced.
    `ids` have the name of their field.
    """

    last_allowed: Login | None
    last_denied: App | None
    first_login_at: datetime | None
    known_since: datetime | None
    connections: Habit
    countries: Habit
    others: list[OtherAddress]
    profile: ScimProfile | None
    ids: list[tuple[str, str]]
    # What Cloudflare documents about SCIM groups.
    documented: str = GROUPS_AT_LOGIN


def identity_card(person: Person, facts: Facts, groups: Sequence[LoginGroup]) -> IdentityCard:
    """The card of a person; `groups` are the person's logins."""
    denied = [(app.denied_at, app) for app in facts.apps if app.denied_at]
    names = facts.connection_names
    return IdentityCard(
        last_allowed=facts.newest_allowed,
        last_denied=max(denied, key=lambda one: one[0])[1] if denied else None,
        first_login_at=min((group.first for group in groups if not group.lacks_time), default=None),
        known_since=facts.first if any(known.first for known in facts.logins) else None,
        connections=Habit.of(_named(count_by(groups, "connection"), names.name)),
        countries=Habit.of(_named(count_by(groups, "country"), country_name)),
        others=[
            OtherAddress(email, shared, reverse("people:person", args=[email]))
            for email, shared in person.shared.items()
        ],
        profile=scim_profile(person, facts.now),
        ids=person.ids(),
    )


def _named(counts: Counter[str], name: Callable[[str], str]) -> Counter[str]:
    """The counts under the names of what they count."""
    named: Counter[str] = Counter()
    for value, rows in counts.items():
        named[name(value)] += rows
    return named


@dataclass(frozen=True, slots=True)
class AppsCard:
    """What templates/people/apps.html shows: apps under headings, those that want attention first.

    An app comes with the address of its logins; blank if no address can ask for them. `more` counts the apps that were
    left out, none of which the person is out of unless there are more than MOST_OUT.
    """

    groups: list[tuple[str, list[tuple[App, str]]]]
    more: int


def apps_card(apps: Sequence[App], query_string: QueryString) -> AppsCard:
    """The card of these apps: every one that the person is out of, and the newest of the others."""
    lost = [app for app in apps if app.is_lost]
    never = [app for app in apps if app.never_let_in]
    others = [app for app in apps if not app.is_out]
    groups = [(LOST, lost[:MOST_OUT]), (NEVER, never[:MOST_OUT]), (OTHERS if lost or never else "", others[:MOST_APPS])]

    def with_address(app: App) -> tuple[App, str]:
        can_ask = can_filter_by(app.app_uid)
        return app, query_string.replacing(app_uid=app.app_uid, log="logins", allowed=None) if can_ask else ""

    return AppsCard(
        groups=[(title, [with_address(app) for app in shown]) for title, shown in groups if shown],
        more=len(apps) - sum(len(shown) for _, shown in groups),
    )
