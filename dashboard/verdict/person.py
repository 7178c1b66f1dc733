"""What the logs show about one person, each part read once: the verdict, which time is known, and the ticket."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString

from dashboard.page.coverage_line import CoverageLine, line_for
from dashboard.page.markdown import code
from dashboard.page.query_string import QueryString
from dashboard.page.timerange import TimeRange
from dashboard.page.viewer import Viewer
from dashboard.verdict.card import VerdictCard, VerdictRenderer
from dashboard.verdict.ticket import both_clocks, ticket_text
from dashboard.why.card import WhyCard, WhyRenderer
from dashboard.why.discretion import Discretion
from dashboard.why.ticket import why_lines
from logsync.insight.explain.load import Explained
from logsync.insight.identity.login_groups import LoginGroup, group_logins
from logsync.insight.identity.person import Person
from logsync.insight.verdict.event_rules import got_in_after
from logsync.insight.verdict.facts import Facts, Row
from logsync.insight.verdict.loading import RequestedRange, facts_of
from logsync.insight.verdict.rules import judge
from logsync.insight.verdict.statement import Verdict
from logsync.models import AccessRequest, ScimUpdate, Stream


class PersonVerdict:
    """One person in one range of time; `query_string` is that of the person's page, which asks for the same range.

    `beside` is the login on whose page it is shown, if any; it is explained, too.
    """

    def __init__(
        self,
        request: HttpRequest,
        person: Person,
        range: TimeRange,
        query_string: QueryString,
        beside: AccessRequest | None = None,
    ) -> None:
        self.request = request
        self.viewer = Viewer.of(request)
        self.person = person
        self.range = range
        self.query_string = query_string
        self.beside = beside
        self.here = reverse("people:person", args=[person.email])

    @property
    def requested(self) -> RequestedRange:
        """The range, as the verdict names it."""
        words = f"the {self.range.words}" if self.range.name and self.range.name != "all" else self.range.words
        return RequestedRange(self.range.span, self.range.now, words if self.range.name else "")

    @cached_property
    def login_groups(self) -> list[LoginGroup]:
        return group_logins(self.person, self.range.span)

    @cached_property
    def facts(self) -> Facts:
        return facts_of(self.person, self.requested, self.login_groups, self.beside)

    @cached_property
    def verdict(self) -> Verdict:
        return judge(self.facts)

    @cached_property
    def renderer(self) -> VerdictRenderer:
        return VerdictRenderer(self.viewer, self.range.now, self.query_string, self.here)

    @cached_property
    def card(self) -> VerdictCard:
        """The whole verdict, with what the policies asked of the login that its headline is about."""
        return replace(self.card_alone, why=self.why)

    @property
    def card_alone(self) -> VerdictCard:
        """The verdict without that."""
        return self.renderer.card(self.verdict)

    @property
    def about(self) -> str:
        """The key of the denied login that the headline is about; blank if it is about none."""
        lockout = self.facts.lockout
        return lockout.run.last.key if lockout and self.verdict.explained else ""

    def why_elsewhere(self, event: AccessRequest | ScimUpdate) -> WhyCard | None:
        """The headline of that alone, on the page of an event; None if that is of the same app and says it already."""
        lockout = self.facts.lockout
        is_same_app = isinstance(event, AccessRequest) and lockout and event.app_uid == lockout.app.app_uid
        return self.why.in_brief if self.why and not is_same_app else None

    @cached_property
    def why(self) -> WhyCard | None:
        """What the policies asked of the login that the headline is about."""
        if self.verdict.explained is None:
            return None
        renderer = WhyRenderer(self.viewer, self.range.now, Discretion.of(self.request))
        return renderer.card(self.verdict.explained, self.about)

    @cached_property
    def streams(self) -> list[Stream]:
        """The streams of both logs in the accounts that could hold the person."""
        return list(Stream.objects.filter(account__in=self.person.seen_in).expected().with_ranges())

    @cached_property
    def line(self) -> CoverageLine:
        return line_for(self.streams, self.range, self.viewer)

    def since(self, row: Row) -> SafeString | str:
        """That the app of a denied login has let the person in since; blank if it hasn't."""
        sentence = got_in_after(self.facts, row) if self.verdict.headline else None
        return self.renderer.html(sentence) if sentence else ""

    @property
    def href(self) -> str:
        """The person's page in this range."""
        return (self.here + self.query_string.replacing()).removesuffix("?")

    @property
    def ticket_href(self) -> str:
        """The ticket's own address."""
        return reverse("people:ticket", args=[self.person.email]) + self.query_string.replacing()

    def ticket(self, about: Row | None = None) -> str:
        """The ticket as Markdown; with a row, it says first what that row is."""
        utc = line_for(self.streams, self.range, Viewer())
        # Where time is missing, the line says what Cloudflare said of an error, and names accounts.
        covered = utc.sentence if utc.kind in ("complete", "provisional") else code(utc.sentence)
        href = self.request.build_absolute_uri(self.href)
        told = self.verdict.explained
        why = why_in_ticket(told, self.request, self.viewer) if told else ()
        return ticket_text(self.facts, self.verdict, self.viewer, covered, href, about, why)


def why_in_ticket(told: Explained, request: HttpRequest, viewer: Viewer) -> list[str]:
    """What the policies asked for, as far as the user sees addresses."""
    return list(why_lines(told, Discretion.of(request), lambda at: both_clocks(at, viewer)))
