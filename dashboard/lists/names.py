"""Names of filters: the short ones that people use, and what somebody meant who mistyped one.

An address that asks for something must not be answered as if it did not. So a parameter that is nearly a filter's
name, or is a filter of another list, is refused. Anything else in an address, such as what mails and chats add to links
to track clicks, is ignored, and the page says so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

# Before a parameter's name: exclude its values.
NOT = "not."
# What people call a parameter. Of several, the first that a list has is meant.
SHORT_NAMES: dict[str, tuple[str, ...]] = {
    "user": ("user_email", "resource_user_email"),
    "email": ("user_email", "resource_user_email"),
    "user_email": ("resource_user_email",),
    "resource_user_email": ("user_email",),
    "app": ("app_uid",),
    "host": ("app_domain",),
    "domain": ("app_domain",),
    "provider": ("connection", "idp_id"),
    "idp": ("idp_id", "connection"),
    "result": ("allowed", "status"),
    "ip": ("ip_address",),
    "ray": ("ray_id",),
    "group": ("resource_group_name",),
    "error": ("error_description",),
    "method": ("request_method",),
    "type": ("resource_type", "app_type"),
    "body": ("request_body",),
    "id": ("cf_resource_id",),
    "from": ("since",),
    "date": ("since",),
    "created_at": ("since",),
    "logged_at": ("since",),
    "to": ("until",),
}
# A name of fewer letters is like too many others.
SHORTEST = 4
# A longer name is not compared with others.
LONGEST = 40


def no_filter(name: str, known: Collection[str]) -> str:
    """The sentence for a parameter that a list lacks."""
    nearest = nearest_name(name, known)
    return f"There is no filter “{name}”. " + (
        f"Did you mean “{nearest}”?" if nearest else "Take it out of the address."
    )


def full_name(name: str, known: Collection[str]) -> str:
    """The parameter of a list that goes by this name; blank if none does."""
    return next((one for one in (name, *SHORT_NAMES.get(name, ())) if one in known), "")


def nearest_name(name: str, known: Collection[str]) -> str:
    """The parameter of a list whose name is nearly this; blank if none is."""
    before = NOT if name.startswith(NOT) else ""
    plain = _plain(name.removeprefix(NOT))
    if len(plain) > LONGEST:
        return ""
    names = [one.removeprefix(before) for one in known if one.startswith(before)]
    found = full_name(plain, names) or _likest(plain, names)
    return found and before + found


def _plain(name: str) -> str:
    """A name as it is written here: without the signs that other programs put around it."""
    name = name.casefold().replace("-", "_").partition("__")[0].partition("[")[0]
    return "".join(letter for letter in name if letter.isalnum() or letter == "_").strip("_")


def _likest(name: str, names: Iterable[str]) -> str:
    """The name from which this one differs by the fewest slips, if these are few for its length."""
    if len(name) < SHORTEST:
        return ""
    distances = {one: _slips(name, one) for one in names if len(one) >= SHORTEST}
    near = [one for one, slips in distances.items() if slips <= (1 if min(len(one), len(name)) < 7 else 2)]
    begun = [one for one in distances if one.startswith(name)]
    return min(near, key=lambda one: distances[one], default=begun[0] if begun else "")


def _slips(one: str, other: str) -> int:
    """How many letters are missing, too many, wrong or swapped with the next; 3 if more than two are."""
    if abs(len(one) - len(other)) > 2:
        return 3
    before: list[int] = []
    last = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        now = [at]
        for to, beside in enumerate(other, 1):
            slips = min(last[to] + 1, now[-1] + 1, last[to - 1] + (letter != beside))
            if at > 1 and to > 1 and letter == other[to - 2] and one[at - 2] == beside:
                slips = min(slips, before[to - 2] + 1)
            now.append(slips)
        before, last = last, now
    return min(last[-1], 3)
