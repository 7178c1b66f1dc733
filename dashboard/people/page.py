"""One person's page: what it reads, each part once, and what its templates show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString

from dashboard.lists.events.logins import LoginDetail, login_detail
from dashboard.lists.events.named import event_named
from dashboard.lists.events.updates import UpdateDetail, update_detail
from dashboard.lists.paging import count_up_to_cap, count_words
from dashboard.lists.views import controls
from dashboard.page.coverage_line import CoverageLine
from dashboard.page.reveal import RevealCard
from dashboard.page.timerange import read_range
from dashboard.page.viewer import Viewer
from dashboard.people.at_cloudflare import AtCloudflare, card_of
from dashboard.people.filters import DEFAULT_RANGE, PersonFilter
from dashboard.people.gaps import holes_of
from dashboard.people.identity_card import AppsCard, IdentityCard, apps_card, identity_card
from dashboard.people.policy_changes import with_policy_changes
from dashboard.people.timeline import Timeline, count_updates, login_rows, other_rows, read_timeline, update_rows
from dashboard.permissions.permission import Permission, may
from dashboard.verdict.card import VerdictCard
from dashboard.verdict.person import PersonVerdict
from logsync.insight.identity.person import Person, person_named
from logsync.insight.verdict.facts import App
from logsync.models import AccessRequest, Log, ScimUpdate

# What of the timeline can be shown alone, and its word.
CHOICES = [("", "All"), ("logins", "Logins"), ("denied", "Denied"), ("scim", "SCIM"), ("other", "Other")]


@dataclass(frozen=True, slots=True)
class LogChoice:
    """A link that shows everything, or a part alone: its word, how many rows it has, and whether it is chosen."""

    word: str
    count: str
    href: str
    is_chosen: bool


@dataclass(frozen=True, kw_only=True)
class PersonContext:
    """What templates/people/person.html shows. If the address has `problems`, only the first four are given."""

    filterset: PersonFilter
    # A sentence for each thing in the address that could not be understood.
    problems: list[str]
    person: Person
    # The path of the page.
    here: str
    verdict: VerdictCard | None = None
    # When SCIM deactivated the person, with its "at" or "on"; blank if it didn't, or if no time of the range is known.
    deactivated_at: SafeString | str = ""
    # The apps that the person lost access to, and those that never let them in.
    locked_out_of: Sequence[App] = ()
    never_let_in: Sequence[App] = ()
    # What is known of the range.
    line: CoverageLine | None = None
    # The ticket as Markdown, and its own address.
    ticket: str = ""
    ticket_href: str = ""
    timeline: Timeline | None = None
    logs: Sequence[LogChoice] = ()
    # The neighbouring parts of the timeline; blank where there is none.
    older_href: str = ""
    newest_href: str = ""
    # The event that is unfolded in the timeline.
    open: LoginDetail | UpdateDetail | None = None
    # Whether the logins are of more than one address, so that each has to say which.
    several_addresses: bool = False
    # How to reveal what is masked of the person; None if nothing is, or nobody may.
    reveal: RevealCard | None = None
    identity: IdentityCard | None = None
    apps: AppsCard | None = None
    at_cloudflare: AtCloudflare | None = None

    def as_dict(self) -> dict[str, Any]:
        """As the template is given it."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


