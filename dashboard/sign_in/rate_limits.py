"""How many wrong passwords are checked, before each is: guessing is slow and costs little, and locks nobody out.

A try is counted before the password is hashed, and taken back if it was right. Whoever is over a limit waits until the
oldest counted try is five minutes old; what is refused is not counted, so the wait has an end.

- A browser in which somebody signed in before has tries of its own for that person, so nobody else can use them up.
- At an address from which somebody signed in lately, only that address's own tries count.
- Everywhere else the tries for a person count together, from whatever address, and so do those of all strangers.

Passkeys have no password to guess and no limit that others can reach.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from secrets import token_urlsafe

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from dashboard.audit_log.actions import Action
from dashboard.audit_log.record import record
from dashboard.page.errors import error_page

WAIT_SECONDS = 300
# For so long a limit that is reached is not looked at again.
LOOK_AGAIN_SECONDS = 5
KNOWN_BROWSER = "known_browser"
KNOWN_FOR_SECONDS = 90 * 24 * 3600
TOO_MANY = (
    "There were too many failed sign-ins, so this one wasn’t checked. Wait five minutes, then try again.",
    "Passkeys still work, and so do browsers in which you have signed in before.",
)


class Limit(Enum):
    """Whose tries are counted together, and how many of them may be wrong within WAIT_SECONDS."""

    BROWSER = "in-this-browser", 10
    STRANGERS = "by-strangers", 25
    ADDRESS = "from-this-address", 20
    USER = "for-this-user", 10
    USER_AT_ADDRESS = "for-this-user-from-this-address", 5

    def __init__(self, counted: str, tries: int) -> None:
        self.counted = counted
        self.tries = tries

    def consume(self, request: HttpRequest, key: str) -> ratelimit.RateLimitUsage | None:
        """Count a try; None if it is one too many."""
        rates = {self.counted: f"{self.tries}/{WAIT_SECONDS}s/key"}
        return ratelimit.consume(request, app="sign_in", action=self.counted, config=rates, key=key)


class TooManyTriesError(ImmediateHttpResponse):
    """A password that was not checked; by itself it answers with a page that says so."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(too_many_requests(request))


@dataclass
class Try:
    """What one try has used up of its limits."""

    used: list[ratelimit.RateLimitUsage] = field(default_factory=list)

    def rollback(self) -> None:
        """Forget the try: its password was right, or was not checked."""
        for usage in self.used:
            usage.rollback()


def count_try(request: HttpRequest, username: str) -> Try:
    """Count a try of a password, before it is checked. Raises TooManyTriesError if it must not be."""
    limits = _limits(request, username.lower())
    # A flood of tries is refused by reading alone; the cache that a try is counted in may be the database.
    if cache.get_many([_reached(limit, key) for limit, key in limits]):
        raise TooManyTriesError(request)
    counted = Try()
    for limit, key in limits:
        usage = limit.consume(request, key)
        if usage is None:
            counted.rollback()
            _note_reached(request, limit, key, username)
            raise TooManyTriesError(request)
        counted.used.append(usage)
    return counted


def remember(request: HttpRequest, response: HttpResponse, username: str) -> None:
    """Remember the browser and the address that somebody just signed in with."""
    name, salt = KNOWN_BROWSER, _salt(username.lower())
    response.set_signed_cookie(
        name,
        request.get_signed_cookie(name, "", salt=salt) or token_urlsafe(12),
        salt=salt,
        max_age=KNOWN_FOR_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    cache.set(_known_address(request), True, KNOWN_FOR_SECONDS)


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """429, for a form that asks for a password or a code and was sent too often."""
    response = error_page(request, 429, "Too many tries", TOO_MANY)
    response["Retry-After"] = str(WAIT_SECONDS)
    return response


def _limits(request: HttpRequest, username: str) -> list[tuple[Limit, str]]:
    """Which limits a try counts against, each with its key; those come first that need few keys."""
    if browser := request.get_signed_cookie(KNOWN_BROWSER, "", salt=_salt(username)):
        return [(Limit.BROWSER, f"{username} {browser}")]
    address = ratelimit.get_ip(request)
    own = [(Limit.ADDRESS, address), (Limit.USER_AT_ADDRESS, f"{username} {address}")]
    if cache.get(_known_address(request)):
        return own
    return [(Limit.STRANGERS, ""), (Limit.USER, username), *own]


def _note_reached(request: HttpRequest, limit: Limit, key: str, username: str) -> None:
    """Remember that a limit is reached; write it down once in five minutes, or tries could fill the audit log."""
    reached = _reached(limit, key)
    cache.set(reached, True, LOOK_AGAIN_SECONDS)
    if cache.add(f"recorded-{reached}", True, WAIT_SECONDS):
        record(request, Action.SIGN_INS_SLOWED, username=username, counted=limit.counted, tries=limit.tries)


def _reached(limit: Limit, key: str) -> str:
    return f"limit-reached:{salted_hmac('limit reached', f'{limit.counted} {key}').hexdigest()}"


def _known_address(request: HttpRequest) -> str:
    return f"signed-in-from:{ratelimit.get_ip(request)}"


def _salt(username: str) -> str:
    # The cookie holds no name, yet is of use to one person only.
    return f"known browser of {username}"
