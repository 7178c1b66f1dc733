"""The words of the headline."""

from __future__ import annotations

from collections.abc import Iterator

from logsync.insight.sentence import Quote, Sentence
from logsync.insight.why.answer import Why
from logsync.insight.why.facts import Evidence

CATALOGUE = {
    "Y1": "The policy {name} blocks what this login brought.",
    "Y2": "No policy of {app} admits what this login brought. Nearest: {name}.",
    "Y3": "As last seen, the person met no policy of {app}. Nearest: {name}.",
    "Y4": "{name} could admit this login; whether all its rules were met the logs do not say.",
    "Y5": "By the policies read at {at}, {name} admits this login. What denied it is not among them.",
    "Y6": "The policies of this app could not be read: {grant}",
}


def headline_of(why: Why, evidence: Evidence) -> Sentence:
    about = why.subject or why.nearest
    values = {
        "name": Quote(about.policy.name if about else ""),
        "app": Quote(why.app.app),
        "at": why.read_at or "an unknown time",
        "grant": why.app.unreadable,
    }
    return Sentence(why.headline, CATALOGUE, values)


def ask_for(why: Why, evidence: Evidence) -> Iterator[Sentence]:
    return iter(())
