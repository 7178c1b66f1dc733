"""A store full of hostile rows, in a real browser: no page runs, fetches or opens anything that a row asks for."""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from logsync.models import Account, IdentityProvider, ScimProblem, Stream
from tests.dashboard.test_hostile import HOSTILE
from tests.dashboard.test_urls import routes

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]

EVIL = [
    *(text for text in HOSTILE.values() if len(text) < 1_000),
    "<script>alert(1)</script>",
    "<img src=https://evil.example/x onerror=alert(1)>@evil.example",
    "<svg onload=alert(1)><style>@import 'https://evil.example/x';</style>",
    "\"><iframe src=https://evil.example/></iframe><meta http-equiv=refresh content='0;https://evil.example/'>",
    "' autofocus onfocus=alert(1) x='",
    "<base href=https://evil.example/><form action=https://evil.example/><input name=x>",
    "p\u0430ypal\u200b\ufeff@m\u0435ridian.example",
    "\x1b[2J\x07\u2028\u2029\x85",
]
# What no page of ours has.
FOREIGN = "iframe, object, embed, base, script:not([src^='/static/'])"
OF_LOGINS = ("user_email", "app_name", "app_domain", "app_type", "connection", "country")
OF_UPDATES = ("error_description", "request_method", "resource_type", "resource_user_email", "resource_group_name")
# Signing out ends the test, and the others wait for Cloudflare.
LEFT_OUT = {"sign-out/", "sync/now/", "sync/doctor/"}


@pytest.fixture
def rows(company, make_login, make_update):
    """A row of each log for each text, which is in all its fields; the newest of each log."""
    now = timezone.now()
    Account.objects.update(name=EVIL[0])
    IdentityProvider.objects.update(name=EVIL[1])
    Stream.objects.update(error=EVIL[2], error_since=now)
    for number, text in enumerate(EVIL):
        at = {"arrived_at": now, "created_at": now - timedelta(seconds=100 - number)}
        login = make_login(**at, **dict.fromkeys(OF_LOGINS, text), app_uid=text.strip()[:200], extra={text: text})
        at = {"arrived_at": now, "logged_at": now - timedelta(seconds=100 - number)}
        body = json.dumps({"userName": text, "displayName": text}, ensure_ascii=False)
        update = make_update(
            **at, **dict.fromkeys(OF_UPDATES, text), idp_resource_id=f"{number}", request_body=body, extra={text: text}
        )
    return login, update


def test_no_hostile_row_acts_on_any_page(open_page, live_server, rows):
    login, update = rows
    page = open_page("/", may_fail=True)
    asked = []
    page.context.on("request", lambda request: asked.append(request.url))
    people = [f"/people/{quote(text, safe='')}/" for text in EVIL if "/" not in text]
    events = [
        login.get_absolute_url(),
        update.get_absolute_url(),
        f"/scim/problems/{ScimProblem.objects.all()[0].key}/",
    ]
    opened = [
        f"/logins/?open={login.key.hex}&range=all&allowed=any",
        f"/scim/?open={update.key.hex}&range=all&status=any",
    ]
    plain = [f"/{route}" for route in routes() if "<" not in route and route.endswith("/") and route not in LEFT_OUT]
    for path in [*plain, *events, *opened, *people[-3:]]:
        page.goto(live_server.url + path, wait_until="load")
        assert page.url.startswith(live_server.url), path
        assert page.locator(FOREIGN).count() == 0, path
    assert [url for url in asked if not url.startswith((live_server.url, "data:"))] == []


def test_unseen_characters_show_in_rows(open_page, rows):
    page = open_page("/logins/?range=all&allowed=any")
    marked = page.locator("tbody .gh-unseen")
    expect(marked.first).to_be_visible()
    assert "U+200B U+FEFF" in marked.all_inner_texts()
    assert "\u0430 Cyrillic" in marked.all_inner_texts()
