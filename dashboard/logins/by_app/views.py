"""Failed logins by app: the page, what unfolds in it, its CSV, and one application's own page."""

from __future__ import annotations

import csv
from datetime import timedelta
from typing import Any, ClassVar

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from dashboard.charts.sparkline import WHOLE, known_of
from dashboard.lists.csv import cell
from dashboard.lists.empty import why_empty
from dashboard.lists.filters import EventFilterSet
from dashboard.lists.tables import sort_problems
from dashboard.logins.by_app.failures import failures_of
from dashboard.logins.by_app.lockouts import lockouts_of
from dashboard.logins.by_app.page import MOST_NAMES, asked_app, chart_of_app, people_of
from dashboard.logins.by_app.summary import summary_of
from dashboard.logins.by_app.tables import AppTable
from dashboard.logins.by_person import LOCKED_OUT
from dashboard.logins.filters import FailedLoginFilter
from dashboard.logins.views import LoginListView
from dashboard.page.coverage_line import CoverageLine, line_for
from dashboard.page.query_string import QueryString
from dashboard.page.viewer import Viewer
from logsync.insight.app_names import app_name, names_in
from logsync.insight.failures_by_app import App, FailuresByApp
from logsync.spans import Span
from logsync.words import counted

# More applications are not shown at once; the export holds all.
MOST_APPS = 200


class AppListView(LoginListView):
    """Failed logins by app, under the same filters as the list; for htmx only the row that the address opens."""

    filterset_class: ClassVar[type[EventFilterSet]] = FailedLoginFilter
    template_name = "logins/by_app/list.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        response = self._row(request) if request.htmx else super().get(request)  # type: ignore[attr-defined]
        # One address has two answers; a browser that goes back must not show the row as the page.
        patch_vary_headers(response, ["HX-Request"])
        return response

    def _row(self, request: HttpRequest) -> HttpResponse:
        """Only what unfolds."""
        filterset = self.filterset(request)
        context = self.context(request, filterset, self.problems(request, filterset))
        if context["open"] is None:
            raise Http404("No failed login of the range was at this app.")
        return render(request, "logins/by_app/open_row.html", context)

    def context(self, request: HttpRequest, filterset: Any, problems: list[str]) -> dict[str, Any]:
        viewer = Viewer.of(request)
        line = line_for(self.streams(filterset), filterset.range, viewer)
        failures = self.failures(filterset)
        apps = [] if problems else failures.apps
        table = self.table(request, apps[:], filterset, line)
        # A row that unfolds has lists of its own.
        is_row = bool(request.htmx)  # type: ignore[attr-defined]
        opened = next((app for app in apps if app.key == request.GET.get("open")), None)
        return {
            "filterset": filterset,
            "problems": problems,
            "table": table,
            "lines": table.lines[:MOST_APPS],
            "line": line,
            "title": "Failed logins by app",
            "lead": "" if problems else _lead(failures, filterset, viewer),
            "empty": None if apps or problems else why_empty(filterset, line, "failed logins", at_the_end=False),
            "count": len(apps),
            "count_words": f"{len(apps):,}",
            "export_href": reverse("logins:by-app-csv") + filterset.query_string.replacing() if apps else "",
            "viewer": viewer,
            "open": summary_of(opened, failures, filterset, line, request.build_absolute_uri()) if opened else None,
            "everybody_href": reverse("logins:by-person")
            + filterset.query_string.replacing(sort=None, outcome=LOCKED_OUT),
            "lockouts": None if problems or is_row else lockouts_of(failures, filterset.query_string),
        }

    def failures(self, filterset: Any) -> FailuresByApp:
        return failures_of(filterset, self.streams(filterset))

    def table(self, request: HttpRequest, apps: list[App], filterset: Any, line: CoverageLine) -> AppTable:
        sort = request.GET.get("sort", "")
        known = _known(apps, filterset, line) if apps else WHOLE
        return AppTable(apps, sort=sort, viewer=Viewer.of(request), address=filterset.query_string, known=known)

    def problems(self, request: HttpRequest, filterset: EventFilterSet) -> list[str]:
        return [*filterset.problems, *sort_problems(AppTable, request.GET)]


