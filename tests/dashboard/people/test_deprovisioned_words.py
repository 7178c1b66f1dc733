"""The sentences of the deprovision check."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dashboard.people.deprovisioned_words import footnotes, lead, left_out, moment_of, nobody
from logsync.insight.deprovisioning import DeprovisioningCheck

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def check(people=0, again=0, still_on=0, minutes=(), is_cut=False, as_of=None):
    times = [timedelta(minutes=each) for each in minutes]
    return DeprovisioningCheck(people, again, still_on, times, [], is_cut, as_of)


CASES = {
    "nobody at all": (
        check(),
        "Nobody was deprovisioned in this range",
        "No successful SCIM update deactivated or deleted a user.",
    ),
    "one, still off": (
        check(1),
        "None of 1 person deprovisioned in this range logged in afterwards",
        "1 of 1 person deprovisioned in this range is still inactive, and none of their logins "
        "succeeded more than 2 minutes later. Logins and reactivations are counted up to now.",
    ),
    "all kinds": (
        check(9, 1, 2),
        "None of 9 people deprovisioned in this range logged in afterwards",
        "6 of 9 people deprovisioned in this range are still inactive, and none of their logins "
        "succeeded more than 2 minutes later. Not listed: 1 person activated or created again since and 2 "
        "people still active at another provider. Logins and reactivations are counted up to now.",
    ),
    "some were let in": (
        check(4, minutes=(60, 20)),
        "2 of 4 people deprovisioned in this range logged in afterwards; time to the last successful login: "
        "median 40 min, longest 60 min",
        "",
    ),
    "in the past": (
        check(1, as_of=NOON),
        "None of 1 person deprovisioned in this range logged in afterwards",
        "1 of 1 person deprovisioned in this range is still inactive, and none of their logins "
        "succeeded more than 2 minutes later. As of 1 Mar 2026 12:00:00 UTC, the end of the range; "
        "later logins and reactivations are left out.",
    ),
}


@pytest.mark.parametrize(("found", "first", "last"), CASES.values(), ids=list(CASES))
def test_check_is_told_in_sentences(found, first, last):
    assert lead(found, len(found.times)) == first
    assert found.times or nobody(found) == last


def test_nobody_is_left_out_silently():
    assert left_out(check(1)) == ""
    words = footnotes(check(3, again=1, minutes=(5, 4), is_cut=True), 2)
    assert words[:1] == [
        "Only the newest deprovisionings of the range were looked at.",
    ]
    assert "Not listed: 1 person activated or created again since." in words
    assert moment_of(check(1)) in words
