"""When each user was last let in, and last signed in, looked up in the login log from now back, hour by hour."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from logsync.simulator.logs.timeline import LATEST, Event, Stream, Timeline, View
from logsync.simulator.nanoseconds import HOUR
from logsync.simulator.server.log_endpoints import Habits

# More than any hour has.
ALL = 10**9


class Newest(NamedTuple):
    """The newest logins of a time by user id: those that were let in, and those after which an identity was kept."""

    let_in: dict[str, Event]
    signed_in: dict[str, Event]


class LastLogins:
    """`signs_in`: whether a user can sign in at the identity provider at a moment; who can't leaves no identity."""

    def __init__(self, logins: Stream, habits: Habits, signs_in: Callable[[str, int], bool]) -> None:
        self.logins = Timeline([logins])
        self.habits = habits
        self.signs_in = signs_in
        # An hour in which nothing more can appear.
        self._past_hour = lru_cache(maxsize=512)(self._newest_of)

    def let_in(self, users: int) -> dict[str, Event]:
        """Return the last login of each user that was let in, of as many users as there are."""
        found: dict[str, Event] = {}
        for newest in self._hours():
            found = newest.let_in | found
            if len(found) == users:
                break
        return found

    def signed_in(self, user_id: str) -> Event | None:
        """Return the last login after which the user's identity was kept, let in or not."""
        return next((newest.signed_in[user_id] for newest in self._hours() if user_id in newest.signed_in), None)

    def _hours(self) -> Iterator[Newest]:
        now = self.habits.now()
        for hour in range(now // HOUR, self.habits.earliest() // HOUR, -1):
            is_past = (hour + 1) * HOUR + LATEST <= now
            yield self._past_hour(hour) if is_past else self._newest_of(hour)

    def _newest_of(self, hour: int) -> Newest:
        now = self.habits.now()
        view = View(since=hour * HOUR, until=(hour + 1) * HOUR - 1, now=now, delay=self.habits.delay)
        newest = Newest({}, {})
        for event in self.logins.page(view, skip=0, size=ALL, descending=False):
            user_id = str(event.row["user_id"])
            if event.row.get("allowed") is True:
                newest.let_in[user_id] = event
            if self.signs_in(user_id, event.at):
                newest.signed_in[user_id] = event
        newest.let_in.pop("", None)
        return newest
