"""A stream as a person sees it: its name, what it is doing, and what of it is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from logsync.coverage import Span, State, missing_spans, spans_of
from logsync.models import Account, ApiToken, IdentityProvider, Stream


@dataclass(frozen=True, slots=True)
class StreamState:
    """What a stream is doing, and what is known of it. `read` is how much of its backfill has come, in per cent."""

    stream: Stream
    now: datetime
    settled: list[Span]
    provisional: list[Span]
    missing: list[Span]

    @classmethod
    def of(cls, stream: Stream, now: datetime) -> StreamState:
        return cls(
            stream=stream,
            now=now,
            settled=spans_of(stream, State.SETTLED),
            provisional=spans_of(stream, State.PROVISIONAL),
            missing=missing_spans(stream, now - settings.SYNC_OVERLAP),
        )

    @property
    def read(self) -> float:
        whole = (self.now - settings.SYNC_OVERLAP - self.stream.backfill_since).total_seconds()
        left = sum((span.until - span.since).total_seconds() for span in self.missing)
        return 100 * max(0.0, 1 - left / whole) if whole > 0 else 100.0

    @property
    def is_behind(self) -> bool:
        """True if more is missing than the time since the last rounds explains."""
        return any(span.until - span.since > timedelta(minutes=5) for span in self.missing)


def stream_name(stream: Stream, providers: dict[str, str]) -> str:
    """A stream as a person calls it; `providers` are ids with their names."""
    return stream.named(providers.get(stream.idp_id, stream.idp_id))


def provider_names() -> dict[str, str]:
    """Identity provider ids with their names."""
    return {idp.idp_id: str(idp) for idp in IdentityProvider.objects.all()}


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is wrong, with the sentence that mends it. `kind` is bad or warn."""

    title: str
    words: str
    kind: str
    since: datetime | None = None
    retry_at: datetime | None = None


def troubles(states: list[StreamState]) -> list[Trouble]:
    """What is wrong: first what stops everything, then broken streams, those that need a person before the others."""
    found = []
    for token in ApiToken.objects.filter(is_active=True).exclude(error=""):
        found.append(Trouble(f"The accounts of {token} could not be listed", token.error, "bad"))
    broken = [state.stream for state in states if state.stream.error]
    found += [_trouble_of(stream) for stream in sorted(broken, key=lambda stream: not stream.needs_person)]
    for account in Account.objects.exclude(providers_error=""):
        title = f"The SCIM log of {account} cannot be asked for: its identity providers could not be listed"
        found.append(Trouble(title, account.providers_error, "bad"))
    for account in Account.objects.exclude(applications_error=""):
        title = f"The applications of {account} could not be listed, so their names come from the log alone"
        found.append(Trouble(title, account.applications_error, "warn"))
    return found


def _trouble_of(stream: Stream) -> Trouble:
    word = "is refused" if stream.needs_person else "is failing"
    title = f"{stream_name(stream, provider_names())} {word}"
    return Trouble(title, stream.error, "bad", stream.error_since, stream.retry_at)
