"""The rate limit of the API, and the headers that report it.

By default 1,200 requests in five minutes for each token, over all accounts. A token that makes more is refused for
the next five minutes.
https://developers.cloudflare.com/fundamentals/api/reference/limits/
"""

from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from threading import Lock
from typing import NamedTuple

from logsync.simulator.server.http import THROTTLE, failure

# The token that made no request for longest is forgotten first.
TOKENS = 100

TOO_MANY_REQUESTS = failure(429, 971, THROTTLE)


class RateLimit(NamedTuple):
    """A number of requests in any period of a number of seconds."""

    requests: int = 1200
    seconds: int = 300

    @property
    def policy(self) -> str:
        return f'"default";q={self.requests};w={self.seconds}'


@dataclass(frozen=True)
class Allowance:
    """What is left to a token after a request."""

    limit: RateLimit
    remaining: int
    reset: int
    refused: bool = False

    @property
    def headers(self) -> Mapping[str, str]:
        headers = {
            "Ratelimit": f'"default";r={self.remaining};t={self.reset}',
            "Ratelimit-Policy": self.limit.policy,
        }
        return headers | {"Retry-After": str(self.reset)} if self.refused else headers


@dataclass
class Usage:
    times: deque[float]
    blocked_until: float = 0.0

    def forget(self, until: float) -> None:
        while self.times and self.times[0] <= until:
            self.times.popleft()


class Quota:
    """Counts over a sliding window; refuses only where it is enforced."""

    def __init__(self, limit: RateLimit, *, enforced: bool) -> None:
        self.limit = limit
        self.enforced = enforced
        self._usages: OrderedDict[str, Usage] = OrderedDict()
        self._lock = Lock()

    def count(self, token: str, now: float) -> Allowance:
        requests, seconds = self.limit
        with self._lock:
            usage = self._usage_of(token)
            usage.forget(now - seconds)
            if self.enforced and now >= usage.blocked_until and len(usage.times) == requests:
                usage.blocked_until = now + seconds
            if now < usage.blocked_until:
                return Allowance(self.limit, 0, ceil(usage.blocked_until - now), refused=True)
            usage.times.append(now)
            return Allowance(self.limit, requests - len(usage.times), ceil(usage.times[0] + seconds - now))

    def _usage_of(self, token: str) -> Usage:
        if token not in self._usages:
            self._usages[token] = Usage(deque(maxlen=self.limit.requests))
        self._usages.move_to_end(token)
        if len(self._usages) > TOKENS:
            self._usages.popitem(last=False)
        return self._usages[token]
