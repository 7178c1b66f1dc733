"""The people behind a number of a comparison: on one side, everyone or those with a value."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views import View

from dashboard.lists.export import CSV, ExportLinks, head_problems, streamed
from dashboard.lists.formats import exported, refused_in
from dashboard.lists.grouped_tables import CsvColumn, GroupColumn, GroupedTable
from dashboard.lists.recorded import ListExport
from dashboard.logins.by_app.page import chosen_app
from dashboard.page import cells
from dashboard.page.coverage_line import line_for
from dashboard.page.links import can_filter_by, compared_people_href
from dashboard.page.query_string import QueryString
from dashboard.page.timerange import TimeRange
from dashboard.page.viewer import Viewer
from dashboard.permissions.masking import address_refusal
from dashboard.why.discretion import Discretion
from logsync.insight.app_names import app_name
from logsync.insight.comparison.load import Compared, ComparedPerson, compare_people
from logsync.insight.comparison.observations import Field
from logsync.insight.comparison.phrases import value_words
from logsync.insight.connection_names import ConnectionNames, connection_names
from logsync.insight.explain.many import Lacking, PolicyTally, lacking
from logsync.insight.explain.sentences import HEADLINES, headline_words, lacked_words, row_words, untold_words
from logsync.insight.failures_by_app import App
from logsync.insight.sentence import Sentence
from logsync.insight.why.answer import Result, Why
from logsync.models import AccessRequest, Account, Log, Stream
from logsync.spans import Span
from logsync.words import counted, country_name

MOST_SHOWN = 500
DENIED, ALLOWED = "denied", "allowed"
DENIED_WORDS = "denied at least once"


class Answers(StrEnum):
    """By what of the answers about denied people an address chooses some of them, with its value.

    A rule or a policy with a result, as `key.not_met`; the policy that is nearest, by its key; the id of the headline.
    """

    RULE = "rule"
    POLICY = "policy"
    NEAREST = "nearest"
    WHY = "why"

    def people(self, found: Lacking, value: str) -> Collection[int] | None:
        """The logins of these people; None if there is no such rule, policy or headline."""
        key, _, result = value.partition(".")
        if self is Answers.WHY:
            return found.headlines.get(value, ()) if value in HEADLINES else None
        thing = found.condition(key) if self is Answers.RULE else found.policy(key)
        if self is Answers.NEAREST and isinstance(thing, PolicyTally):
            return thing.nearest
        return thing.people.get(Result(result)) if thing and result in list(Result) else None

    def words(self, found: Lacking, value: str, discretion: Discretion) -> str:
        """What is said of these people, after "denied at least once"."""
        key, _, result = value.partition(".")
        if self is Answers.WHY:
            return headline_words(value).text(str)
        if self is Answers.RULE and (condition := found.condition(key)):
            seen = replace(condition, rules=tuple(map(discretion.shown, condition.rules)))
            rule = row_words(seen, found.surroundings, short=not discretion.sees_policies).text(str)
            return f"{RESULT_WORDS[Result(result)]}: {rule}"
        tally = found.policy(key)
        name = tally.policy.name or tally.policy.policy_id if tally else ""
        return (
            f"nearest policy: {name}" if self is Answers.NEAREST else f"{RESULT_WORDS[Result(result)]}: policy {name}"
        )


# What is said of people and a rule or a policy.
RESULT_WORDS = {Result.NOT_MET: "not met", Result.MET: "met", Result.UNKNOWN: "can’t be told"}


@dataclass(frozen=True, slots=True)
class PeopleLinks:
    """The addresses of the people compared at an app in a span, None if nothing is compared."""

    app: App
    span: Span | None

    def href(self, *, denied: bool, field: Field | None = None, value: str = "") -> str:
        """Those of one side, with a value if there is a field; blank if no address can ask for them."""
        if self.span is None or (field is not None and not can_filter_by(value)):
            return ""
        chosen = {"field": field.name.lower(), "value": value} if field is not None else {}
        side = DENIED if denied else ALLOWED
        return compared_people_href(self.app.account, self.app.app_uid, self.span, side=side, **chosen)

    def of_answer(self, field: Answers, value: str) -> str:
        """The denied people of whom this is the answer."""
        if self.span is None:
            return ""
        chosen = {"side": DENIED, "field": field.value, "value": value}
        return compared_people_href(self.app.account, self.app.app_uid, self.span, **chosen)


@dataclass(frozen=True, slots=True)
class Told:
    """What the policies let be said of the denied people of a table; `found` is None for those who got in."""

    found: Lacking | None
    discretion: Discretion

    def answer(self, login: int) -> Why | None:
        """The answer about a person by their login; None if they are not among those that are judged."""
        return self.found.answers.get(login) if self.found else None

    def lacks(self, login: int) -> str:
        """What the person lacks of the policy that comes nearest; blank if nothing is known to be lacking."""
        return self._of_nearest(login, lacked_words)

    def untold(self, login: int) -> str:
        """What of that policy can't be told of the person; blank if something is known to be lacking."""
        return self._of_nearest(login, untold_words)

    def _of_nearest(self, login: int, words_of: Callable[..., Sentence | None]) -> str:
        answer = self.answer(login)
        if self.found is None or answer is None:
            return ""
        nearest = self.discretion.masked(answer).nearest
        short = not self.discretion.sees_policies
        words = words_of(nearest, self.found.surroundings, short=short) if nearest else None
        return words.text(str) if words else ""


