"""What changed in the policies of an app in the day before its denials of a person began."""

from __future__ import annotations

from dataclasses import replace

from logsync.insight.policy_changes.footprint import DAY
from logsync.insight.policy_changes.load import changes_before
from logsync.insight.verdict.facts import Lockout


def with_policy_changes(lockout: Lockout | None) -> Lockout | None:
    """Add the changes that touched the app in the day before the first denial of the run, the latest first."""
    if lockout is None or lockout.run.first.lacks_time or not lockout.app.app_uid:
        return lockout
    found = changes_before(lockout.app.account_id, lockout.app.app_uid, lockout.run.first.at, DAY)
    return replace(lockout, changes=tuple(sorted(found, key=lambda change: change.moment, reverse=True)))
