"""What else the log says about the people who were denied at an app, each fact with a link to its rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import QueryDict
from django.urls import reverse

from dashboard.lists.filters import NOT
from dashboard.logins.by_app.compared_people import PeopleLinks
from dashboard.page.links import BLANK, can_filter_by, can_filter_by_app, denials_href, rows_href
from dashboard.page.query_string import QueryString
from dashboard.page.timerange import RANGE_PARAMETERS
from logsync.insight.comparison.load import Compared
from logsync.insight.comparison.observations import Field
from logsync.insight.failures_by_app import App, FailuresByApp
from logsync.words import counted, rfc3339

# A list of more people would not fit in an address.
MOST_LINKED = 20


@dataclass(frozen=True, slots=True)
class Fact:
    """A sentence and the log text `value` after it. `href` leads to its rows, blank if no filter can ask for them."""

    words: str
    value: str = ""
    href: str = ""
    link: str = "Show the rows"


def facts_of(
    app: App, failures: FailuresByApp, query_string: QueryString, compared: Compared, people: PeopleLinks
) -> list[Fact]:
    """The facts that can be told, the most useful first."""
    found = [_elsewhere(app, failures, query_string), _before(compared, people)]
    found += [_hosts(app, failures, query_string), _unnamed(app, compared)]
    return [fact for fact in found if fact]


def _elsewhere(app: App, failures: FailuresByApp, query_string: QueryString) -> Fact | None:
    """How many got in at another app in the same time."""
    people = len(failures.outcomes.denied.at(app.pair))
    if not people:
        return None
    let_in = failures.let_in_elsewhere(app)
    count = f"{len(let_in):,}" if let_in else "None"
    words = f"{count} of the {people:,} denied people got in at another app in the same time."
    if not let_in or not can_filter_by_app(app.app_uid):
        return Fact(words)
    not_here = {NOT + "app_uid": app.app_uid} if app.app_uid else {NOT + BLANK: "app_uid"}
    filters = {"account": app.account.account_id, "allowed": "true", **not_here, **_range_of(query_string)}
    return Fact(words, href=_of_people(let_in, filters))


def _before(compared: Compared, people: PeopleLinks) -> Fact | None:
    """How many had been let in here before the time that is compared, if that is known."""
    if compared.comparison is None or not compared.knows_before:
        return None
    count = len(compared.those(denied=True, field=Field.ALLOWED_BEFORE, value="yes"))
    denied = counted(compared.comparison.denied, "denied person", "denied people")
    words = f"{count:,} of the {denied} had got in here before."
    href = people.href(denied=True, field=Field.ALLOWED_BEFORE, value="yes") if count else ""
    return Fact(words, href=href, link="Show the people")


def _hosts(app: App, failures: FailuresByApp, query_string: QueryString) -> Fact | None:
    """Whether the denials were for one host."""
    hosts = failures.hosts_of(app)
    if hosts is None:
        return None
    href = denials_href(query_string, app.account, app.app_uid)
    if len(hosts.names) == 1:
        denial = "denial" if hosts.all_named else "denial that names a host"
        return Fact(f"Every {denial} was for one host:", value=next(iter(hosts.names)), href=href)
    denials = "denials" if hosts.all_named else "denials that name a host"
    return Fact(f"The {denials} were for {len(hosts.names):,} hosts.", href=href)


def _unnamed(app: App, compared: Compared) -> Fact | None:
    """How many denials name no person, so that they can't be compared."""
    if not compared.unnamed_denied or compared.span is None:
        return None
    since, until = (rfc3339(end, "auto") for end in compared.span)
    href = rows_href(
        QueryString(QueryDict()), app.account, app.app_uid, identity=["service", "unknown"], since=since, until=until
    )
    count = compared.unnamed_denied
    words = "Denials without an e-mail address, or of a service, aren't compared."
    return Fact(words, href=href, link=f"Show {counted(count, 'row')}")


def _range_of(query_string: QueryString) -> dict[str, str]:
    """The parameters of the page's range."""
    kept = dict(query_string.hidden())
    return {name: kept[name] for name in RANGE_PARAMETERS if name in kept}


def _of_people(people: Iterable[str], filters: dict[str, str]) -> str:
    """The list of these people's logins; blank if an address can't hold so many people."""
    people = sorted(people)
    if len(people) > MOST_LINKED or not all(map(can_filter_by, people)):
        return ""
    return reverse("logins:list") + QueryString(QueryDict()).replacing(person=people, **filters)
