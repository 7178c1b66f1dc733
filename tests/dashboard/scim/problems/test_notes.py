"""Ignoring a problem, no longer ignoring it, and writing about it; and the text for a ticket."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from dashboard.scim.problems.notes import LONGEST_NOTE
from logsync.derived.scim_problems import rebuild
from logsync.models import ProblemNote, ScimProblem
from logsync.scim.fingerprint import VERSION
from tests.conftest import NOW
from tests.dashboard.reading import page_of
from tests.dashboard.scim.conftest import ADDRESS, ago

BADGE = re.compile(r'<span class="gh-badge (\w*)"><svg.*?</svg>(\w+)</span>')


@pytest.fixture
def write(signed_in):
    """Send the form of a problem, and read the page that comes back."""

    def send(key, **values):
        return page_of(signed_in.post(f"{ADDRESS}{key}/note/", values, follow=True))

    return send


def test_ignored_problem_is_only_counted(ask, problem, problems, write, list_page):
    ask()
    key = problem().key
    write(key, act="ignore", text="known, ticket 7")
    assert problems() == []
    assert "1 ignored problem is not shown" in list_page().text
    assert "Ignored 1" in list_page().text
    assert [row.key for row in problems(list_page().link("Show it").removeprefix("?"))] == [key]


def test_ignored_problem_is_not_called_open(ask, problem, write, signed_in):
    def badges():
        list_html = signed_in.get(f"{ADDRESS}?state=any").content.decode()
        page_html = signed_in.get(f"{ADDRESS}{key}/").content.decode()
        return [BADGE.findall(html.partition("<main")[2])[0] for html in (list_html, page_html)]

    ask()
    key = problem().key
    assert badges() == [("bad", "Open")] * 2
    write(key, act="ignore")
    assert badges() == [("", "Ignored")] * 2


def test_ignoring_a_problem_is_stopped(ask, problem, problems, write, list_page):
    ask()
    key = problem().key
    write(key, act="ignore")
    write(key, act="watch", text="it matters after all")
    assert [row.key for row in problems()] == [key]
    assert "ignored problem" not in list_page().text.lower()


def test_history_is_listed_newest_first(ask, problem, write):
    ask()
    key = problem().key
    write(key, act="ignore", text="first")
    write(key, act="note", text="second")
    page = write(key, act="watch", text="")
    notes = [item.text for item in page.all("li") if " by sam, " in item.text]
    assert notes == [
        "Stopped ignoring by sam, 19 Nov 14:06:12",
        "Note by sam, 19 Nov 14:06:12 second",
        "Ignored by sam, 19 Nov 14:06:12 first",
    ]
    assert set(ProblemNote.objects.values_list("written_by", "written_at")) == {("sam", NOW)}


def test_a_note_alone_changes_nothing_else(ask, problem, write):
    ask()
    write(problem().key, act="note", text="seen")
    assert not ScimProblem.objects.get().is_ignored


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"act": "note", "text": "  "}, "The note is empty."),
        ({"act": "destroy", "text": "x"}, "There is no action “destroy”."),
        ({"text": "x"}, "required"),
        ({"act": "ignore", "text": "x" * (LONGEST_NOTE + 1)}, "up to 2,000 characters; yours has 2001"),
        ({"act": "note", "text": "a\0b"}, "Null characters"),
    ],
)
def test_invalid_note_is_refused(values, words, ask, problem, write):
    ask()
    page = write(problem().key, **values)
    assert words in page.text
    assert "Nothing was saved." in page.text
    assert not ProblemNote.objects.exists()
    assert not ScimProblem.objects.get().is_ignored


def test_only_post_with_csrf_token_writes(ask, problem, signed_in, django_user_model):
    ask()
    address = f"{ADDRESS}{problem().key}/note/"
    assert signed_in.get(address).status_code == 405
    assert signed_in.post(f"{ADDRESS}nowhere/note/", {"act": "ignore"}).status_code == 404
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(django_user_model.objects.get())
    assert strict.post(address, {"act": "ignore"}).status_code == 403
    assert not ScimProblem.objects.get().is_ignored


def test_writing_requires_sign_in(ask, problem, client):
    ask()
    address = f"{ADDRESS}{problem().key}/note/"
    client.logout()
    assert "/sign-in/" in client.post(address, {"act": "ignore"})["Location"]
    assert not ProblemNote.objects.exists()


def test_ignored_problem_failing_again_says_so(ask, problems, write, list_page, problem, problem_page):
    ask(logged_at=ago(hours=5))
    key = problem().key
    write(key, act="ignore")
    ask(status="SUCCESS", logged_at=ago(hours=4))
    ask(logged_at=ago(hours=3))
    assert problems() == []
    assert "1 ignored problem is not shown, 1 of them regressed" in list_page().text
    text = problem_page(key).text
    assert "Ignored" in text
    assert "Ignored It failed again after it had healed, and stays ignored." in text
    assert problems("state=ignored")[0].state == "regressed"


def test_rebuild_keeps_notes(ask, problem, problems, write):
    ask()
    write(problem().key, act="ignore", text="kept")
    rebuild()
    assert problems() == []
    assert ScimProblem.objects.get().notes.get().text == "kept"


def test_notes_follow_problem_with_new_key(ask, problem, problems, write, monkeypatch):
    ask()
    before = problem().key
    write(before, act="ignore", text="kept")
    monkeypatch.setattr("logsync.scim.fingerprint.VERSION", VERSION + 1)
    rebuild()
    [now] = ScimProblem.objects.all()
    assert now.key != before
    assert problems() == []
    assert now.notes.get().text == "kept"


def test_a_note_is_never_markup(ask, problem, write):
    ask()
    plain = write(problem().key, act="note", text="plain").skeleton
    page = write(problem().key, act="note", text="<script>alert(1)</script>\u202e")
    assert "<script>alert(1)</script>" in page.text
    assert len(page.all("script")) == sum(count for (tag, *_), count in plain.items() if tag == "script")


# The ticket


@pytest.fixture
def ticket(problem, problem_page):
    """What the button copies."""

    def read(query=""):
        page = problem_page(problem().key, query)
        [button] = [button for button in page.all("button") if "data-copy-ticket" in button.attrs]
        return button.attrs["data-copy"]

    return read


def test_ticket_has_facts_and_sources(okta, ask, ticket, problem):
    ask(logged_at=ago(hours=2))
    ask(logged_at=ago(hours=1))
    assert ticket().splitlines() == [
        "SCIM problem: `user <value> already exists`",
        "",
        "- Request: `POST USER` from `Okta`",
        "- State: Open (1 user is failing)",
        "- Latest error: `User ada@meridian.example already exists`",
        "- Failing now, as of the newest row:",
        "  - `ada@meridian.example`: 2 failed requests, first 19 Nov 2026 12:06:12 UTC, last 19 Nov 2026 13:06:12 UTC",
        "",
        "The SCIM status says what Cloudflare stored, not what the identity provider or a policy decided.",
        f"http://testserver/scim/problems/{problem().key}/",
    ]


@pytest.mark.parametrize("query", ["", "state=failing", "state=healed"])
def test_ticket_counts_every_failing_resource(query, ask, ticket, monkeypatch):
    monkeypatch.setattr("dashboard.scim.problems.views.MOST_RESOURCES", 2)
    ask("bob", logged_at=ago(hours=4))
    ask("bob", status="SUCCESS", logged_at=ago(hours=3))
    for name in ("ada", "eve", "kim"):
        ask(name)
    lines = [line for line in ticket(query).splitlines() if line.startswith("  - ")]
    more = 3 - sum("failed request" in line for line in lines)
    assert more < 2
    assert lines[-1] == f"  - and {more} more" if more else len(lines) == 3


def test_the_ticket_holds_no_body(ask, ticket):
    ask(request_body='{"userName":"ada@meridian.example","title":"body of the request"}')
    assert "body of the request" not in ticket()


@pytest.mark.parametrize(
    "text",
    [
        "[click](http://evil.example)",
        "`` ` ``` [x](http://evil.example) `",
        "line\n\n# head\r\n[x](http://evil.example)",
        "<http://evil.example>",
        "![x](http://evil.example/x.png)\u202e",
        "`",
    ],
)
def test_log_text_is_no_ticket_link(text, ask, ticket):
    ask(error_description=text, resource_user_email=text)
    rendered = _without_code_spans(ticket())
    assert "evil" not in rendered
    assert "[" not in rendered
    assert "<" not in rendered
    assert "\u202e" not in ticket()
    assert len(ticket().splitlines()) == 10


def _without_code_spans(text):
    """The text without its code spans, read as CommonMark 6.1 does: a run of backticks up to an equal run."""
    out, rest = "", text
    while "`" in rest:
        before, _, _ = rest.partition("`")
        rest = rest[len(before) :]
        run = rest[: len(rest) - len(rest.lstrip("`"))]
        inside = rest[len(run) :]
        end = 0
        while end < len(inside):
            closing = inside[end : len(inside) - len(inside[end:].lstrip("`"))] if inside[end] == "`" else ""
            if closing == run:
                break
            end += len(closing) or 1
        out += before
        rest = inside[end + len(run) :] if end < len(inside) else inside
        assert end < len(inside), "a run of backticks is never closed"
    return out + rest
