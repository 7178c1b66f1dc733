"""What can go wrong with Cloudflare, named after what the caller can do about it.

    CloudflareError
    ├── RetryLaterError        wait, then ask the same again
    │   └── PausedError        Cloudflare was not called: the token waits
    ├── FixAccessError         a person must change the token, its permissions or the account
    ├── RejectedRequestError   Cloudflare will not answer this request, however often it is asked
    │   ├── TooOldError        the window begins before what Cloudflare still answers for
    │   └── WindowTooLongError the window is longer than Cloudflare answers for
    ├── UnexpectedAnswerError  the answer is not what Cloudflare documents
    └── WindowOverflowError    the window holds more than can be paged; ask for a shorter one

Every message is a sentence for a person: what happened, and what to do. None holds the token or a response body
beyond Cloudflare's own error text. `advice` has the sentences.
"""

from __future__ import annotations

# Cloudflare blocks every call of a token for five minutes once it is over the limit.
LONGEST_PAUSE_SECONDS = 300.0

RATE_LIMIT_CODES = (971, 10429)


class CloudflareError(Exception):
    """Cloudflare did not give what was asked for.

    `status` is the HTTP status and `code` Cloudflare's own error code; 0 where there was none.
    """

    def __init__(self, message: str, *, status: int = 0, code: int = 0) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class RetryLaterError(CloudflareError):
    """Wait, then ask the same again; `retry_after` is the pause in seconds that Cloudflare asked for, 0 if none."""

    def __init__(self, message: str, *, retry_after: float = 0.0, status: int = 0, code: int = 0) -> None:
        super().__init__(message, status=status, code=code)
        self.retry_after = min(max(retry_after, 0.0), LONGEST_PAUSE_SECONDS)

    @property
    def is_block(self) -> bool:
        """Whether Cloudflare refuses every call of the token meanwhile, and not this one alone."""
        return self.status == 429 or self.code in RATE_LIMIT_CODES


class PausedError(RetryLaterError):
    """Cloudflare was not called: the token waits, because it is at or near its limit. This is no failure."""


class FixAccessError(CloudflareError):
    """A person must change the token, its permissions or the account; asking again cannot help."""


class RejectedRequestError(CloudflareError):
    """Cloudflare will not answer this request, however often it is asked."""


class TooOldError(RejectedRequestError):
    """The window begins before the time that Cloudflare still answers for; newer time can be asked for."""


class WindowTooLongError(RejectedRequestError):
    """The window is longer than Cloudflare answers for; ask for shorter ones."""


class UnexpectedAnswerError(CloudflareError):
    """The answer is not what Cloudflare documents."""


class WindowOverflowError(CloudflareError):
    """The window holds more rows than the server lets us page through; ask for a shorter one."""


def printable(text: str) -> str:
    """A stranger's text as part of a sentence: at most 200 characters, printable ones only."""
    return "".join(filter(str.isprintable, text))[:200]
