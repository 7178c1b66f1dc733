"""What is said of one person."""

from __future__ import annotations

import re

from tests.worlds.look import Look
from tests.worlds.reading import Reading
from tests.worlds.truth import person_behind


def check_person(look: Look, path: str, page: Reading, address: str) -> None:
    """The verdict on a person, against the person's own rows."""
    truth, asked = look.truth, look.asked(path if "?" in path else f"{path}?range=7d")
    own = [login for login in truth.logins if person_behind(login.person) == person_behind(address)]
    inside = {login.row_id for login in truth.between(asked.since, asked.until)}
    tries = [login for login in own if login.row_id in inside and login.is_try_of_person]
    out = truth.without_access(own)
    apps = {(login.account_id, login.app_uid) for login in own if login.is_try_of_person}
    first = page.sentences[:40]
    for sentence in first:
        if re.match(r"No login attempts in", sentence):
            look.claim("verdict", not tries, path, f"says “{sentence}” of {len(tries)} rows")
        if re.match(r"No denied logins in", sentence):
            look.claim("verdict", truth.attempts(tries, allowed=False) == 0, path, f"says “{sentence}”")
        if re.match(r"No logins or SCIM updates found for", sentence):
            look.claim("verdict", not own, path, f"says “{sentence}” of {len(own)} rows")
        if found := re.match(r"Not locked out of (.+) now", sentence):
            # Only the second app of an account is ever called Notes; either may be called Wiki.
            end = "2" if found[1].startswith("Notes") else ""
            named = {pair for pair in apps if pair[1].endswith(end)}
            look.claim("verdict", not named <= {pair[:2] for pair in out}, path, f"says “{sentence}”, but is out of it")
    had_access = {(login.account_id, login.app_uid) for login in own if login.is_try_of_person and login.allowed}
    lost = {pair for pair in out if pair[:2] in had_access}
    # One badge may follow another in the same line.
    badges = [part for sentence in first for part in re.split(r"(?=Never had access to)", sentence)]
    for words, pairs in (("Locked out of", lost), ("Never had access to", out - lost)):
        # The first with these words is the badge at the head of the page.
        if badge := next((part for part in badges if part.startswith(words)), ""):
            more = re.search(r"and (\d+) more", badge)
            number = len(re.findall(r"\b(?:Wiki|Notes)\b", badge)) + (int(more[1]) if more else 0)
            look.claim("verdict", number == len(pairs), path, f"says “{badge}”; it is {sorted(pairs)}")


def accounts_of(look: Look, address: str) -> set[str]:
    """The accounts in which a person occurs."""
    who = person_behind(address)
    logins, updates = look.truth.logins, look.truth.updates
    return {row.account_id for rows in (logins, updates) for row in rows if person_behind(row.person) == who}
