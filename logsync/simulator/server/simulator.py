"""The WSGI application: token, quota, route, fault."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.client import responses
from random import Random
from typing import Any

from logsync.simulator.company.account import Account
from logsync.simulator.company.company import Company, companies
from logsync.simulator.server.api import Api
from logsync.simulator.server.faults import Fault
from logsync.simulator.server.http import INVALID_TOKEN, Answer, Refused, Request
from logsync.simulator.server.log_endpoints import Habits
from logsync.simulator.server.quota import TOO_MANY_REQUESTS, Quota, RateLimit
from logsync.simulator.server.tokens import WITHHELD, WRONG
from logsync.simulator.story.story import Story

StartResponse = Callable[[str, list[tuple[str, str]]], object]


def utc_now() -> datetime:
    return datetime.now(UTC)


def a_little_late(random: Random) -> timedelta:
    """Return how long an event takes to show up: mostly about 20 seconds, sometimes up to four minutes."""
    if random.random() < 0.1:
        return timedelta(seconds=random.uniform(60, 240))
    return timedelta(seconds=random.triangular(3, 45, 12))


class Simulator:
    """A small Cloudflare. Its logs follow from the seed and the time alone, so it stores nothing.

    `logins_per_day`, `scim_per_day`: rows of each account; its SCIM providers share the latter.
    `clock`: the time, also that of the `Date` header.
    `token`: the only one accepted, besides those with a special meaning (`tokens.py`).
    `accounts`: how many it has, at least one. The first is Meridian, each other one a company of its own.
    `providers`: how many identity providers of each account push over SCIM, 26 at most.
    `tools`: how many more applications each account has, in which nobody logs in.
    `lateness`: how long after it happened an event shows up, an hour at most; None for at once.
    `retention`: an older window gets an empty answer, without an error. Rows are dropped as soon as they are older.
    `ignore_page`: every page is the first one. `page_cap`: no page has more rows, whatever is requested.
    `rate_limit`: how many requests a token may make over all accounts, as the headers say.
    `enforce_rate_limit`: refuse tokens above the limit. `faults`: what to spoil (`faults.py`).
    """

    def __init__(
        self,
        seed: str = "meridian",
        logins_per_day: int = 8000,
        scim_per_day: int = 400,
        clock: Callable[[], datetime] = utc_now,
        token: str | None = None,
        *,
        accounts: int = 1,
        providers: int = 2,
        tools: int = 0,
        lateness: Callable[[Random], timedelta] | None = a_little_late,
        retention: timedelta = timedelta(days=45),
        ignore_page: bool = False,
        page_cap: int | None = None,
        rate_limit: tuple[int, int] = RateLimit(),
        enforce_rate_limit: bool = False,
        faults: Callable[[Request], Fault | None] = lambda request: None,
    ) -> None:
        habits = Habits(clock, retention, lateness, ignore_page, page_cap)
        self.accounts = tuple(
            Account(company, logins_per_day, scim_per_day, habits, tools=tools)
            for company in companies(seed, accounts, providers)
        )
        self.clock = clock
        self.token = token
        self.faults = faults
        self.quota = Quota(RateLimit(*rate_limit), enforced=enforce_rate_limit)
        self.api = Api(self.accounts)

    @property
    def company(self) -> Company:
        return self.accounts[0].company

    @property
    def story(self) -> Story:
        return self.accounts[0].story

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        request = Request.from_environ(environ)
        answer = self.answer(request)
        if fault := self.faults(request):
            answer = fault(answer)
        date = format_datetime(self.clock().astimezone(UTC), usegmt=True)
        headers = {"Date": date, **answer.headers, "Content-Length": str(len(answer.body))}
        start_response(f"{answer.status} {responses.get(answer.status, 'Unknown')}", list(headers.items()))
        return answer.sent(answer.body)

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
