"""The own page of an event, under the verdict on the person that the event is about."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.utils.safestring import SafeString

from dashboard.audit_log.record import record_view_of
from dashboard.lists.context import EventContext
from dashboard.lists.views import EventView
from dashboard.page.coverage_line import CoverageLine
from dashboard.page.headers import BACKGROUND
from dashboard.page.query_string import QueryString
from dashboard.page.timerange import RANGES, TimeRange
from dashboard.page.viewer import Viewer
from dashboard.permissions.reveals import revealed, subjects_of
from dashboard.verdict.card import VerdictCard
from dashboard.verdict.person import PersonVerdict, why_in_ticket
from dashboard.verdict.ticket import row_ticket
from dashboard.why.card import WhyCard, WhyRenderer
from dashboard.why.discretion import Discretion
from logsync.insight.connection_names import connection_names
from logsync.insight.explain.load import Explained, explained
from logsync.insight.identity.person import person_named
from logsync.insight.verdict.event_rules import without_a_person
from logsync.insight.verdict.facts import Login, Row
from logsync.insight.verdict.loading.rows import Providers, newest_login
from logsync.models import AccessRequest, ScimUpdate
from logsync.models.events import Caller, is_service_address

# A person's page looks back this far unless told otherwise.
DEFAULT_RANGE = "7d"
# The headline of an allowed login that a policy admits.
ADMITTED = "A1"


@dataclass(frozen=True, kw_only=True)
class JudgedEventContext(EventContext):
    """The page of one event, with the verdict on its person; None and blank if it is about no person."""

    person_email: str = ""
    person_href: str = ""
    verdict: VerdictCard | None = None
    # What the policies asked of this login, or which admits it; None if the verdict says it or nothing is known.
    why: WhyCard | None = None
    # That the app has let the person in since; blank if it hasn't.
    since_then: SafeString | str = ""
    # What to do about a login that names nobody.
    ask: str = ""
    # What is known of the verdict's range.
    line: CoverageLine | None = None
    # The ticket as Markdown, and its own address.
    ticket: str = ""
    ticket_href: str = ""


class JudgedEventView(EventView):
    """The page of one event; above it what the policies asked of it, and the verdict on its person."""

    template_name = "verdict/event.html"

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        """A page asks for itself again while Cloudflare is asked; until it answers, nothing has changed."""
        self.is_waiting = False
        response = super().get(request, key)
        return HttpResponse(status=204) if self.is_waiting and BACKGROUND in request.headers else response

    def whole_page(self, request: HttpRequest, event: Any, context: EventContext) -> EventContext:
        with revealed(subjects_of(event)):
            row = _row_of(event)
        if row is None or not _names_person(event):
            return self._of_nobody(request, event, row, context)
        at = None if row.lacks_time else row.at
        person = verdict_since(request, event.person, at, _judged(event))
        record_view_of(request, person.person.email, "event")
        why = self._why(request, event, person)
        is_in_verdict = bool(why and why.key == person.about)
        return JudgedEventContext(
            **vars(context),
            person_email=person.person.email,
            person_href=person.href,
            verdict=replace(person.card_alone, why=why if is_in_verdict else person.why_elsewhere(event)),
            why=None if is_in_verdict else why,
            since_then=person.since(row),
            line=person.line,
            ticket=person.ticket(row),
            ticket_href=person.ticket_href,
        )

    def _of_nobody(
        self, request: HttpRequest, event: Any, row: Row | None, context: EventContext
    ) -> JudgedEventContext:
        """A login has a ticket also if it names nobody."""
        if not isinstance(row, Login):
            return JudgedEventContext(**vars(context))
        viewer, ask = Viewer.of(request), without_a_person(row)
        provider = connection_names().name(row.connection, row.account_id)
        here = request.build_absolute_uri(request.path)
        login = _judged(event)
        told = _worth_telling(explained(login)) if login else None
        why = why_in_ticket(told, request, viewer) if told else ()
        return JudgedEventContext(
            **vars(context),
            why=self._card(request, told, event) if told else None,
            ask="".join(map(str, ask.parts())) if ask else "",
            ticket=row_ticket(row, provider, viewer, timezone.now(), here, why),
        )

    def _why(self, request: HttpRequest, event: Any, person: PersonVerdict) -> WhyCard | None:
        """What the policies asked of this login, seen whole if it was revealed."""
        found = person.facts.explained_beside
        told = _worth_telling(found) if found else None
        with revealed(subjects_of(event)):
            return self._card(request, told, event) if told else None

    def _card(self, request: HttpRequest, told: Explained, event: Any) -> WhyCard:
        card = WhyRenderer(Viewer.of(request), timezone.now(), Discretion.of(request)).card(told, event.key.hex)
        self.is_waiting = card.is_waiting
        return card


def _judged(event: AccessRequest | ScimUpdate) -> AccessRequest | None:
    """A login that was denied or allowed; None of other events."""
    if isinstance(event, AccessRequest) and event.is_login and event.allowed is not None:
        return event
    return None


def _worth_telling(told: Explained) -> Explained | None:
    """What the policies asked of a denied login, or which of them admits one that was allowed; else None."""
    return told if told.evidence.login.allowed is False or told.why.headline == ADMITTED else None


def verdict_since(
    request: HttpRequest, email: str, at: datetime | None, beside: AccessRequest | None = None
) -> PersonVerdict:
    """The verdict on a person in the shortest of the named ranges that holds a moment, a week at least.

    It is shown `beside` a login, if any.
    """
    now = timezone.now()
    lengths = {name: length for name, (length, _) in RANGES.items()}
    week = lengths[DEFAULT_RANGE]
    fitting = (
        name
        for name, length in lengths.items()
        if length is None or (week and length >= week and (at is None or at >= now - length))
    )
    name = next(fitting)
    query = QueryDict("" if name == DEFAULT_RANGE else f"range={name}")
    range = TimeRange.read(QueryDict(f"range={name}"), now)
    return PersonVerdict(request, person_named(email), range, QueryString(query), beside)


def _names_person(event: AccessRequest | ScimUpdate) -> bool:
    if isinstance(event, AccessRequest):
        return event.caller is Caller.PERSON
    return bool(event.person) and not is_service_address(event.person)


def _row_of(event: AccessRequest | ScimUpdate) -> Row | None:
    if isinstance(event, AccessRequest):
        return newest_login(AccessRequest.objects.filter(pk=event.pk))
    return Providers((event.account_id,)).update_of(event)
