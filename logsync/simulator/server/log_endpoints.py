"""The endpoints of the two logs.

https://developers.cloudflare.com/api/resources/zero_trust/subresources/access/subresources/logs/
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from logsync.simulator.company.company import Company
from logsync.simulator.logs.timeline import LATEST, Event, Row, Stream, Timeline, View
from logsync.simulator.nanoseconds import DAY, SECOND, from_datetime, from_timedelta
from logsync.simulator.server import parameters
from logsync.simulator.server.filters import by_email, by_values
from logsync.simulator.server.http import INVALID_REQUEST, Answer, Query, success
from logsync.simulator.server.parameters import Paging


@dataclass(frozen=True)
class Habits:
    """How the logs answer; see `Simulator` for what each of these means."""

    clock: Callable[[], datetime]
    retention: timedelta
    lateness: Callable[[Random], timedelta] | None
    ignore_page: bool
    page_cap: int | None

    def now(self) -> int:
        return from_datetime(self.clock())

    def earliest(self) -> int:
        """Return where what is kept begins. It moves on all the time, and so does every page that begins there."""
        return self.now() - from_timedelta(self.retention)

    def paging(self, paging: Paging) -> Paging:
        if self.ignore_page:
            paging = replace(paging, page=1)
        if self.page_cap is not None:
            paging = replace(paging, per_page=min(paging.per_page, self.page_cap))
        return paging

    def delay(self, at: int) -> int:
        """Return how long after it happened an event becomes visible."""
        if self.lateness is None:
            return 0
        return min(from_timedelta(self.lateness(Random(at))), LATEST)


class Logs:
    def __init__(self, company: Company, logins: Stream, scim_updates: Mapping[str, Stream], habits: Habits) -> None:
        self.company = company
        self.logins = Timeline([logins])
        self.scim_updates_by_idp_id = scim_updates
        self.habits = habits

    def access_requests(self, query: Query) -> Answer:
        paging = self.habits.paging(parameters.paging(query, default=25))
        view = self._view(query, by_email(query))
        rows = [event.row for event in self._page(self.logins, view, paging, query)]
        if fields := parameters.last(query, "fields"):
            rows = [{name: row[name] for name in fields.split(",") if name in row} for row in rows]
        # The real log does not count its total either, so paging must not rely on it.
        return success(rows, result_info=paging.info(count=len(rows), total_count=0))

    def scim_updates(self, query: Query) -> Answer:
        if not query.get("idp_id"):
            return INVALID_REQUEST
        paging = self.habits.paging(parameters.paging(query, default=20))
        timeline = Timeline([stream for id_, stream in self.scim_updates_by_idp_id.items() if id_ in query["idp_id"]])
        view = self._view(query, by_values(query))
        rows = [event.row for event in self._page(timeline, view, paging, query)]
        return success(rows, result_info=paging.info(count=len(rows), total_count=timeline.count(view)))

    def failed_logins(self, user_id: str, query: Query) -> Answer:
        """Answer with the denied logins of the user in the last 24 hours."""

        def is_theirs(row: Row) -> bool:
            return row["user_id"] == user_id and row.get("allowed") is False

        now = self.habits.now()
        view = View(
            since=max(now - DAY, self.habits.earliest()), until=now, now=now, delay=self.habits.delay, keep=is_theirs
        )
        events = self.logins.page(view, skip=0, size=100, descending=True)
        failures = [self._failed_login(event) for event in events]
        info = Paging(page=1, per_page=100).info(count=len(failures), total_count=len(failures))
        return success(failures, result_info=info)

    def _failed_login(self, event: Event) -> Row:
        row = event.row
        app = next(app for app in self.company.applications if app.app_uid == row["app_uid"])
        metadata = {
            "app_name": app.name,
            "aud": app.aud,
            "datetime": row["created_at"],
            "ray_id": row["ray_id"],
            "user_email": row["user_email"],
            "user_uuid": row["user_id"],
        }
        return {"expiration": (event.at + DAY) // SECOND, "metadata": metadata}

    def _view(self, query: Query, keep: Callable[[Row], bool] | None) -> View:
        now = self.habits.now()
        since, until = parameters.window(query, earliest=self.habits.earliest(), latest=now)
        return View(since=since, until=until, now=now, delay=self.habits.delay, keep=keep)

    def _page(self, timeline: Timeline, view: View, paging: Paging, query: Query) -> list[Event]:
        descending = parameters.choice(query, "direction", "desc", "asc") == "desc"
        return timeline.page(view, skip=paging.skip, size=paging.per_page, descending=descending)
