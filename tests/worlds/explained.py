"""Why people were denied, by the policies of their apps: of one login, and of all the denied people of an app."""

from __future__ import annotations

import re
from collections import Counter
from urllib.parse import urlencode

from django.urls import reverse

from logsync.models import AccessRequest
from tests.worlds.look import Look
from tests.worlds.policies import headline
from tests.worlds.truth import Login
from tests.worlds.world import Row

# What an app's page says of the people with each headline, after their number.
SAID = {
    "a policy blocks what the login brought": "Y1",
    "no policy admits what the login brought": "Y2",
    "no policy was met, as last seen": "Y3",
    "a policy could admit the login": "Y4",
    "a policy admits the login": "Y5",
}
OUTCOME = re.compile(r">([0-9,]+) of ([0-9,]+)</a>: ([^<;,]+(?:, as last seen)?)")


def check_login(look: Look, login: Login) -> None:
    """What is said of one login, as JSON."""
    path = reverse("logins:event-json", args=[AccessRequest.objects.get(ray_id=login.row_id).key.hex])
    said = look.browser.get(path).json()["why"]["headline"]
    true = headline_of(look, login.row_id)
    look.claim("why", said == true, path, f"says {said} of {login}, which is {true}")


def check_app(look: Look, login: Login) -> None:
    """What is said of all denied people of an app: in their list, and in the numbers of the app's page."""
    asked = urlencode({"account": login.account_id, "app_uid": login.app_uid, "range": "30d"})
    people, _ = look.export(f"{reverse('logins:compared-csv')}?{asked}&side=denied")
    true = {row["ray_id"]: headline_of(look, row["ray_id"]) for row in people}
    for row in people:
        is_so = row["why"] == true[row["ray_id"]]
        look.claim("why of many", is_so, asked, f"says {row['why']} of {row}, not {true[row['ray_id']]}")
    path = f"{reverse('logins:app')}?{asked}&compared=range"
    text = look.browser.get(path).content.decode()
    found = {SAID[words]: (int(count), int(of)) for count, of, words in OUTCOME.findall(text) if words in SAID}
    counted = Counter(true.values())
    if people and set(counted) != {"Y6"}:
        counts = {id: (count, len(people)) for id, count in counted.items() if id != "Y6"}
        look.claim("numbers of why", found == counts, path, f"says {found}, not {counts}")
    else:
        look.claim("numbers of why", not found, path, f"says {found} of an app without known policies")


def headline_of(look: Look, row_id: str) -> str:
    """What is true of a denied login."""
    account_id, row = _row(look, row_id)
    [login] = [login for login in look.truth.logins if login.row_id == row_id]
    return headline(look.world.setups[account_id], row, login.at if login.has_time else None)


def _row(look: Look, row_id: str) -> tuple[str, Row]:
    for company in look.world.companies:
        for row in company.logins.rows:
            if row["ray_id"] == row_id:
                return company.account_id, row
    raise LookupError(row_id)
