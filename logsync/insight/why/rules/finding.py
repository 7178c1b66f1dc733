"""What is known of one rule, and the ways to say so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from logsync.insight.why.answer import Result, Source
from logsync.insight.why.facts import LoginFacts

LOGIN, IDENTITY, SCIM, LIST = "login", "last seen identity", "SCIM", "list"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known of one rule; see RuleAnswer for the fields."""

    result: Result
    source: Source
    seen: str = ""
    where: str = ""
    reason: str = ""
    at: datetime | None = None


def unknown(reason: str, seen: str = "", where: str = "", at: datetime | None = None) -> Finding:
    """A rule of which nothing is known, and why."""
    return Finding(Result.UNKNOWN, Source.NONE, seen, where, reason, at)


def by_row(is_met: bool, login: LoginFacts, seen: str, where: str = LOGIN) -> Finding:
    """A rule that the login's own row decides, perhaps with a list of the configuration."""
    return Finding(Result.MET if is_met else Result.NOT_MET, Source.ROW, seen, where, at=login.at)


def by_older(is_met: bool, seen: str, where: str, at: datetime | None) -> Finding:
    """A rule that something decides which was seen at another time than the login."""
    return Finding(Result.MET if is_met else Result.NOT_MET, Source.OLDER, seen, where, at=at)