class ComparedPeopleTable(GroupedTable):
    """One row for each person, by the login that their values come from."""

    caption = "People, each by the login that decides"

    account = CsvColumn("account__account_id")
    person = GroupColumn(verbose_name="Person", cls="cut who m1", accessor="person", csv="user_email")
    at = GroupColumn(verbose_name="Login", cls="fit num m2", accessor="created_at", csv="created_at")
    connection = GroupColumn(verbose_name="Provider", cls="cut m3", accessor="connection")
    country = GroupColumn(verbose_name="Country", cls="fit", accessor="country")
    ip_address = GroupColumn(verbose_name="IP address", cls="fit m4", accessor="ip_address")
    host = GroupColumn(verbose_name="Host", cls="cut", accessor="app_domain", csv="app_domain")
    ray_id = CsvColumn()
    why = CsvColumn()
    nearest_policy = CsvColumn()
    lacks = GroupColumn(verbose_name="Lacks", cls="wide m5", accessor="pk")
    not_told = CsvColumn()

    def __init__(self, rows: Sequence[AccessRequest], *, names: ConnectionNames, told: Told, **kwargs: Any) -> None:
        self.names = names
        self.told = told
        super().__init__(rows, orderable=False, exclude=("host",) if told.found else ("lacks",), **kwargs)

    def render_person(self, value: str) -> SafeString:
        return cells.person(value)

    def render_at(self, record: AccessRequest) -> SafeString:
        shown = cells.clock(record.created_at, self.viewer, with_day=True)
        return format_html('<a href="{}">{}</a>', resolve_url(record), shown)

    def render_connection(self, value: str) -> SafeString:
        return format_html("<bdi>{}</bdi>", self.names.name(value))

    def render_country(self, value: str) -> SafeString:
        return format_html("<bdi>{}</bdi>", country_name(value))

    def render_ip_address(self, value: str) -> SafeString:
        return format_html("<bdi>{}</bdi>", value)

    def render_host(self, value: str) -> SafeString:
        return format_html("<bdi>{}</bdi>", value)

    def render_lacks(self, record: AccessRequest) -> SafeString:
        if lacks := self.told.lacks(record.pk):
            return format_html('<span class="d-md-none dim">lacks </span><bdi>{}</bdi>', lacks)
        untold = self.told.untold(record.pk)
        return format_html('<span class="dim">can’t be told: <bdi>{}</bdi></span>', untold) if untold else cells.EMPTY

    def value_why(self, record: AccessRequest) -> str:
        answer = self.told.answer(record.pk)
        return answer.headline if answer else ""

    def value_nearest_policy(self, record: AccessRequest) -> str:
        answer = self.told.answer(record.pk)
        return answer.nearest.policy.name if answer and answer.nearest else ""

    def value_lacks(self, record: AccessRequest) -> str:
        return self.told.lacks(record.pk)

    def value_not_told(self, record: AccessRequest) -> str:
        return self.told.untold(record.pk)


@dataclass(frozen=True, kw_only=True)
class ComparedPeopleContext:
    """What `logins/by_app/people.html` is given."""

    title: str
    # The app's page for the same time.
    app_href: str
    app_name: str
    lead: str
    # What is wrong with the address; if there is anything, no people are shown.
    problems: list[str]
    table: ComparedPeopleTable | None
    count: int
    export: ExportLinks | None