class PersonPage:
    """One request for one person."""

    def __init__(self, request: HttpRequest, email: str) -> None:
        range = read_range(request, DEFAULT_RANGE)
        self.request = request
        self.viewer = Viewer.of(request)
        self.filterset = PersonFilter(request.GET, request=request, range=range, queryset=AccessRequest.objects.all())
        self.problems = self.filterset.problems
        self.person: Person = person_named(email, self.filterset.accounts)
        self.verdict = PersonVerdict(request, self.person, range, self.filterset.query_string)

    def context(self) -> dict[str, Any]:
        """What the template shows."""
        context = PersonContext(
            filterset=self.filterset, problems=self.problems, person=self.person, here=self.verdict.here
        )
        return (context if self.problems else self._with_parts(context)).as_dict() | controls(self.filterset)

    def _with_parts(self, context: PersonContext) -> PersonContext:
        query_string = self.filterset.query_string
        facts, is_known = self.verdict.facts, self.verdict.verdict.headline is not None
        off = facts.deactivation
        timeline = self._timeline()
        return replace(
            context,
            verdict=self.verdict.card,
            deactivated_at=self.verdict.renderer.at(off.update.at) if off and is_known and not off.still_on else "",
            locked_out_of=[app for app in facts.out if app.is_lost] if is_known else (),
            never_let_in=[app for app in facts.out if app.never_let_in] if is_known else (),
            line=self.verdict.line,
            ticket=self.verdict.ticket(),
            ticket_href=self.verdict.ticket_href,
            timeline=timeline,
            logs=self._logs(),
            older_href=f"{query_string.replacing(after=timeline.older)}#timeline" if timeline.older else "",
            newest_href="" if timeline.is_first else f"{query_string.replacing()}#timeline",
            open=self._open(),
            several_addresses=len(self.person.addresses) > 1,
            reveal=RevealCard.of(
                self.request, "person", [self.person.email], reverse("people:reveal", args=[self.person.email])
            ),
            identity=identity_card(self.person, facts, self.verdict.login_groups),
            apps=apps_card(facts.apps, query_string),
            at_cloudflare=card_of(
                self.person, self.verdict.renderer, is_switched_off=off is not None and not off.still_on
            ),
        )

    def rows(self) -> tuple[list[QuerySet[AccessRequest]], list[QuerySet[ScimUpdate]]]:
        """The rows of the login log, and of the SCIM log, under the filters."""
        person, filterset, only = self.person, self.filterset, self.filterset.log_name
        logins: list[QuerySet[AccessRequest]] = [login_rows(person, filterset)] if only in ("", "logins") else []
        if only in ("", "other") and not filterset.is_about_results:
            logins.append(other_rows(person, filterset))
        has_updates = only in ("", "scim") and not filterset.is_about_logins
        return logins, update_rows(person, filterset) if has_updates else []

    def _timeline(self) -> Timeline:
        only = self.filterset.log_name
        wanted = [Log.SCIM_UPDATES] if only == "scim" else [Log.ACCESS_REQUESTS] if only else list(Log)
        if self.filterset.is_about_logins:
            wanted = [Log.ACCESS_REQUESTS]
        timeline = read_timeline(
            *self.rows(),
            holes_of([stream for stream in self.verdict.streams if stream.log in wanted], self.filterset.range),
            self.viewer,
            self.request.GET.get("after", ""),
        )
        sees_policies = may(self.request, Permission.VIEW_POLICIES)
        return with_policy_changes(timeline, self.viewer) if sees_policies else timeline

    def _logs(self) -> list[LogChoice]:
        """How many rows each choice shows. "Other" is offered only where there is anything else."""
        person, filterset = self.person, self.filterset
        rows = {
            "logins": count_up_to_cap(login_rows(person, filterset, result="")),
            "denied": count_up_to_cap(login_rows(person, filterset, result="false")),
            "scim": count_updates(update_rows(person, filterset)),
            "other": count_up_to_cap(other_rows(person, filterset)),
        }
        rows[""] = rows["logins"] + rows["scim"] + rows["other"]
        chosen = "denied" if filterset.is_denied_alone else filterset.log_name
        return [
            LogChoice(word, count_words(rows[name]), self._href_of(name), is_chosen=name == chosen)
            for name, word in CHOICES
            if name != "other" or rows["other"] or chosen == "other"
        ]

    def _href_of(self, choice: str) -> str:
        if choice == "denied":
            return self.filterset.query_string.replacing(log="logins", allowed="false")
        return self.filterset.query_string.replacing(log=choice or None, allowed=None)

    def _open(self) -> LoginDetail | UpdateDetail | None:
        key = self.request.GET.get("open", "")
        if login := event_named(AccessRequest, key):
            return login_detail(login)
        if update := event_named(ScimUpdate, key):
            return update_detail(update)
        return None
