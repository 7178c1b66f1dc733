"""The one thing to know first: the worst that is wrong, or that nothing is wrong, or that we don't know.

From the worst: a log that can't be read or is about to be lost, an app that denied many more people than before, a SCIM
problem with resources that still fail, people who lost access, people who never had it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.db.models import Max, Min
from django.http import QueryDict
from django.urls import reverse
from django.utils.html import format_html

from dashboard.lists.empty import Way
from dashboard.overview import sentences
from dashboard.overview.figures import LOCKED_OUT, NEVER_HAD_ACCESS, Figures
from dashboard.overview.open_problems import OpenProblem
from dashboard.overview.scope import Scope
from dashboard.overview.sentences import Headline
from dashboard.overview.wording import in_range, short
from dashboard.page.coverage_words import COMPLETE, PARTIAL, PROVISIONAL, UNKNOWN
from dashboard.page.links import NO_PEOPLE, app_href
from dashboard.page.query_string import QueryString
from dashboard.page.wording import kept_words
from logsync.health.stream_state import MINUTE, StreamState
from logsync.insight.app_names import AppKey, app_name
from logsync.insight.connection_names import connection_names
from logsync.insight.lockouts.denials import Denials
from logsync.insight.lockouts.outcomes import DenialRun
from logsync.insight.spikes import Spike, count_by_connection, largest_spike
from logsync.models import Account, Log
from logsync.spans import Span
from logsync.words import duration, rfc3339


def headline_of(
    figures: Figures, states: Sequence[StreamState], problems: Sequence[OpenProblem], locked_out: Sequence[DenialRun]
) -> Headline:
    """The headline of the page. `states`, `problems` and `locked_out` come worst or newest first."""
    scope = figures.scope
    # Whoever chose a time, as by a drag over the chart, asks what happened in all of it, not what is wrong by now.
    return (
        (None if scope.is_past else _stream(figures, states))
        or (_denied(figures) if scope.is_chosen else _app(figures))
        or (_denied(figures) if scope.is_past else None)
        or _problem(figures, problems)
        or _locked_out(figures, locked_out)
        or _never_had_access(figures)
        or _calm(figures)
    )


def _stream(figures: Figures, states: Sequence[StreamState]) -> Headline | None:
    way = Way("How to fix it", reverse("sync:page"))
    for state in states:
        if state.stream.is_active and state.stream.error and state.stream.needs_person:
            known = state.coverage.known
            until = figures.scope.moment(known[-1].until) if known else ""
            return sentences.refused(state.name, until, state.stream.error, way)
    losing = [(state.expiring, state) for state in states if state.expiring and state.is_losing]
    if not losing:
        return None
    found, state = min(losing, key=lambda found: found[0].leaves_at)
    within = duration(max(found.leaves_at - state.now, MINUTE))
    since = figures.scope.moment(found.span.since)
    kept = kept_words(found.retention, is_proven=found.is_proven)
    return sentences.losing(state.name, since, within, kept, way)


# Applications


def _app(figures: Figures) -> Headline | None:
    """The app that denied most people at once, if they are many more than before."""
    scope = figures.scope
    before = scope.known_before(Log.ACCESS_REQUESTS)
    if before is None:
        return None
    spike = largest_spike(scope.logins(), Span(before.until, scope.range.until or scope.range.now), before)
    if spike is None:
        return None
    account, app_uid = spike.app
    names = connection_names().within(account)
    logins = scope.logins().filter(account=account, app_uid=app_uid).between(*spike.episode)
    denied = logins.denied().logins_of_people().order_by()
    people = set(denied.values_list("person", flat=True).distinct())
    locked_out = figures.outcomes.locked_out.at(spike.app).by_person.keys()
    never_had_access = figures.outcomes.never_had_access.at(spike.app).by_person.keys()
    ends = denied.aggregate(first=Min("created_at"), last=Max("created_at"))
    first, last = ends["first"], ends["last"]
    when = f"since {scope.moment(first)}" if _goes_on(scope, spike) else scope.from_to(first, last)
    headline = sentences.app_denied(
        short(app_name(*spike.app)),
        len(people),
        when,
        len(people & locked_out),
        len(people & never_had_access),
        [replace(one, connection=names.name(one.connection)) for one in count_by_connection(logins)],
        Way("What they have in common", _app_href(scope, spike)),
    )
    return _with_unknown_part(figures, headline)


def _goes_on(scope: Scope, spike: Spike) -> bool:
    return scope.range.until is None and spike.episode.until >= scope.range.now


def _app_href(scope: Scope, spike: Spike) -> str:
    """The app's page for the spike's episode; the page of all apps if no address can ask for this one.

    An episode that goes on has no end in the address.
    """
    since, until = spike.episode
    query = scope.filterset.query_string.replacing(
        range=None, since=rfc3339(since, "auto"), until=None if _goes_on(scope, spike) else rfc3339(until, "auto")
    )
    account = Account.objects.get(pk=spike.app[0])
    # The range of that page is the episode, so it is what the page is to compare.
    at_app = app_href(QueryString(QueryDict(query[1:])), account, spike.app[1], compared="range")
    return at_app or reverse("logins:by-app") + query


def _with_unknown_part(figures: Figures, headline: Headline) -> Headline:
    """Say so if part of the range is not known."""
    if figures.scope.lines[Log.ACCESS_REQUESTS].kind in (COMPLETE, PROVISIONAL):
        return headline
    words, unknown = headline.words, sentences.UNKNOWN_PART
    return replace(headline, words=format_html("{} {}", words, unknown) if words else unknown)


# SCIM, and people


def _denied(figures: Figures) -> Headline | None:
    """How many people were denied, where most of them, and what became of them."""
    outcomes, people = figures.outcomes, figures.outcomes.people_denied
    if not people:
        return None
    # Whoever lost an app is locked out, even if they never had access to another one.
    locked_out = outcomes.locked_out.by_person.keys()
    never_had_access = outcomes.never_had_access.by_person.keys() - locked_out
    [(app, most), *others] = outcomes.denied.apps.most_common()
    headline = sentences.people_denied(
        people,
        _ends(figures),
        short(app_name(*app)),
        most,
        len(others) + 1,
        len(locked_out),
        len(never_had_access),
        _way_to_cause(figures, app),
    )
    return _with_unknown_part(figures, headline)


def _ends(figures: Figures) -> str:
    """The range as a time in which something happened: "from 10:00 to 11:00 UTC"."""
    scope = figures.scope
    since, until = scope.range.since, scope.range.until if scope.is_past else None
    if since and until:
        return scope.from_to(since, until)
    return f"since {scope.moment(since)}" if since else f"until {scope.moment(until or scope.range.now)}"


def _way_to_cause(figures: Figures, app: AppKey) -> Way:
    query_string = figures.scope.filterset.query_string
    at_app = app_href(query_string, Account.objects.get(pk=app[0]), app[1], compared="range")
    return Way("What they have in common", at_app or figures.scope.href("logins:by-app"))


def _problem(figures: Figures, problems: Sequence[OpenProblem]) -> Headline | None:
    past = figures.past
    if not problems:
        return None
    worst = problems[0]
    return sentences.scim_failing(
        worst.template,
        worst.resources,
        worst.again,
        worst.requests,
        worst.subject,
        Way("See the resources", worst.href),
        as_of=f"as of {figures.scope.moment(past.at)}" if past else "",
    )


def _locked_out(figures: Figures, newest: Sequence[DenialRun]) -> Headline | None:
    if not newest:
        return None
    found = figures.outcomes.locked_out
    way = Way("See who", figures.scope.href("logins:by-person", outcome=LOCKED_OUT))
    last = figures.scope.moment(newest[0].last_denied)
    headline = sentences.locked_out(found.people, _names(found), last, way, is_past=figures.scope.is_past)
    return _with_unknown_part(figures, headline)


def _never_had_access(figures: Figures) -> Headline | None:
    found = figures.outcomes.never_had_access
    if not found:
        return None
    way = Way("See who", figures.scope.href("logins:by-person", outcome=NEVER_HAD_ACCESS))
    return _with_unknown_part(figures, sentences.never_had_access(found.people, _names(found), way))


def _names(found: Denials) -> list[str]:
    """The name of the app if there is but one, else something for each."""
    apps = found.apps
    return [short(app_name(*next(iter(apps))))] if len(apps) == 1 else [app_uid for _, app_uid in apps]


def _calm(figures: Figures) -> Headline:
    scope, denied, failures = figures.scope, figures.denied, figures.failures
    words = in_range(scope.range)
    lines = scope.lines
    way = Way("How far the sync is", reverse("sync:page"))
    knows_scim = bool(scope.streams_of(Log.SCIM_UPDATES))
    logs = [Log.ACCESS_REQUESTS, Log.SCIM_UPDATES] if knows_scim else [Log.ACCESS_REQUESTS]
    if lines[Log.ACCESS_REQUESTS].kind == UNKNOWN and not denied and not failures and not figures.denials.others:
        return sentences.unknown(words, [f"{log.label}: {lines[log].sentence}" for log in logs], way)
    unsure = [f"{log.label}: {lines[log].sentence}" for log in logs if lines[log].kind in (PARTIAL, UNKNOWN)]
    if figures.denials.others and not denied and not failures:
        show = Way("Show these rows", scope.href("logins:list", identity=list(NO_PEOPLE)))
        return sentences.only_others(words, figures.denials.others, unsure, show)
    if denied or failures:
        return sentences.nobody_out(words, denied, figures.outcomes.people_denied, failures, unsure)
    if unsure:
        return sentences.quiet_where_known(words, unsure, way)
    if any(lines[log].kind == PROVISIONAL for log in logs):
        return sentences.quiet_so_far(words, knows_scim=knows_scim)
    return sentences.quiet(words, knows_scim=knows_scim)
