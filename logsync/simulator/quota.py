"""The rate limit of the API, and the headers that tell it.

1,200 requests in five minutes for each token; whoever asks for more is refused for the next five minutes.
https://developers.cloudflare.com/fundamentals/api/reference/limits/
"""

from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from threading import Lock

from logsync.simulator.http import failure

REQUESTS = 1200
SECONDS = 300
# The token that was silent for longest is forgotten first.
TOKENS = 100

TOO_MANY_REQUESTS = failure(429, 971, "Please wait and consider throttling your request speed")


@dataclass(frozen=True)
class Allowance:
    """What is left to a token after a request."""

    remaining: int
    reset: int
    refused: bool = False

    @property
    def headers(self) -> Mapping[str, str]:
        headers = {
            "Ratelimit": f'"default";r={self.remaining};t={self.reset}',
            "Ratelimit-Policy": f'"default";q={REQUESTS};w={SECONDS}',
        }
        return headers | {"Retry-After": str(self.reset)} if self.refused else headers


@dataclass
class Usage:
    times: deque[float] = field(default_factory=lambda: deque(maxlen=REQUESTS))
    blocked_until: float = 0.0

    def forget(self, until: float) -> None:
        while self.times and self.times[0] <= until:
            self.times.popleft()


class Quota:
    """Counts over a sliding window; refuses only where it is enforced."""

    def __init__(self, enforced: bool) -> None:
        self.enforced = enforced
        self._usages: OrderedDict[str, Usage] = OrderedDict()
        self._lock = Lock()

    def count(self, token: str, now: float) -> Allowance:
        with self._lock:
            usage = self._usage_of(token)
            usage.forget(now - SECONDS)
            if self.enforced and now >= usage.blocked_until and len(usage.times) == REQUESTS:
                usage.blocked_until = now + SECONDS
            if now < usage.blocked_until:
                return Allowance(0, ceil(usage.blocked_until - now), refused=True)
            usage.times.append(now)
            return Allowance(REQUESTS - len(usage.times), ceil(usage.times[0] + SECONDS - now))

    def _usage_of(self, token: str) -> Usage:
        usage = self._usages.setdefault(token, Usage())
        self._usages.move_to_end(token)
        if len(self._usages) > TOKENS:
            self._usages.popitem(last=False)
        return usage
