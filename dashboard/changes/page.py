"""The page of one change: before and after, who and when, and what happened to logins around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard.changes.rows import kind_word
from dashboard.page import cells
from dashboard.page.links import app_href, changes_href, object_href, people_href, rows_href
from dashboard.page.query_string import QueryString
from dashboard.page.sentences import SentenceRenderer
from dashboard.page.viewer import Viewer
from dashboard.why.differences import ShownDifference, difference_of
from logsync.insight.app_names import app_names
from logsync.insight.policy_changes.change import Origin, PolicyChange
from logsync.insight.policy_changes.footprint import Footprint, Side, footprints
from logsync.insight.policy_changes.load import contents_of, references_for
from logsync.insight.policy_changes.names import names_in
from logsync.insight.policy_changes.sentences import before_denial
from logsync.models import Account
from logsync.spans import Span
from logsync.words import rfc3339

# A change of a rule group may touch hundreds of applications; those with most people denied after it come first.
MOST_APPS = 10


@dataclass(frozen=True, slots=True)
class Doing:
    """An entry of the audit log: when, who, and Cloudflare's word for what they did."""

    at: datetime
    who: SafeString
    action: str


@dataclass(frozen=True, slots=True)
class AppRow:
    """What happened at one application; each number as HTML, with its link."""

    name: SafeString
    denied_before: SafeString
    denied_after: SafeString
    let_in_before: SafeString
    let_in_after: SafeString
    shut_out: SafeString
    # The fact about the first denial after the change; blank if no run of denials began within a day.
    fact: SafeString | str


@dataclass(frozen=True, kw_only=True)
class ChangeContext:
    """`changes/change.html`."""

    change: PolicyChange
    account: Account
    kind_word: str
    name: str
    # Its page among the policies, and all changes of it; the first is blank if no address can name it.
    object_href: str
    history_href: str
    doings: Sequence[Doing]
    # What differs; None if it isn't known.
    difference: ShownDifference | None
    is_gone: bool
    apps: Sequence[AppRow]
    app_count: int
    # Whether the day after the change is not over yet.
    is_running: bool


def context_of(change: PolicyChange, viewer: Viewer, now: datetime) -> ChangeContext:
    """What the page of a change shows."""
    account = Account.objects.get(pk=change.account_id)
    before, after = contents_of(change)
    names = names_in(account.pk, change.kind, (before, after))
    renderer = SentenceRenderer(viewer, now)
    is_known = before is not None or after is not None
    touched = references_for(account.pk, [change]).apps_touched(change.key, change.span)
    found = footprints(change, touched, MOST_APPS, now)
    app_words = app_names((account.pk, one.app_uid) for one in found)
    return ChangeContext(
        change=change,
        account=account,
        kind_word=kind_word(change),
        name=change.name or change.object_id,
        object_href=object_href(account, change.kind, change.object_id),
        history_href=changes_href(account, kind=change.kind, object_id=change.object_id, range="all"),
        doings=[Doing(entry.changed_at, cells.person(entry.actor_email), entry.action) for entry in change.entries],
        difference=difference_of(before, after, names, renderer) if is_known else None,
        is_gone=change.origin is Origin.GONE,
        apps=[_row(change, one, account, app_words[account.pk, one.app_uid], renderer) for one in found],
        app_count=len(touched),
        is_running=bool(found) and not found[0].after.is_over,
    )


def _row(change: PolicyChange, one: Footprint, account: Account, name: str, renderer: SentenceRenderer) -> AppRow:
    anywhere = QueryString(QueryDict())
    page = app_href(anywhere, account, one.app_uid, **_ends(Span(one.before.span.since, one.after.span.until)))
    fact: SafeString | str = ""
    if one.first_denial:
        words = renderer.html(before_denial(change, one.first_denial))
        fact = format_html("{}{} ({})", str(words)[:1].upper(), words[1:], renderer.at(one.first_denial))

    def denied(side: Side) -> SafeString:
        return _number(side.denied, side, people_href(anywhere, account, one.app_uid, **_ends(side.span)))

    def let_in(side: Side) -> SafeString:
        href = rows_href(anywhere, account, one.app_uid, allowed="true", identity="people", **_ends(side.span))
        return _number(side.let_in, side, href)

    shown = cells.text(name)
    return AppRow(
        name=format_html('<a class="gh-plain fw-medium" href="{}">{}</a>', page, shown) if page else shown,
        denied_before=denied(one.before),
        denied_after=denied(one.after),
        let_in_before=let_in(one.before),
        let_in_after=let_in(one.after),
        shut_out=_number(one.shut_out, one.after, ""),
        fact=fact,
    )


def _ends(span: Span) -> dict[str, str]:
    return {"since": rfc3339(span.since, "auto"), "until": rfc3339(span.until, "auto")}


def _number(number: int | None, side: Side, href: str) -> SafeString:
    """A number of people; where not all of its time is known, there may be more."""
    if number is None:
        return format_html('<span class="dim">{}</span>', "not known")
    shown = format_html('<a href="{}">{}</a>', href, f"{number:,}") if href and number else f"{number:,}"
    return format_html("{}{}", "" if side.is_whole else "at least ", shown)
