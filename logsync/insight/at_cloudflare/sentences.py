"""What is said of Cloudflare's own answers about a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from logsync.insight.at_cloudflare.failed_logins import Matched, Outcome
from logsync.insight.sentence import Sentence

SENTENCES = {
    "no_session": "Cloudflare lists no open session.",
    "one_session": "1 session is still open.",
    "sessions": "{count} sessions are still open.",
    "until_over": "Until a session is over, it can be used without signing in again. Ending it takes Cloudflare: "
    "revoke the person’s sessions in Zero Trust.",
    "no_failed_login": "Cloudflare lists no failed login, so there is nothing to compare.",
    "all_found": "{count} of {count} failed logins that Cloudflare lists are here.",
    "some_found": "{found} of {count} failed logins that Cloudflare lists are here.",
    "missing": "{count} missing, although that time is read: Gatehouse’s copy of the log is incomplete there.",
    "may_come": "{count} from time of which rows may still arrive.",
    "not_read": "{count} from time that Gatehouse hasn’t read.",
    "unknown": "{count} that can’t be compared: Cloudflare gave no time, and no row has their Ray ID.",
}
# What is said of one failed login that is not here.
ABSENT = {
    Outcome.MISSING: "missing here",
    Outcome.MAY_COME: "may still arrive",
    Outcome.NOT_READ: "that time isn’t read",
    Outcome.UNKNOWN: "can’t be compared",
}
# Why time isn't read, by the lists of a coverage.
REASONS = {
    "failed": "it could not be read so far",
    "waiting": "it is not synced yet",
    "beyond": "it is older than Cloudflare keeps",
    "refused": "Cloudflare refused it as too old",
    "unproven": "it came back empty, so rows may be missing",
    "deleted": "it is older than events are kept here",
    "never_asked": "it is older than what is synced",
    "future": "it is in the future",
}


def of_sessions(count: int) -> Iterator[Sentence]:
    """How many sessions are still open, and what that means."""
    if not count:
        yield Sentence("no_session", SENTENCES)
        return
    yield Sentence("one_session" if count == 1 else "sessions", SENTENCES, {"count": count})
    yield Sentence("until_over", SENTENCES)


def of_failed_logins(matched: Iterable[Matched]) -> Iterator[Sentence]:
    """How many failed logins are here, and what is so of the others."""
    counts = Counter(one.outcome for one in matched)
    count = counts.total()
    if not count:
        yield Sentence("no_failed_login", SENTENCES)
        return
    found = counts[Outcome.FOUND]
    values = {"count": count, "found": found}
    yield Sentence("all_found" if found == count else "some_found", SENTENCES, values)
    for outcome in (Outcome.MISSING, Outcome.MAY_COME, Outcome.NOT_READ, Outcome.UNKNOWN):
        if counts[outcome]:
            yield Sentence(outcome, SENTENCES, {"count": counts[outcome]})
