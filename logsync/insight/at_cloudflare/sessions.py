"""The sessions that Cloudflare lists for a person, read from its JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from logsync.cloudflare.records import Instant


@dataclass(frozen=True, slots=True)
class SessionApp:
    """An application that a session is open at; `name` and `hostname` are blank if Cloudflare did not say."""

    app_uid: str
    name: str
    hostname: str


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session. `began_at` and `expires_at` None if Cloudflare did not say."""

    apps: tuple[SessionApp, ...]
    began_at: datetime | None
    expires_at: datetime | None


def sessions_of(content: object, now: datetime) -> list[OpenSession]:
    """The sessions of an answer that are not over yet, the one that lasts longest first; anything odd is left out."""
    found = [_session(item) for item in content if isinstance(item, dict)] if isinstance(content, list) else []
    still_open = [one for one in found if one.expires_at is None or one.expires_at > now]
    return sorted(still_open, key=lambda one: (one.expires_at is not None, -_seconds(one.expires_at)))


def _seconds(moment: datetime | None) -> float:
    return moment.timestamp() if moment else 0


def _session(item: dict[str, Any]) -> OpenSession:
    metadata = item.get("metadata")
    fields = metadata if isinstance(metadata, dict) else {}
    return OpenSession(
        apps=tuple(_apps(fields.get("apps"))),
        began_at=_time(fields.get("iat")),
        expires_at=_time(item.get("expiration")) or _time(fields.get("expires")),
    )


def _apps(apps: object) -> Iterator[SessionApp]:
    for uid, app in apps.items() if isinstance(apps, dict) else ():
        fields = app if isinstance(app, dict) else {}
        yield SessionApp(_text(fields, "uid") or str(uid), _text(fields, "name"), _text(fields, "hostname"))


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    return value.strip() if isinstance(value, str) else ""


def _time(value: object) -> datetime | None:
    instant = Instant.parse(value)
    return instant.time if instant else None
