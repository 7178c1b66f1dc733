"""What time it is by Cloudflare's clock.

A row's time is Cloudflare's, so what "until now" means is decided by the same clock. A machine whose clock runs ahead
would call time settled that has not happened yet; one whose clock is behind would leave the newest rows unread.
Every answer of Cloudflare carries its time (RFC 9110, section 6.6.1), to the second.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

# Below this the difference is the time that the answer took, and the second that the header is rounded to.
TRUSTED_DIFFERENCE = timedelta(seconds=3)


class CloudflareClock:
    """Cloudflare's clock, as far as this process knows it; until the first answer, this machine's.

    `offset` is how far it is ahead of this machine's clock, by the last answer; zero up to three seconds.
    """

    def __init__(self) -> None:
        self.offset = timedelta()

    def note_cloudflare_time(self, said: datetime) -> None:
        """Note the time of an answer that has just come."""
        difference = said - datetime.now(UTC)
        self.offset = difference if abs(difference) > TRUSTED_DIFFERENCE else timedelta()

    def now(self) -> datetime:
        """The time by Cloudflare's clock."""
        return datetime.now(UTC) + self.offset