class ComparedPeopleView(View):
    """The people of one side of a comparison. The address names the app, the span, the side, a field and its value."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        found = _Comparison.read(request)
        return redirect(reverse("logins:by-app")) if found is None else self.answer(request, found)

    def answer(self, request: HttpRequest, found: _Comparison) -> HttpResponseBase:
        people, problems, address = found.people, found.problems, QueryString(request.GET)
        name, names = app_name(found.account.pk, found.app_uid), connection_names().within(found.account.pk)
        number = counted(len(people), "person", "people")
        context = ComparedPeopleContext(
            title=f"People compared at {name}",
            app_href=reverse("logins:app") + address.replacing(side=None, field=None, value=None),
            app_name=name,
            lead="" if problems else f"{number} {found.words(names)}, {found.range.words}",
            problems=problems,
            table=None if problems else _table(list(_logins_of(people)[:MOST_SHOWN]), request, names, found.told),
            count=len(people),
            export=ExportLinks.of("logins:compared-csv", address) if people else None,
        )
        return render(request, "logins/by_app/people.html", vars(context), status=400 if problems else 200)


class ComparedPeopleExportView(ComparedPeopleView):
    """All of these people as CSV or JSON."""

    format: str = CSV

    def answer(self, request: HttpRequest, found: _Comparison) -> HttpResponseBase:
        if problems := [*found.problems, *head_problems(request.GET)]:
            return refused_in(self.format, problems)
        names = connection_names().within(found.account.pk)
        table = _table([], request, names, found.told)
        streams = Stream.objects.expected().with_ranges().filter(log=Log.ACCESS_REQUESTS, account=found.account)
        return exported(
            self.format,
            table.csv_columns(),
            table.csv_lines(streamed(_logins_of(found.people))),
            has_lines=lambda: bool(found.people),
            of=ListExport(
                request=request,
                title="Compared people",
                filename="compared-people",
                page=reverse("logins:compared-people"),
                range=found.range,
                line=line_for(streams, found.range, Viewer()),
                words=[f"App: {app_name(found.account.pk, found.app_uid)}", f"People: {found.words(names)}"],
            ),
        )


@dataclass(frozen=True, slots=True)
class _Comparison:
    """The people that an address asks for. If there are problems with it, there are no people."""

    account: Account
    app_uid: str
    range: TimeRange
    side: _Side
    problems: list[str]
    people: list[ComparedPerson]
    told: Told

    @classmethod
    def read(cls, request: HttpRequest) -> _Comparison | None:
        """None if the address names no app."""
        asked = chosen_app(request.GET)
        if asked is None:
            return None
        range = TimeRange.read(request.GET, timezone.now(), Viewer.of(request))
        side, problems = _side(request.GET, range)
        discretion = Discretion.of(request)
        if problems:
            return cls(*asked, range, side, problems, [], Told(None, discretion))
        compared = compare_people(*asked, Span(range.span.since, range.until or range.now))
        found = lacking([one.login for one in compared.those(denied=True)]) if side.denied else None
        people = side.people_of(compared, found)
        problems = [] if people is not None else [f"value={side.value} is not known here; policies may have changed."]
        return cls(*asked, range, side, problems, people or [], Told(found, discretion))

    def words(self, names: ConnectionNames) -> str:
        """Who these people are."""
        if isinstance(self.side.field, Answers) and self.told.found:
            return f"{DENIED_WORDS}, {self.side.field.words(self.told.found, self.side.value, self.told.discretion)}"
        return self.side.words(names)


@dataclass(frozen=True, slots=True)
class _Side:
    """What an address asks for: a side, and a value of a field or everyone."""

    denied: bool
    field: Field | Answers | None
    value: str

    def people_of(self, compared: Compared, found: Lacking | None) -> list[ComparedPerson] | None:
        """These people; None if what the address names is not among the answers about them."""
        if not isinstance(self.field, Answers):
            return compared.those(denied=self.denied, field=self.field, value=self.value)
        logins = self.field.people(found, self.value) if found else ()
        if logins is None:
            return None
        chosen = set(logins)
        return [one for one in compared.those(denied=True) if one.login in chosen]

    def words(self, names: ConnectionNames) -> str:
        side = DENIED_WORDS if self.denied else "let in and never denied"
        return f"{side} with {value_words(self.field, self.value, names)}" if isinstance(self.field, Field) else side


def _side(query: QueryDict, range: TimeRange) -> tuple[_Side, list[str]]:
    names: dict[str, Field | Answers] = {field.name.lower(): field for field in Field}
    names |= {field.value: field for field in Answers}
    side, field = query.get("side") or DENIED, query.get("field") or ""
    problems = [range.problem] if range.problem else []
    if side not in (DENIED, ALLOWED):
        problems.append(f"side={side} is not known here; choose one of {DENIED}, {ALLOWED}.")
    if field and field not in names:
        problems.append(f"field={field} is not known here; choose one of {', '.join(names)}.")
    if names.get(field) in (Field.IP_ADDRESS, Field.NETWORK) and (refusal := address_refusal([query.get("value", "")])):
        problems.append(refusal)
    if isinstance(names.get(field), Answers) and side != DENIED:
        problems.append(f"field={field} is known only of people who were denied; leave side out.")
    return _Side(side == DENIED, names.get(field), query.get("value", "")), problems


def _logins_of(people: Sequence[ComparedPerson]) -> QuerySet[AccessRequest]:
    """The login that decides for each person, newest first."""
    logins = AccessRequest.objects.filter(pk__in=[one.login for one in people])
    return logins.order_by("-created_at", "-pk").select_related("account")


def _table(
    rows: Sequence[AccessRequest], request: HttpRequest, names: ConnectionNames, told: Told
) -> ComparedPeopleTable:
    return ComparedPeopleTable(
        rows, names=names, told=told, viewer=Viewer.of(request), query_string=QueryString(request.GET)
    )
