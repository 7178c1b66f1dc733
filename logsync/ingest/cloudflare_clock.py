"""What time it is by Cloudflare's clock.

A row's time is Cloudflare's, so what "until now" means is decided by the same clock. A machine whose clock runs ahead
would call time settled that has not happened yet; one whose clock is behind would leave the newest rows unread.
Every answer of Cloudflare carries its time (RFC 9110, section 6.6.1), to the second.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

# Below this the difference is the answer's way here, and the second that the header is rounded to.
TRUSTED_DIFFERENCE = timedelta(seconds=3)

_offset = timedelta()


def hear(clock: datetime) -> None:
    """Note what Cloudflare's clock said just now."""
    global _offset
    difference = clock - timezone.now()
    _offset = difference if abs(difference) > TRUSTED_DIFFERENCE else timedelta()


def offset() -> timedelta:
    """How far Cloudflare's clock is ahead of this machine's, as this process heard last; zero below three seconds."""
    return _offset


def cloudflare_now() -> datetime:
    """The time by Cloudflare's clock."""
    return timezone.now() + _offset
