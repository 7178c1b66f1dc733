"""The WSGI application: token, quota, route, fault."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from http.client import responses
from random import Random
from typing import Any

from logsync.simulator.api import Api
from logsync.simulator.company import Company
from logsync.simulator.directory import Directory
from logsync.simulator.entra import EntraUpdates
from logsync.simulator.faults import Fault
from logsync.simulator.http import INVALID_TOKEN, Answer, Refused, Request
from logsync.simulator.log import Log
from logsync.simulator.logins import Logins
from logsync.simulator.logs import Habits, Logs
from logsync.simulator.okta import OktaUpdates
from logsync.simulator.quota import TOO_MANY_REQUESTS, Quota
from logsync.simulator.story import Story
from logsync.simulator.tokens import WITHHELD, WRONG

StartResponse = Callable[[str, list[tuple[str, str]]], object]


def utc_now() -> datetime:
    return datetime.now(UTC)


def a_little_late(random: Random) -> timedelta:
    """Return how long an event takes to show up: some 20 seconds mostly, at times up to four minutes."""
    if random.random() < 0.1:
        return timedelta(seconds=random.uniform(60, 240))
    return timedelta(seconds=random.triangular(3, 45, 12))


class Simulator:
    """A small Cloudflare. Its logs follow from the seed and the time alone, and it keeps nothing.

    `token`: the only one accepted, beside those with a meaning of their own (`tokens.py`).
    `lateness`: how much later than its moment an event shows up, an hour at most; None for at once.
    `retention`: an older window is answered with nothing, and without an error.
    `ignore_page`: every page is the first one. `page_cap`: no page has more rows, whatever is asked for.
    `enforce_rate_limit`: refuse those who ask too often. `faults`: what to spoil (`faults.py`).
    """

    def __init__(
        self,
        seed: str = "meridian",
        logins_per_day: int = 8000,
        scim_per_day: int = 400,
        clock: Callable[[], datetime] = utc_now,
        token: str | None = None,
        *,
        lateness: Callable[[Random], timedelta] | None = a_little_late,
        retention: timedelta = timedelta(days=45),
        ignore_page: bool = False,
        page_cap: int | None = None,
        enforce_rate_limit: bool = False,
        faults: Callable[[Request], Fault | None] = lambda request: None,
    ) -> None:
        self.company = Company(seed)
        self.story = Story(self.company)
        self.clock = clock
        self.token = token
        self.faults = faults
        self.quota = Quota(enforced=enforce_rate_limit)
        habits = Habits(clock, retention, lateness, ignore_page, page_cap)
        self.api = Api(
            self.company.account_id,
            Directory(self.company, lambda person: self.story.is_active(person, habits.now())),
            Logs(self.company, self._logins(logins_per_day), self._scim_updates(scim_per_day), habits),
        )

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        request = Request.from_environ(environ)
        answer = self.answer(request)
        if fault := self.faults(request):
            answer = fault(answer)
        headers = {**answer.headers, "Content-Length": str(len(answer.body))}
        start_response(f"{answer.status} {responses.get(answer.status, 'Unknown')}", list(headers.items()))
        return [answer.body]

    def answer(self, request: Request) -> Answer:
        allowance = self.quota.count(request.token or "", self.clock().timestamp())
        answer = TOO_MANY_REQUESTS if allowance.refused else self._answer(request)
        return answer.with_headers(allowance.headers)

    def _answer(self, request: Request) -> Answer:
        token = request.token
        if not token or not self._accepts(token):
            return INVALID_TOKEN
        try:
            return self.api.answer(request, token)
        except Refused as refused:
            return refused.answer

    def _accepts(self, token: str) -> bool:
        return token != WRONG and (self.token in (None, token) or token in WITHHELD)

    def _logins(self, per_day: int) -> Log:
        return Log(self.company, Logins(self.company, self.story), per_day)

    def _scim_updates(self, per_day: int) -> dict[str, Log]:
        """Return the logs of the providers by `idp_id`; they share the day's updates."""
        authors = (OktaUpdates(self.company, self.story), EntraUpdates(self.company, self.story))
        return {author.idp_id: Log(self.company, author, per_day // len(authors)) for author in authors}
