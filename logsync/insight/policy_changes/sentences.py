"""What is said of a change beside denials: how long before them it came. Two facts, and neither is called a reason."""

from __future__ import annotations

from datetime import datetime, timedelta

from logsync.insight.policy_changes.change import PolicyChange
from logsync.insight.sentence import Sentence

SENTENCES = {
    "before": "changed {length} before the first denial",
    "before between": "changed {least} to {most} before the first denial",
    "just before": "changed in the same minute as the first denial",
    "just before between": "changed in the {most} before the first denial",
}
MINUTE = timedelta(minutes=1)


def before_denial(change: PolicyChange, first_denial: datetime) -> Sentence:
    """How long before a first denial something changed: "changed 14 minutes before the first denial"."""
    least = first_denial - change.moment
    most = first_denial - change.at if change.at else first_denial - (change.after or change.by)
    if least >= MINUTE:
        if most - least < MINUTE:
            return Sentence("before", SENTENCES, {"length": least})
        return Sentence("before between", SENTENCES, {"least": least, "most": most})
    if most < MINUTE:
        return Sentence("just before", SENTENCES)
    return Sentence("just before between", SENTENCES, {"most": most})
