"""What a person prefers: time zone, which clock comes first, light or dark, a folded sidebar. Kept in cookies.

A time is always shown in UTC and, where the zone is known, in local time too; the choice only swaps the order.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.http import HttpRequest

THEMES = ("auto", "light", "dark")
CLOCKS = ("utc", "local")
SIDEBARS = ("open", "folded")
UTC_NAMES = ("UTC", "Etc/UTC", "GMT", "Etc/GMT")
YEAR_SECONDS = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Viewer:
    """`zone` is None until the browser or the person named one. `keys` says whether single keys may act.

    `sidebar` is blank until the person chose; it is then as wide as the window has room for.
    """

    zone: ZoneInfo | None = None
    clock: str = "utc"
    theme: str = "auto"
    keys: bool = True
    sidebar: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> Viewer:
        """Read the cookies, which anyone may have written."""
        cookies = request.COOKIES
        clock, theme = cookies.get("clock", ""), cookies.get("theme", "")
        zone = zone_named(cookies.get("time_zone", ""))
        return cls(
            # Where local time is UTC, one clock is enough.
            zone=None if zone and zone.key in UTC_NAMES else zone,
            clock=clock if clock in CLOCKS else "utc",
            theme=theme if theme in THEMES else "auto",
            keys=cookies.get("keys") != "off",
            sidebar=sidebar if (sidebar := cookies.get("sidebar", "")) in SIDEBARS else "",
        )

    @property
    def zone_word(self) -> str:
        """The zone as people call it: the city."""
        return self.zone.key.rpartition("/")[2].replace("_", " ") if self.zone else "Local"

    @property
    def first(self) -> ZoneInfo | None:
        """The zone of the clock that comes first; None for UTC."""
        return self.zone if self.clock == "local" else None

    @property
    def first_word(self) -> str:
        """The zone of the clock that comes first, as people call it: the city, or UTC."""
        return self.zone_word if self.first else "UTC"

    @property
    def second_word(self) -> str:
        """The zone of the clock that comes second; blank where there is none."""
        return "" if self.zone is None else "UTC" if self.first else self.zone_word

    @property
    def second(self) -> ZoneInfo | None:
        """The zone of the clock that comes second, where there is one; UTC is ZoneInfo("UTC")."""
        if self.zone is None:
            return None
        return ZoneInfo("UTC") if self.clock == "local" else self.zone

    def local(self, moment: datetime) -> datetime:
        """The moment on the clock that comes first."""
        return moment.astimezone(self.first or UTC)

    def local_or_utc(self, moment: datetime) -> datetime:
        """The same, or the moment in UTC if the other clock has no such time: it begins and ends with the calendar."""
        try:
            return self.local(moment)
        except OverflowError:
            return moment


def zone_named(name: str) -> ZoneInfo | None:
    """The time zone of an IANA name; None if there is none of that name."""
    if not name or len(name) > 64:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
