"""One person as JSON: the verdict in sentences, and the events of both logs, newest first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse

from dashboard.lists.json import coverage_in_json, further_href, in_json, range_in_json, refused_in_json
from dashboard.page.coverage_line import line_for
from dashboard.page.viewer import Viewer
from dashboard.page.wording import exact_moment
from dashboard.people.page import PersonPage
from dashboard.people.timeline import PAGE_SIZE, Event, event_at, newest_events, place_of
from logsync.datasets import DATASETS
from logsync.insight.verdict.facts import App
from logsync.insight.verdict.statement import Statement
from logsync.models import AccessRequest, Account, Log

# What a row has besides the fields that Cloudflare sent: the list that identifies it, which is ours.
NOT_FIELDS = ("identity",)


def person_in_json(page: PersonPage) -> HttpResponse:
    """The answer: like that of a list, and besides it who the person is and what the logs show of them."""
    place, start = page.request.GET.get("after", ""), None
    if place:
        start = event_at(place)
    if place and start is None:
        return refused_in_json(["The row that “after” names is gone, or the address was cut; begin without it."])
    found = newest_events(*page.rows(), start, PAGE_SIZE + 1)
    events, range = found[:PAGE_SIZE], page.filterset.range
    answer = {
        "range": range_in_json(range),
        "coverage": coverage_in_json(line_for(page.verdict.streams, range, Viewer()), lambda: bool(events)),
        "person": {"user_email": page.person.email, "addresses": list(page.person.addresses)},
        "verdict": _verdict(page),
        "result": [_fields_of(event) for event in events],
        "next": further_href(page.request, range, place_of(events[-1])) if len(found) > PAGE_SIZE else None,
    }
    return HttpResponse(in_json(answer) + "\n", content_type="application/json")


def _verdict(page: PersonPage) -> dict[str, Any]:
    verdict = page.verdict.verdict
    accounts = dict(Account.objects.values_list("pk", "account_id"))
    return {
        "headline": _statement(verdict.headline) if verdict.headline else None,
        "locked_out_of": _apps(verdict.lost, accounts),
        "never_had_access_to": _apps(verdict.never, accounts),
        "notes": [_statement(statement) for statement in verdict.notes],
        "limits": [_statement(statement) for statement in verdict.limits],
        "next_steps": [_statement(statement) for statement in verdict.next_steps],
    }


def _statement(statement: Statement) -> dict[str, str]:
    sentences = filter(None, (statement.sentence, statement.detail))
    words = " ".join(sentence.text(exact_moment) for sentence in sentences)
    return {"id": statement.id, "sentence": words, "certainty": str(statement.certainty)}


def _apps(apps: Iterable[App], accounts: dict[int, str]) -> list[dict[str, Any]]:
    return [
        {
            "account": accounts.get(app.account_id),
            "app_uid": app.app_uid,
            "app_name": app.name,
            "last_denied_at": None if app.denied_lacks_time else app.denied_at,
            "last_allowed_at": None if app.allowed_lacks_time else app.allowed_at,
        }
        for app in apps
    ]


def _fields_of(event: Event) -> dict[str, Any]:
    """An event under the API's field names, with the `log` that it is of; a time that was not given is null."""
    dataset = DATASETS[Log.ACCESS_REQUESTS if isinstance(event, AccessRequest) else Log.SCIM_UPDATES]
    names = [name for name in dataset.record.__slots__ if name not in NOT_FIELDS]
    fields: dict[str, Any] = {"log": dataset.log, **{name: getattr(event, name) for name in names}}
    if event.lacks_time:
        fields[dataset.time_field] = None
    return fields | {"account": event.account.account_id}
