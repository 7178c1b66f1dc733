"""What is said of single rows, of single resources, and of what was searched for."""

from __future__ import annotations

import re

from django.urls import reverse

from logsync.models import AccessRequest
from tests.worlds.look import Look
from tests.worlds.reading import Reading
from tests.worlds.truth import Login

# What became of the login itself, not of the newest one of its person.
JUDGED = re.compile(r"(?<!most recent one )\bwas (allowed|denied) at\b|\b(a|this) login was denied\b")
# What identifies the error of a problem in its template.
ERRORS = ("already exists", "is required", "503")
# How a badge begins, where it does not begin with the state itself.
BADGES = {"still": "open", "failed": "regressed"}
# The members that a request for a group names stand under its name.
MEMBERS = re.compile(r"\b(?:Adds|Removes|Sets the members to)\b")


def check_login(look: Look, login: Login) -> None:
    """The page of one login says what became of it only if it is a login, and what Cloudflare said."""
    path = reverse("logins:event", args=[AccessRequest.objects.get(ray_id=login.row_id).key.hex])
    page = look.page(path)
    for sentence in page.sentences[:8]:
        if found := JUDGED.search(sentence):
            is_login = login.action.lower() in ("", "login")
            word = "allowed" if found[1] == "allowed" else "denied"
            is_so = is_login and login.allowed is (word == "allowed")
            look.claim("event", is_so, path, f"says “{sentence}” of {login.action}, allowed {login.allowed}")
    if login.has_time:
        is_told = f"{login.at:%H:%M:%S}" in " ".join(page.sentences[:8])
    else:
        is_told = "no time" in " ".join(page.sentences[:8]).lower()
    look.claim("event", is_told, path, f"does not tell the time of {login}")
    if not login.is_service and not login.person:
        said = [sentence for sentence in page.sentences if "service" in sentence.lower()]
        look.claim("event", not said, path, f"says “{said}” of a row without an e-mail")


def check_problem(look: Look, key: str, row: dict[str, str], page: Reading) -> None:
    """Each resource of a problem stands as it does."""
    kind = next(at for at, words in enumerate(ERRORS) if words in row["template"])
    problem = (row["account"], row["idp_id"], row["request_method"], kind)
    path = f"/scim/problems/{key}/"
    right = {resource[2]: state for (found, resource), state in look.truth.standings().items() if found == problem}
    shown = {}
    for cells in page.table("Resources"):
        values = list(cells.values())
        state = cells["State"].text.split(" ")[0].lower()
        name = MEMBERS.split(values[0].text)[0]
        shown[name.replace(" ", "")] = BADGES.get(state, state)
    look.claim("problem", shown == right, path, f"shows {shown}; it is {right}")
    healed = sum(state == "healed" for state in right.values())
    says = int(row["healed_resources"])
    look.claim("problem", says == healed, path, f"counts {says} healed; it is {right}")


def check_search(look: Look, text: str, *, occurs: bool) -> None:
    """Nothing that is in some row is said to be in none."""
    response = look.browser.post("/search/", {"q": text}, follow=True)
    words = response.content.decode()
    says_no = re.search(r"occurs? in no row|No rows found|nowhere in", words)
    look.claim("search", not (occurs and says_no), f"search for {text}", "is told to occur in no row")
