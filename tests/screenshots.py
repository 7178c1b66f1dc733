"""`python -m tests.screenshots [folder]`: a picture of every page, with the rows of the simulated company.

Without a folder, the pictures of the documents are made anew: every page at 1440 px in light colours, a few in dark
colours and on a phone. With one, every page is made in both widths and both schemes, to be looked at.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

from tests import services
from tests.browser.conftest import FLAGS
from tests.system.conftest import GUNICORN, ROOT, clean_environ, free_port, is_open, process, wait_until

PASSWORD = "a password for pictures"
WIDTHS = {1440: 1000, 390: 844}
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
LONGEST = 1500
# These are in the documents also so.
ALSO = {("overview", 1440, "dark"), ("person", 390, "light"), ("logins", 390, "dark")}


def _first_link(path: str, within: str) -> Callable[[Page, str], None]:
    """Go to where the first such link on a page leads."""

    def go(page: Page, url: str) -> None:
        page.goto(url + path)
        page.goto(url + str(page.locator(within).first.get_attribute("href")))

    return go


def _opened(path: str) -> Callable[[Page, str], None]:
    """Unfold the first row of a list."""

    def go(page: Page, url: str) -> None:
        page.goto(url + path)
        page.locator(".gh-opener a").first.click()
        page.wait_for_load_state("networkidle")

    return go


def _own_page(path: str) -> Callable[[Page, str], None]:
    """The own page of the first row of a list, which is what unfolds there, too."""

    def go(page: Page, url: str) -> None:
        page.goto(url + path)
        page.goto(url + str(page.locator(".gh-opener a").first.get_attribute("hx-get")))

    return go


def _at(path: str) -> Callable[[Page, str], None]:
    def go(page: Page, url: str) -> None:
        page.goto(url + path)
        page.wait_for_load_state("networkidle")

    return go


def _pasted(page: Page, url: str) -> None:
    page.goto(url + "/logins/")
    page.locator("#q").fill("Ray ID: 0123456789abcdef")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/**")


PAGES: dict[str, Callable[[Page, str], None]] = {
    "overview": _at("/"),
    "logins": _at("/logins/"),
    "login": _opened("/logins/"),
    "by-app": _opened("/logins/by-app/?range=24h"),
    "app": _first_link("/logins/by-app/", "main tbody a[href^='/logins/by-app/app/'], main tbody a[href^='/logins/?']"),
    "by-person": _at("/logins/by-person/"),
    "scim": _opened("/scim/"),
    "update": _own_page("/scim/"),
    "problems": _opened("/scim/problems/?range=7d"),
    "problem": _own_page("/scim/problems/?range=7d"),
    "never-logged-in": _at("/scim/problems/without-login/"),
    "people": _at("/people/"),
    # Whoever was let in after their deprovisioning has the most to be said of.
    "person": _first_link("/people/deprovisioned/?range=30d", "main tbody a[href^='/people/']"),
    "deprovisioned": _at("/people/deprovisioned/?range=30d"),
    "search": _pasted,
    "views": _at("/views/"),
    "sync": _at("/sync/"),
}


@contextmanager
def _gatehouse(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """A Gatehouse that has synced the simulated company once; its address and environment."""
    simulator, web = free_port(), free_port()
    environ = clean_environ(
        DATABASE_URL=f"sqlite:///{folder / 'pictures.sqlite3'}",
        SECRET_KEY="pictures",
        CLOUDFLARE_API_BASE_URL=f"http://127.0.0.1:{simulator}/client/v4",
    )
    manage = [sys.executable, "manage.py"]
    with process([*GUNICORN, "--bind", f"127.0.0.1:{simulator}", "logsync.simulator.server.wsgi:application"], environ):
        wait_until(lambda: is_open(simulator), 20, "the simulator answers")
        for command in (["migrate", "-v0"], ["collectstatic", "--no-input", "-v0"], ["sync"]):
            subprocess.run([*manage, *command], cwd=ROOT, env=environ, check=True, capture_output=True)
        serve = [*GUNICORN, "--bind", f"127.0.0.1:{web}", "dashboard.wsgi:application"]
        with process(serve, environ):
            wait_until(lambda: is_open(web), 20, "the pages answer")
            yield f"http://localhost:{web}", environ


def _make_user(environ: dict[str, str]) -> None:
    environ = environ | {"DJANGO_SUPERUSER_PASSWORD": PASSWORD}
    command = [sys.executable, "manage.py", "createsuperuser", "--no-input", "--username", "sam", "--email", ""]
    subprocess.run(command, cwd=ROOT, env=environ, check=True, stdout=subprocess.DEVNULL)


def _take(browser: Browser, url: str, folder: Path, width: int, scheme: Scheme, names: list[str]) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": WIDTHS[width]}, color_scheme=scheme, timezone_id="Europe/Berlin"
    )
    page = context.new_page()
    page.goto(f"{url}/sign-in/")
    if names == list(PAGES):
        _shoot(page, folder / f"sign-in-{width}-{scheme}.png")
    page.fill("input[name=username]", "sam")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{url}/")
    for name in names:
        PAGES[name](page, url)
        _shoot(page, folder / f"{name}-{width}-{scheme}.png")
    context.close()


def _shoot(page: Page, path: Path) -> None:
    size = page.viewport_size
    assert size is not None
    height = min(int(page.evaluate("document.documentElement.scrollHeight")), LONGEST)
    page.set_viewport_size({"width": size["width"], "height": max(height, size["height"])})
    page.screenshot(path=path)
    page.set_viewport_size(size)


def main(arguments: list[str]) -> int:
    program = services.chromium()
    if program is None:
        print(services.how_to_get("chromium"))
        return 1
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    everything = bool(arguments)
    folder = Path(arguments[0] if arguments else ROOT / "docs")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as kept, _gatehouse(Path(kept)) as (url, environ), sync_playwright() as driver:
        _make_user(environ)
        browser = driver.chromium.launch(executable_path=program, args=FLAGS)
        for width, scheme in product(WIDTHS, SCHEMES):
            is_main = everything or (width, scheme) == (1440, "light")
            names = [name for name in PAGES if is_main or (name, width, scheme) in ALSO]
            if names:
                _take(browser, url, folder, width, scheme, names)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
