"""Which pages of a world are opened: not all of every world, but all of many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from urllib.parse import quote, urlencode

from tests.worlds import covered, events, explained, figures, people
from tests.worlds.linked import check_links
from tests.worlds.look import Look
from tests.worlds.making import CROWD, JOINED, PEOPLE, PSEUDO
from tests.worlds.world import Log, Row, State

# The words beside the colours of the calendar.
LEGEND = "Complete May still change"
RANGES = ("15m", "1h", "24h", "24h", "7d", "30d", "all", "past", "past")


def query(look: Look, **more: str) -> str:
    """A range, and sometimes an account, as an address asks for them."""
    asked: dict[str, str] = {}
    name = look.random.choice(RANGES)
    if name == "past":
        until = look.world.now - timedelta(minutes=look.random.randrange(30, 40 * 60))
        since = until - timedelta(minutes=look.random.randrange(20, 40 * 60))
        asked = {"since": f"{since:%Y-%m-%dT%H:%M:%SZ}", "until": f"{until:%Y-%m-%dT%H:%M:%SZ}"}
    elif name != "24h":
        asked = {"range": name}
    if len(look.world.companies) > 1 and look.random.random() < 0.5:
        asked["account"] = look.random.choice(look.world.companies).account_id
    return f"?{urlencode(asked | more)}"


def logs_of(look: Look, path: str, *, scim: bool | None = None) -> list[Log]:
    """The logs that a page is about: of both kinds, or of one."""
    account_id = look.asked(path).account_id
    kinds = (False, True) if scim is None else (scim,)
    return [log for kind in kinds for log in look.truth.logs(scim=kind, account_id=account_id)]


def rows_inside(look: Look, path: str, keep: Callable[[Row], bool] = lambda row: True) -> Callable[[Log], int]:
    """How many rows of a log a page shows."""
    asked = look.asked(path)
    times = {login.row_id: login.at for login in look.truth.logins}

    def shown(log: Log) -> int:
        if log.is_scim:
            own = (log.account.account_id, log.idp_id)
            moments = [update.at for update in look.truth.updates if (update.account_id, update.idp_id) == own]
        else:
            moments = [times[row["ray_id"]] for row in log.rows if keep(row)]
        until = asked.until or look.world.now + timedelta(days=1)
        return sum(1 for at in moments if (asked.since is None or asked.since <= at) and at < until)

    return shown


def check_frame(look: Look, path: str) -> None:
    """What is checked of every list: links, and that it names no other account."""
    page = look.page(path)
    check_links(look, path, page)
    if account_id := look.asked(path).account_id:
        covered.check_accounts(look, path, page, {account_id})


# The pages


def overview(look: Look) -> None:
    path = f"/{query(look)}"
    check_frame(look, path)
    page = look.page(path)
    covered.check_emptiness(look, path, page, logs_of(look, path), rows_inside(look, path))
    figures.check_overview(look, path, page)


def logins(look: Look) -> None:
    asked = query(look, allowed="any")
    path = f"/logins/{asked}"
    check_frame(look, path)
    logs = logs_of(look, path, scim=False)
    covered.check_emptiness(look, path, look.page(path), logs, rows_inside(look, path))
    covered.check_export(look, f"/logins.csv{asked}", logs)
    figures.check_list(look, path, look.export(f"/logins.csv{asked}")[0], look.asked(path))


def denied_logins(look: Look) -> None:
    path = f"/logins/{query(look)}"
    check_frame(look, path)
    logs = logs_of(look, path, scim=False)
    shown = rows_inside(look, path, lambda row: row["allowed"] is False and row["action"] == "login")
    covered.check_emptiness(look, path, look.page(path), logs, shown)


def by_app(look: Look) -> None:
    asked = query(look)
    path = f"/logins/by-app/{asked}"
    check_frame(look, path)
    page, logs = look.page(path), logs_of(look, path, scim=False)
    shown = rows_inside(look, path, lambda row: row["allowed"] is False and row["action"] == "login")
    covered.check_emptiness(look, path, page, logs, shown)
    covered.check_export(look, f"/logins/by-app.csv{asked}", logs)
    figures.check_by_app(look, path, page)
    apps = [href for row in page.table("Applications") for href in row["App"].hrefs]
    for href in look.some(apps, 1):
        own = look.page(href)
        check_links(look, href, own)
        covered.check_accounts(look, href, own, {look.asked(href).account_id})


def by_person(look: Look) -> None:
    more = {"outcome": look.random.choice(["locked_out", "never_had_access"])} if look.random.random() < 0.5 else {}
    path = f"/logins/by-person/{query(look, **more)}"
    check_frame(look, path)
    figures.check_by_person(look, path, look.page(path))


def scim(look: Look) -> None:
    asked = query(look, status="any")
    path = f"/scim/{asked}"
    check_frame(look, path)
    logs = logs_of(look, path, scim=True)
    covered.check_emptiness(look, path, look.page(path), logs, rows_inside(look, path))
    if logs:
        covered.check_export(look, f"/scim.csv{asked}", logs)


def problems(look: Look) -> None:
    path = f"/scim/problems/{query(look)}"
    check_frame(look, path)
    page = look.page(path)
    figures.check_problems(look, path, page)
    everything, _ = look.export("/scim/problems.csv?range=all")
    for row in look.some(everything, 1):
        if row["template"] and (row["open_resources"] != "0" or row["healed_resources"] != "0"):
            own = f"/scim/problems/{row['key']}/"
            check_links(look, own, look.page(own))
            events.check_problem(look, row["key"], row, look.page(own))


def person(look: Look) -> None:
    address = look.random.choice(_addresses(look))
    asked = query(look)
    path = f"/people/{quote(address)}/{asked.partition('&account')[0] if 'account=' not in asked[:9] else ''}"
    page = look.page(path)
    check_links(look, path, page)
    if address not in PSEUDO:
        people.check_person(look, path, page, address)
    accounts = people.accounts_of(look, address)
    if accounts:
        covered.check_accounts(look, path, page, accounts)
    asked = path if "?" in path else f"{path}?range=7d"
    logs = [log for log in look.world.logs if not accounts or log.account.account_id in accounts]
    for sentence in page.sentences:
        covered.check_times(look, asked, sentence, covered.meant(sentence, logs))
    ticket = look.browser.get(path.replace("/?", "/ticket.md?") if "?" in path else f"{path}ticket.md")
    for company in look.world.companies:
        if accounts and company.account_id not in accounts:
            is_named = company.name in ticket.content.decode()
            look.claim("other account", not is_named, path, f"the ticket names {company.name}")


def _addresses(look: Look) -> list[str]:
    known = {login.person for login in look.truth.logins} | {update.person for update in look.truth.updates}
    return sorted(known & {*PEOPLE, *CROWD[:1], *JOINED, *PSEUDO}) or ["nobody@example.com"]


def deprovisioned(look: Look) -> None:
    asked = {"range": look.random.choice(("24h", "7d", "30d", "all"))}
    if len(look.world.companies) > 1 and look.random.random() < 0.5:
        asked["account"] = look.random.choice(look.world.companies).account_id
    path = f"/people/deprovisioned/?{urlencode(asked)}"
    check_frame(look, path)
    logs = logs_of(look, path)
    covered.check_emptiness(look, path, look.page(path), logs, lambda log: 0)
    export = path.replace("deprovisioned/", "deprovisioned.csv")
    figures.check_deprovisioned(look, export, look.export(export)[0])


def event(look: Look) -> None:
    for login in look.some(look.truth.logins, 1):
        events.check_login(look, login)


def why(look: Look) -> None:
    """What the policies asked of people who were denied."""
    denied = [login for login in look.truth.logins if login.is_try_of_person and login.allowed is False]
    for login in look.some(denied, 2):
        explained.check_login(look, login)
    for login in look.some(denied, 1):
        explained.check_app(look, login)


def search(look: Look) -> None:
    """Anything that a row holds, and something that none does."""
    for login in look.some(look.truth.logins, 1):
        known = [login.row_id, login.user_id, login.person, login.app_uid]
        events.check_search(look, look.random.choice(list(filter(None, known))), occurs=True)
    for update in look.some((update for update in look.truth.updates if update.person), 1):
        known = [f"cf-{update.person}", f"{update.idp_id[:2]}-{update.person}", update.person, update.idp_id]
        events.check_search(look, look.random.choice(known), occurs=True)


def sync(look: Look) -> None:
    """What is said of every log, and of time that is lost or about to be."""
    page = look.page("/sync/")
    for sentence in (sentence.text for sentence in page.said if not sentence.text.startswith(LEGEND)):
        if covered.PAST_REACH.search(sentence) or covered.RETENTION.search(sentence):
            named = covered.meant(sentence, list(look.world.logs))
            gone = any(part.state is State.GONE for log in named for part in log.stretches)
            look.claim("past reach", gone, "/sync/", f"says “{sentence}”, but Cloudflare was never asked in vain")


def elsewhere(look: Look) -> None:
    """Pages of which only what every page has is checked."""
    path = look.random.choice(("/people/", "/views/", "/scim/problems/without-login/", "/search/?q=ada"))
    response = look.browser.get(path, follow=True)
    look.claim("answers", response.status_code == 200, path, f"answered {response.status_code}")
    figures.check_frame_numbers(look, path, response.content.decode())


ROOMS: Sequence[Callable[[Look], None]] = (
    overview,
    by_app,
    person,
    scim,
    logins,
    problems,
    by_person,
    deprovisioned,
    overview,
    denied_logins,
    person,
    event,
    why,
    search,
    sync,
    elsewhere,
    why,
)
# How many of them are visited in one world.
MOST = 2


def visit(look: Look, number: int) -> None:
    """Look at a few rooms of a world; the next world has its turn with the next ones."""
    for step in range(MOST):
        ROOMS[(number * MOST + step) % len(ROOMS)](look)
