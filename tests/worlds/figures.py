"""The numbers at the head of a page are those of the world."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from tests.worlds.look import Asked, Look
from tests.worlds.reading import Reading, number_in
from tests.worlds.truth import FAILING, person_behind
from tests.worlds.world import State

TILE = re.compile(
    r"^(?P<label>Denied logins|People denied|People still locked out|SCIM resources failing) (?P<shown>.*)$"
)
LOGINS = ("Denied logins", "People denied", "People still locked out")


def check_overview(look: Look, path: str, page: Reading) -> None:
    """The four numbers of the overview."""
    asked, truth = look.asked(path), look.truth
    logins = truth.between(asked.since, asked.until, asked.account_id)
    right = {
        "Denied logins": truth.attempts(logins, allowed=False),
        "People denied": len(truth.people_denied(logins)),
        "SCIM resources failing": len(truth.failing(asked.account_id, asked.until)),
        "People still locked out": len({person for *_, person in truth.locked_out(logins)}),
    }
    tiles = {found["label"]: found["shown"] for link in page.links if (found := TILE.match(link.text))}
    for label, number in right.items():
        shown = tiles.get(label, "")
        says = int(found[0].replace(",", "")) if (found := re.match(r"\d[\d,]*", shown)) else None
        logs = truth.logs(scim=label not in LOGINS, account_id=asked.account_id)
        is_settled = truth.states(logs, asked.since, asked.until) == {State.SETTLED}
        # A zero is told in words where it may not be one.
        is_right = says == number and (number or is_settled) if says is not None else not number and not is_settled
        look.claim("overview", bool(is_right), path, f"says “{label} {shown}”; it is {number}, settled: {is_settled}")


def check_frame_numbers(look: Look, path: str, html: str) -> None:
    """The numbers beside the links to the rooms, as every page has them."""
    truth = look.truth
    words = " ".join(re.sub(r"<[^>]+>", " ", html[: html.index("<main")]).split())
    failing = {problem for (problem, _), state in truth.standings().items() if state in FAILING}
    right = {
        r"Failed by app (\d+)?": truth.attempts(truth.between(look.asked("").since, None), allowed=False),
        r"Problems (?:(\d+) open)?": len(failing),
    }
    for pattern, number in right.items():
        found = re.search(pattern, words)
        shown = int(found[1] or 0) if found else None
        look.claim("frame", shown == number, path, f"says “{found and found[0]}” in its menu; it is {number}")


def check_by_app(look: Look, path: str, page: Reading) -> None:
    """Denials and people of each app, who is locked out of it and who never had access."""
    asked, truth = look.asked(path), look.truth
    logins = truth.between(asked.since, asked.until, asked.account_id)
    for row in page.table("Applications"):
        app = next((found[1] for href in row["App"].hrefs if (found := re.search(r"app_uid=([\w-]+)", href))), None)
        account = next((found[1] for href in row["App"].hrefs if (found := re.search(r"account=(\w+)", href))), None)
        if not app or not account:
            continue
        own = [login for login in logins if (login.account_id, login.app_uid) == (account, app)]
        denied = truth.attempts(own, allowed=False)
        right = {"Denied": denied, "People": len(truth.people_denied(own))}
        if asked.until is None:
            right["Locked out"] = len(truth.locked_out(own))
            right["Never had access"] = len(truth.never_had_access(own))
        for column, number in right.items():
            shown = number_in(row[column].text) or 0
            look.claim(
                "by app",
                shown == number,
                path,
                f"says {column} “{row[column].text}” of {app} of {account[0]}; it is {number}",
            )


def check_by_person(look: Look, path: str, page: Reading) -> None:
    """Who was denied, how often, and what became of them."""
    asked, truth = look.asked(path), look.truth
    logins = truth.between(asked.since, asked.until, asked.account_id)
    lost, never = truth.locked_out(logins), truth.never_had_access(logins)
    people = truth.people_denied(logins)
    if "outcome=" in path:
        people = {person for *_, person in (lost if "locked_out" in path else never)}
    rows = page.table("Failed logins by person")
    shown = {row["Person"].text.replace(" ", "") for row in rows}
    if asked.until is None or "outcome=" not in path:
        look.claim("by person", shown == people, path, f"lists {sorted(shown)}; it is {sorted(people)}")
    for row in rows:
        person = row["Person"].text.replace(" ", "")
        number = truth.attempts([login for login in logins if login.person == person], allowed=False)
        says = number_in(row["Denied"].text)
        look.claim("by person", says == number, path, f"says “{row['Denied'].text}” of {person}; it is {number}")
        if asked.until is not None:
            continue
        for words, pairs in (("Locked out of", lost), ("Never had access to", never)):
            is_so = any(pair[2] == person for pair in pairs)
            look.claim("by person", (words in row["Now"].text) == is_so, path, f"says “{row['Now'].text}” of {person}")


def check_problems(look: Look, path: str, page: Reading) -> None:
    """How many resources fail now, by problem and in all."""
    asked, truth = look.asked(path), look.truth
    failing = truth.failing(asked.account_id, asked.until)
    says = number_in(page.lead) if page.lead and not page.lead.startswith("No") else 0
    look.claim("problems", says == len(failing), path, f"says “{page.lead}”; {len(failing)} resources fail")
    table = page.table("SCIM failures")
    failing_cells = [cell for row in table for column, cell in row.items() if column.startswith("Failing")]
    shown = sorted(number_in(cell.text) or 0 for cell in failing_cells)
    by_problem = Counter(problem for (problem, _), state in truth.standings(asked.until).items() if state in FAILING)
    right = sorted(n for problem, n in by_problem.items() if asked.account_id in ("", problem[0]))
    shown = [number for number in shown if number]
    look.claim("problems", shown == right, path, f"lists problems of {shown} failing resources; it is {right}")


def check_deprovisioned(look: Look, path: str, rows: Sequence[dict[str, str]]) -> None:
    """Who was let in although SCIM had switched them off."""
    asked, truth = look.asked(path), look.truth
    off = truth.switched_off(asked.since, asked.account_id)
    let_in = {key for key, moment in off.items() if truth.let_in_since(*key, moment)}
    shown = {(row["account"], person_behind(row["user_email"].lower())) for row in rows}
    look.claim("deprovisioned", shown == let_in, path, f"lists {_people(shown)}; it is {_people(let_in)}")


def check_list(look: Look, path: str, rows: Sequence[dict[str, str]], asked: Asked) -> None:
    """The list of all logins has all of them, and no other."""
    right = {login.row_id for login in look.truth.between(asked.since, asked.until, asked.account_id)}
    shown = {row["ray_id"] for row in rows}
    look.claim("list", shown == right, path, f"lacks {sorted(right - shown)}, has {sorted(shown - right)} too many")


def _people(found: set[tuple[str, str]]) -> list[str]:
    return sorted(f"{person} of {account[0]}" for account, person in found)
