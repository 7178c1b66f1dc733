"""A real Chromium on a real server, with a company's rows: ordinary, hostile and huge ones."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from django.utils import timezone
from playwright.sync_api import sync_playwright

from tests import services

# Playwright's loop runs in this thread, so Django would refuse to talk to the database here.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# What axe-core is asked for. No rule needs what stylesheets import, which it would read by an inline style.
QUICK = {"resultTypes": ["violations"], "preload": False}
# The size of targets (WCAG 2.2) is a rule that runs only where it is named.
EVERY_RULE = QUICK | {"rules": {"target-size": {"enabled": True}}}
# A colour scheme changes nothing but colours.
OF_COLOURS = QUICK | {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
# One template makes every row, and the odd ones are among the newest; axe-core takes its time for each.
ROWS_LEFT_OUT = "tbody > tr:nth-child(n + 12), .gh-time > li:nth-child(n + 12)"
HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script>\u202egnp.exe'

OF_FAILED_REQUESTS = ("Failed to load resource", "Response Status Error Code", "htmx:")


# Presses of the mouse, over all pages of a tab; a key that presses a button is none.
COUNT_CLICKS = """addEventListener("click", (event) => {
  if (event.isTrusted && event.detail) sessionStorage.setItem("clicks", Number(sessionStorage.getItem("clicks")) + 1);
}, true)"""


def clicks_in(page):
    """How often the mouse was pressed in a page's tab."""
    return page.evaluate("Number(sessionStorage.getItem('clicks'))")


def scrolls_sideways(page):
    return page.evaluate("document.documentElement.scrollWidth > innerWidth")


@pytest.fixture(scope="session")
def chromium():
    services.require("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=services.chromium(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def company(account, okta, make_stream, make_login, make_update, cover):
    """An hour of logins and SCIM updates that ends now, completely synced."""
    now = timezone.now()
    for stream in (make_stream(), make_stream("scim_updates", okta.idp_id)):
        cover(stream, now - timedelta(days=30), now)
    make_login(created_at=now - timedelta(days=29), arrived_at=now, allowed=True)
    make_update(logged_at=now - timedelta(days=29), arrived_at=now, status="SUCCESS", error_description="")
    for minute in range(60):
        at = now - timedelta(minutes=minute, seconds=30)
        make_login(created_at=at, arrived_at=now, user_email=f"person{minute}@meridian.example", app_name="Grafana")
    make_login(
        created_at=now - timedelta(minutes=2), arrived_at=now, user_email=HOSTILE, app_name=HOSTILE, ray_id=HOSTILE
    )
    make_login(created_at=now - timedelta(minutes=3), arrived_at=now, user_email="x" * 4000, app_name="w" * 4000)
    make_update(logged_at=now - timedelta(minutes=5), arrived_at=now)
    make_update(
        logged_at=now - timedelta(minutes=6),
        arrived_at=now,
        request_body="{not json </script>",
        resource_user_email=HOSTILE,
    )
    make_update(logged_at=now - timedelta(minutes=7), arrived_at=now, error_description="e" * 3000)
    return account


@pytest.fixture(autouse=True)
def _no_worker_to_wait_for(monkeypatch):
    """The doctor asks for workers, of which there are none here; it need not wait for their answer."""
    monkeypatch.setattr("logsync.health.environment.PING_SECONDS", 0.1)


@pytest.fixture
def open_page(chromium, live_server, company, make_user, client):
    """Open a page, signed in; whatever the console complains of fails the test.

    `may_fail` if the test itself makes requests fail, of which the browser and htmx complain as well.
    """
    make_user()
    client.login(username="sam", password="a long enough password")
    contexts, complaints = [], []

    def open_at(path, width=1440, scheme="light", java_script_enabled=True, may_fail=False):
        def note(said):
            is_expected = may_fail and said.text.startswith(OF_FAILED_REQUESTS)
            if said.type in ("error", "warning") and not is_expected:
                complaints.append(said.text)

        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            java_script_enabled=java_script_enabled,
            timezone_id="Europe/Berlin",
            permissions=["clipboard-read", "clipboard-write"],
        )
        context.add_init_script(COUNT_CLICKS)
        contexts.append(context)
        cookie = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(f"a dialog opened: {dialog.message}"))
        page.goto(live_server.url + path)
        return page

    yield open_at
    for context in contexts:
        for page in context.pages:
            # The doctor takes seconds, and after the test there is no database for it.
            if "/sync/" in page.url:
                page.wait_for_load_state("networkidle")
        context.close()
    assert complaints == []


@pytest.fixture
def complaints():
    """Make a list of what axe-core finds in both schemes, and of what is too wide."""

    def run(page, context, options):
        found = page.evaluate("([context, options]) => axe.run(context ?? document, options)", [context, options])
        return AxeResults(found)

    def complaints(page, what, context=None):
        is_wide = scrolls_sideways(page)
        page.evaluate("rows => document.querySelectorAll(rows).forEach((row) => row.remove())", ROWS_LEFT_OUT)
        page.evaluate(AXE_SCRIPT)
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        reports = [run(page, context, EVERY_RULE)]
        page.emulate_media(color_scheme="dark")
        reports.append(run(page, context, OF_COLOURS))
        found = [f"{what}\n{report.generate_report()}" for report in reports if report.violations_count]
        return found + ([f"{what} scrolls sideways"] if is_wide else [])

    return complaints
