"""Failed logins by app: the page, what unfolds in it, its CSV, and one application's own page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from dashboard.charts.sparkline import WHOLE, shares_of
from dashboard.lists.context import GroupedContext, ListContext
from dashboard.lists.empty import bypass_note, why_empty
from dashboard.lists.export import ExportLinks
from dashboard.lists.grouped import GroupedExportView, GroupedList, GroupedListView, Groups
from dashboard.lists.views import controls
from dashboard.logins.by_app.failures import failures_of
from dashboard.logins.by_app.lockout_tables import (
    EveryLockoutTable,
    GotInTable,
    NeverInTable,
    PeopleOfAppTable,
    StillOutTable,
)
from dashboard.logins.by_app.lockouts import Lockouts, lockouts_of
from dashboard.logins.by_app.page import MOST_NAMES, chart_of_app, chosen_app, people_of
from dashboard.logins.by_app.summary import Summary, summary_of
from dashboard.logins.by_app.tables import AppTable
from dashboard.logins.by_app.window import AppFilter
from dashboard.logins.by_person import LOCKED_OUT, NEVER_HAD_ACCESS
from dashboard.page.coverage_line import CoverageLine
from dashboard.page.query_string import QueryString
from dashboard.page.wording import access_words
from dashboard.permissions.permission import Permission, may
from dashboard.saved.lists import SavedViews
from dashboard.why.change_marks import with_changes_of_app
from dashboard.why.changed_before import ChangedBefore, changed_before
from logsync.insight.app_names import NameInLogins, app_name, names_in
from logsync.insight.failures_by_app import App, FailuresByApp
from logsync.models import Account, Log
from logsync.spans import Span
from logsync.words import counted, counted_attempts

LOCKOUTS_CSV = "logins:lockouts-csv"


@dataclass(frozen=True)
class AppGroups(Groups):
    """Applications with failed logins, with what they were found by."""

    failures: FailuresByApp


class AppList(GroupedList):
    """Failed logins by app, under the same filters as the list of logins."""

    filterset_class = AppFilter
    table_class = AppTable
    log = Log.ACCESS_REQUESTS
    title = "Failed logins by app"
    word = "Failed by app"
    noun = "failed logins"
    list_name = "logins:by-app"
    csv_name = "logins:by-app-csv"
    filename = "failed-logins-by-app"

    def groups(self, filterset: Any, most: int | None) -> AppGroups:
        failures = failures_of(filterset, self.streams(filterset))
        return AppGroups(failures.apps, len(failures.apps), failures)

    def table(self, found: Groups, filterset: Any, line: CoverageLine | None) -> AppTable:
        known = _known(list(found.rows), filterset, line) if found.rows and line else WHOLE
        return AppTable(
            found.rows,
            sort=self.sort,
            viewer=self.viewer,
            query_string=filterset.query_string,
            before=filterset.range.earlier,
            known=known,
        )


@dataclass(frozen=True, kw_only=True)
class AppsContext(GroupedContext):
    """Failed logins by app."""

    # Whether the page is of one application alone.
    is_alone: bool = False
    # Who lost access, who never had it and who got in since, and how many; None if the address has a problem.
    lockouts: Lockouts | None = None
    # Their tables.
    still_out: StillOutTable | None = None
    never_in: NeverInTable | None = None
    got_in: GotInTable | None = None
    # Everybody who lost access, and everybody who never had it.
    # All three lists as one CSV or JSON.
    lockouts_export: ExportLinks | None = None
    still_out_href: str = ""
    never_in_href: str = ""


class AppListView(SavedViews, AppList, GroupedListView):
    """The page of all applications; for htmx only the row that the address opens."""

    template_name = "logins/by_app/list.html"
    context_class = AppsContext

    def get(self, request: HttpRequest) -> HttpResponse:
        response = self._row(request) if request.htmx else super().get(request)  # type: ignore[attr-defined]
        # One address has two answers; a browser that goes back must not show the row as the page.
        patch_vary_headers(response, ["HX-Request"])
        return response

    def _row(self, request: HttpRequest) -> HttpResponse:
        """Only what unfolds."""
        filterset = self.filterset(request)
        opened = None
        if not self.problems(request, filterset):
            opened = self._opened(self.groups(filterset, None), filterset, self.line(filterset, self.viewer))
        if opened is None:
            raise Http404("No failed login of the range was at this app.")
        return render(request, "lists/open_row.html", {"open": opened})

    def lead(self, found: AppGroups, filterset: Any) -> str:
        return _lead(found.failures)

    def further(self, found: AppGroups, filterset: Any, line: CoverageLine | None) -> dict[str, Any]:
        address, viewer = filterset.query_string, self.viewer
        lockouts = lockouts_of(found.failures, address)
        return {
            "open": self._opened(found, filterset, line),
            "lockouts": lockouts,
            "still_out": StillOutTable(lockouts.out, viewer=viewer, query_string=address),
            "never_in": NeverInTable(lockouts.never_in, viewer=viewer, query_string=address),
            "got_in": GotInTable(lockouts.got_in, viewer=viewer, query_string=address),
            "lockouts_export": ExportLinks.of(LOCKOUTS_CSV, address, sort=None),
            "still_out_href": reverse("logins:by-person") + address.replacing(sort=None, outcome=LOCKED_OUT),
            "never_in_href": reverse("logins:by-person") + address.replacing(sort=None, outcome=NEVER_HAD_ACCESS),
        }

    def _opened(self, found: AppGroups, filterset: Any, line: CoverageLine | None) -> Summary | None:
        """What the row that the address opens shows below itself; None if it opens none."""
        key = self.request.GET.get("open")
        app = next((app for app in found.rows if app.key == key), None)
        if app is None or line is None:
            return None
        return summary_of(app, found.failures, filterset, line, self.request)


class AppExportView(AppList, GroupedExportView):
    """Every application as CSV or JSON, in the page's order."""


