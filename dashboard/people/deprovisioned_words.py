"""What the deprovision check says in sentences: what it found, what it left out, and that it found nobody."""

from __future__ import annotations

from dashboard.page.wording import exact_moment
from logsync.insight.deprovisioning import DeprovisioningCheck
from logsync.words import counted, duration

ALLOWANCE = "Logins up to 2 minutes later aren’t counted, since clocks differ."
NO_BAN = (
    "Revoking a session is not a ban: people may log in again if the identity provider and the policies let them. "
    "“Session revocation” is the provider’s setting in Cloudflare now."
)


def lead(check: DeprovisioningCheck, let_in: int) -> str:
    """How many were let in, and how long after."""
    if not check.deprovisioned:
        return "Nobody was deprovisioned in this range"
    found = f"{let_in:,}" if let_in else "None"
    people = counted(check.deprovisioned, "person", "people")
    sentence = f"{found} of {people} deprovisioned in this range logged in afterwards"
    if check.median is not None and check.worst is not None:
        sentence += f"; time to the last successful login: median {duration(check.median)}, "
        sentence += f"longest {duration(check.worst)}"
    return sentence


def left_out(check: DeprovisioningCheck) -> str:
    """Which deprovisioned people are not listed although they logged in, blank if there are none."""
    parts = []
    if check.active_again:
        parts.append(f"{counted(check.active_again, 'person', 'people')} activated or created again since")
    if check.still_on:
        parts.append(f"{counted(check.still_on, 'person', 'people')} still active at another provider")
    return f"Not listed: {' and '.join(parts)}." if parts else ""


def moment_of(check: DeprovisioningCheck) -> str:
    """As of when all of it is so."""
    if check.as_of is None:
        return "Logins and reactivations are counted up to now."
    return f"As of {exact_moment(check.as_of)}, the end of the range; later logins and reactivations are left out."


def footnotes(check: DeprovisioningCheck, let_in: int) -> list[str]:
    """What is below the list of those who were let in."""
    shown = len(check.let_in)
    more = let_in - shown
    return [
        *([f"Longest times first: {shown:,} shown, {more:,} more in the CSV."] if shown and more else []),
        *(["Only the newest deprovisionings of the range were looked at."] if check.is_cut else []),
        "The range filters by deprovisioning time.",
        moment_of(check),
        *filter(None, [left_out(check)]),
        ALLOWANCE,
        NO_BAN,
    ]


def nobody(check: DeprovisioningCheck) -> str:
    """That nobody was let in."""
    if not check.deprovisioned:
        return "No successful SCIM update deactivated or deleted a user."
    off = check.deprovisioned - check.active_again - check.still_on
    are = "is" if off == 1 else "are"
    people = counted(check.deprovisioned, "person", "people")
    found = f"{off:,} of {people} deprovisioned in this range {are} still inactive"
    sentences = [f"{found}, and none of their logins succeeded more than 2 minutes later.", left_out(check)]
    return " ".join(filter(None, [*sentences, moment_of(check)]))