class AppCsvView(AppListView):
    """The table of applications as CSV: every application, in the page's order, under the page's query string.

    A share that is not counted, and what is not known of the time before, are blank.
    """

    columns = (
        "account",
        "app_uid",
        "app_name",
        "denied",
        "before",
        "people",
        "share",
        "first",
        "last",
        "locked_out",
    )

    def get(self, request: HttpRequest) -> HttpResponse:
        filterset = self.filterset(request)
        if problems := self.problems(request, filterset):
            return HttpResponse("\n".join(problems) + "\n", status=400, content_type="text/plain; charset=utf-8")
        line = line_for(self.streams(filterset), filterset.range, Viewer())
        table = self.table(request, self.failures(filterset).apps, filterset, line)
        response = HttpResponse(content_type="text/csv; charset=utf-8")
        name = f"failed-logins-by-app-{timezone.now():%Y%m%dT%H%M%SZ}-{line.kind}.csv"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        response["Coverage"] = " ".join(line.sentence.split()).replace("’", "'").encode("ascii", "replace").decode()
        writer = csv.writer(response)
        writer.writerow(self.columns)
        writer.writerows([cell(value) for value in _csv_row(row.record)] for row in table.rows)
        return response


def _csv_row(app: App) -> list[Any]:
    share = None if app.share is None else f"{app.share:.1f}"
    counts = [app.denied, app.before, app.people, share]
    return [app.account.account_id, app.app_uid, app.name, *counts, app.first, app.last, app.locked_out]


class AppView(AppListView):
    """One application: its logins over the range, its people, its names, and what the denied have in common.

    The address asks for it as a list does, by `account` and `app_uid`; where it does not ask for one, the page of all
    answers.
    """

    template_name = "logins/by_app/page.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        if asked_app(request.GET) is None:
            return redirect(reverse("logins:by-app") + QueryString(request.GET).replacing())
        return super().get(request)

    def context(self, request: HttpRequest, filterset: Any, problems: list[str]) -> dict[str, Any]:
        asked = asked_app(request.GET)
        if asked is None:
            raise Http404("There is no such app.")
        viewer, line = Viewer.of(request), line_for(self.streams(filterset), filterset.range, Viewer.of(request))
        name = app_name(asked[0].pk, asked[1])
        context = {"filterset": filterset, "problems": problems, "line": line, "title": name, "viewer": viewer}
        if problems:
            return context
        failures = self.failures(filterset)
        app = next(iter(failures.apps), None)
        people, people_count = people_of(failures, filterset.query_string)
        return context | {
            "lead": _app_lead(app, people_count, filterset, viewer),
            "chart": chart_of_app(request, filterset, line, viewer),
            "empty": None if app else why_empty(filterset, line, "failed logins", at_the_end=False),
            "open": summary_of(app, failures, filterset, line, request.build_absolute_uri()) if app else None,
            "is_alone": True,
            "people": people,
            "people_count": people_count,
            "names": names_in(failures.logins, MOST_NAMES),
            "app_uid": asked[1],
            "account": asked[0],
        }


def _lead(failures: FailuresByApp, filterset: Any, viewer: Viewer) -> str:
    apps, out = failures.apps, failures.outcomes.locked_out
    denied, people = sum(app.denied for app in apps), out.people
    words = f"{counted(denied, 'denial')} at {counted(len(apps), 'app')}"
    words += f"; {counted(len(out), 'time')} somebody is still locked out of one"
    return f"{words}, {counted(people, 'person', 'people')} in all, as of {_now(filterset, viewer)}"


def _app_lead(app: App | None, people: int, filterset: Any, viewer: Viewer) -> str:
    if app is None:
        return f"No denials, as of {_now(filterset, viewer)}"
    words = f"{counted(app.denied, 'denial')} of {counted(people, 'person', 'people')}"
    return f"{words}; {counted(app.locked_out, 'person', 'people')} still locked out, as of {_now(filterset, viewer)}"


def _now(filterset: Any, viewer: Viewer) -> str:
    return f"{viewer.local(filterset.range.now):%H:%M:%S} {viewer.zone_word if viewer.first else 'UTC'}"


def _known(apps: list[App], filterset: Any, line: CoverageLine) -> list[tuple[float, float]]:
    """The part of the trend's time that is known, in per cent."""
    range = filterset.range
    since = range.since or min(app.first for app in apps)
    until = range.until or max(range.now, *(app.last + timedelta.resolution for app in apps))
    return known_of(line.coverage.known, Span(since, until))