class LockoutExportView(GroupedExportView):
    """Every person and app of the lists below the table, or of one app, as CSV or JSON: what became of each."""

    filterset_class = AppFilter
    table_class = EveryLockoutTable
    log = Log.ACCESS_REQUESTS
    title = "People who were denied"
    noun = "people"
    list_name = "logins:by-app"
    filename = "lockouts"

    def groups(self, filterset: Any, most: int | None) -> Groups:
        found = lockouts_of(failures_of(filterset, self.streams(filterset)), filterset.query_string, most=most)
        rows = [*found.out, *found.never_in, *found.got_in]
        return Groups(rows, len(rows))

    def table(self, found: Groups, filterset: Any, line: CoverageLine | None) -> EveryLockoutTable:
        return EveryLockoutTable(found.rows, viewer=self.viewer, query_string=filterset.query_string)


@dataclass(frozen=True, kw_only=True)
class AppContext(ListContext):
    """One application's own page."""

    account: Account
    app_uid: str
    is_alone: bool = True
    # The people it denied, as many as are shown, and how many there are in all; None if the address has a problem.
    people: PeopleOfAppTable | None = None
    people_count: int = 0
    # What logins of the range call it.
    names: Sequence[NameInLogins] = ()
    # What changed in the day before its denials began.
    changed_before: Sequence[ChangedBefore] = ()
    # Why no rows prove nothing here; blank unless a policy bypasses Access.
    bypass: str = ""


class AppView(AppList):
    """One application: its logins over the range, its people, its names, and what the denied have in common.

    The address asks for it as a list does, by `account` and `app_uid`; where it does not ask for one, the page of all
    answers.
    """

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = chosen_app(request.GET)
        if asked is None:
            return redirect(reverse("logins:by-app") + QueryString(request.GET).replacing())
        filterset = self.filterset(request)
        problems = self.problems(request, filterset)
        context = self.context(filterset, problems, *asked)
        return render(request, "logins/by_app/page.html", vars(context), status=400 if problems else 200)

    def context(self, filterset: Any, problems: list[str], account: Account, app_uid: str) -> AppContext:
        line = self.line(filterset, self.viewer)
        found: dict[str, Any] = {"lead": "", "count": 0, "count_words": "0", "empty": None}
        if not problems:
            found = self._found(filterset, line, account, app_uid)
        return AppContext(
            title=app_name(account.pk, app_uid),
            noun=self.noun,
            filterset=filterset,
            problems=problems,
            line=line,
            account=account,
            app_uid=app_uid,
            **found,
            **controls(filterset),
        )

    def _found(self, filterset: Any, line: CoverageLine, account: Account, app_uid: str) -> dict[str, Any]:
        failures = failures_of(filterset, self.streams(filterset))
        app = next(iter(failures.apps), None)
        people, people_count = people_of(failures, filterset.query_string)
        count = app.denied if app else 0
        opened = summary_of(app, failures, filterset, line, self.request) if app else None
        chart = chart_of_app(self.request, filterset, line, self.viewer)
        return {
            "lead": _app_lead(app, people_count),
            "count": count,
            "count_words": f"{count:,}",
            "empty": None if app else why_empty(filterset, line, self.noun, at_the_end=False, has_groups=True),
            "chart": with_changes_of_app(chart, self.request, account, app_uid),
            "changed_before": self._changed_before(opened, account, app_uid),
            "open": opened,
            "people": PeopleOfAppTable(people, viewer=self.viewer, query_string=filterset.query_string),
            "people_count": people_count,
            "names": names_in(failures.logins, MOST_NAMES),
            "bypass": bypass_note(filterset) if app else "",
        }

    def _changed_before(self, opened: Summary | None, account: Account, app_uid: str) -> list[ChangedBefore]:
        """What changed in the day before the spike of the page began."""
        if opened is None or opened.time.episode is None or not may(self.request, Permission.VIEW_POLICIES):
            return []
        return changed_before(account.pk, app_uid, opened.time.episode, self.viewer, timezone.now())


def _lead(failures: FailuresByApp) -> str:
    apps, out, never = failures.apps, failures.outcomes.locked_out, failures.outcomes.never_had_access
    denied = counted_attempts(sum(app.denied for app in apps), sum(app.rows for app in apps), "denied attempt")
    pairs = counted(len(out), "person-app pair") if len(out) != out.people else ""
    return f"{denied} at {counted(len(apps), 'app')}; {access_words(out.people, never.people, pairs)}"


def _app_lead(app: App | None, people: int) -> str:
    if app is None:
        return "No denials"
    denied = counted_attempts(app.denied, app.rows, "denied attempt")
    share = "" if app.share is None else f", {app.share:.1f} % of all attempts"
    access = access_words(app.locked_out, app.never_had_access)
    return f"{denied} by {counted(people, 'person', 'people')}{share}; {access}"


def _known(apps: list[App], filterset: Any, line: CoverageLine) -> list[tuple[float, float]]:
    """The part of the trend's time that is known, in per cent."""
    range = filterset.range
    since = range.since or min(app.first for app in apps)
    until = range.until or max(range.now, *(app.last + timedelta.resolution for app in apps))
    return shares_of(line.coverage.known_everywhere, Span(since, until))
