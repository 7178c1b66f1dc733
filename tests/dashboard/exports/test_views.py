"""The pages about exports: whose are shown, how each ended, its manifest, and what arrived since."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard.exported.manifest import is_signed
from dashboard.exported.models import LONGEST, Export, State
from dashboard.permissions.roles import Role
from logsync.models import AccessRequest, Installation
from tests.conftest import NOW
from tests.dashboard.reading import page_of, records_of

HOSTILE = "=<script>alert(1)</script>\u202e"


@pytest.fixture
def logins(all_logins_known, make_login):
    """Three denied logins within the hour."""
    return [make_login(created_at=NOW - timedelta(minutes=number)) for number in (10, 20, 30)]


@pytest.fixture
def export(logins, signed_in, time_machine):
    """Export an address to its end, and let an hour pass."""

    def make(address="/logins.csv?range=1h"):
        b"".join(signed_in.get(address))
        time_machine.move_to(NOW + timedelta(hours=1), tick=False)
        return Export.objects.latest("pk")

    return make


def shown(response):
    """The numbers of the exports on a page, in order."""
    assert response.status_code == 200
    return [line.record.pk for line in response.context["lines"]]


# The list


def test_list_says_what_each_was(export, signed_in):
    found = export("/logins.csv?range=1h&country=NL")
    [row] = page_of(signed_in.get("/exports/")).rows[1:]
    words = " ".join(row)
    for part in ("sam", "Logins CSV", "Result: denied · Country: NL", "19 Nov 13:06 to 14:06", "Complete"):
        assert part in words
    assert found.sha256[:12] in words


def test_own_exports_alone_without_audit(export, client, make_user):
    export()
    client.force_login(make_user("kim", Role.ANALYST))
    assert shown(client.get("/exports/")) == []
    b"".join(client.get("/logins.csv"))
    own = Export.objects.latest("pk")
    assert shown(client.get("/exports/")) == [own.pk]
    client.force_login(make_user("lee", Role.SECURITY))
    assert shown(client.get("/exports/")) == [own.pk, own.pk - 1]


@pytest.mark.parametrize("path", ["", "again/", "manifest.json"])
def test_export_of_others_is_not_found(path, export, client, make_user):
    address = f"/exports/{export().pk}/{path}"
    assert client.get(address).status_code == 200
    client.force_login(make_user("kim", Role.ANALYST))
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("path", ["", "999999/", f"{'9' * 30}/"])
def test_helpdesk_is_refused(path, client, make_user, db):
    client.force_login(make_user("hal", Role.HELPDESK))
    assert client.get(f"/exports/{path}").status_code == 403
    assert 'href="/exports/"' not in client.get("/people/").content.decode()


def test_navigation_leads_to_exports(signed_in):
    assert page_of(signed_in.get("/people/")).has_link("Exports")


@pytest.fixture
def one_of_each(signed_in):
    """An export that was left running, and one in each state, begun a minute ago, the running one last."""

    def make(state, ago=timedelta(minutes=1)):
        return Export.objects.create(
            username="sam",
            list_name="Logins",
            path="/logins.csv",
            page="/logins/",
            format="csv",
            version="0",
            coverage={"kind": "complete"},
            as_of=NOW,
            state=state,
            started_at=NOW - ago,
            user=User.objects.get(),
        )

    left = make(State.RUNNING, ago=LONGEST)
    return {"left": left.pk} | {state.value: make(state).pk for state in reversed(State)}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["running", "complete", "cut_off", "failed", "left"]),
        ("?state=complete", ["complete"]),
        ("?state=cut_off", ["cut_off", "left"]),
        ("?state=running&state=failed", ["running", "failed"]),
        ("?not.state=cut_off", ["running", "complete", "failed"]),
        ("?username=sam&list_name=Logins&state=failed", ["failed"]),
        ("?list_name=SCIM", []),
        ("?username=kim", []),
        ("?since=2026-11-19T14:00:00Z", ["running", "complete", "cut_off", "failed"]),
    ],
)
def test_filters_narrow_the_list(query, names, one_of_each, signed_in):
    assert shown(signed_in.get(f"/exports/{query}")) == [one_of_each[name] for name in names]


def test_typed_words_become_filters(signed_in):
    response = signed_in.get("/exports/", {"filter": "username:ada state:cut_off"})
    assert response["Location"] == "/exports/?username=ada&state=cut_off"


def test_pages_follow_each_other(export, signed_in, monkeypatch):
    monkeypatch.setattr("dashboard.exports.views.ExportList.most", 2)
    first = export().pk
    for _ in range(4):
        b"".join(signed_in.get("/logins.csv"))
    newest = page_of(signed_in.get("/exports/"))
    middle = signed_in.get(f"/exports/{newest.link('Older')}")
    assert shown(middle) == [first + 2, first + 1]
    assert shown(signed_in.get(f"/exports/{page_of(middle).link('Older')}")) == [first]
    assert shown(signed_in.get(f"/exports/{page_of(middle).link('Newer')}")) == [first + 4, first + 3]


def test_list_is_exported_and_recorded(export, signed_in):
    found = export("/logins.csv?range=1h&country=NL")
    [record] = records_of(signed_in.get("/exports.csv"))[1:]
    assert (record["export"], record["username"], record["list"]) == (str(found.pk), "sam", "Logins")
    assert (record["words"], record["address"]) == ("Result: denied · Country: NL", found.address)
    assert (record["rows"], record["size"], record["sha256"]) == ("3", str(found.size), found.sha256)
    assert (record["state"], record["coverage"]) == ("complete", "complete")
    assert (record["since"], record["until"]) == ("2026-11-19T13:06:12.000000Z", "")
    own = Export.objects.latest("pk")
    assert (own.list_name, own.rows, own.state) == ("Exports", 2, State.COMPLETE)


def test_hostile_export_is_only_text(export, signed_in):
    Export.objects.filter(pk=export().pk).update(username=HOSTILE, words=HOSTILE, query=HOSTILE, list_name=HOSTILE)
    number = Export.objects.get().pk
    for address in ("/exports/", f"/exports/?open={number}", f"/exports/{number}/", f"/exports/{number}/again/"):
        assert "<script>alert" not in signed_in.get(address).content.decode()
    assert not any(value.startswith("=") for row in records_of(signed_in.get("/exports.csv")) for value in row.values())


def test_list_takes_few_queries(export, signed_in):
    export()
    signed_in.get("/exports/")
    with CaptureQueriesContext(connection) as queries:
        signed_in.get("/exports/")
    assert len([query for query in queries if "exported_export" in query["sql"]]) <= 3


# One export


@pytest.mark.parametrize("address", ["/exports/?open={}", "/exports/{}/"])
def test_export_in_full(address, export, signed_in):
    found = export()
    page = page_of(signed_in.get(address.format(found.pk)))
    assert found.sha256 in page.text
    assert "Complete from" in page.text
    assert page.link("Manifest") == f"/exports/{found.pk}/manifest.json"
    ends = "since=2026-11-19T13%3A06%3A12Z&until=2026-11-19T14%3A06%3A12Z"
    assert page.link("Open the list") == f"/logins/?{ends}"


def test_row_alone_comes_for_htmx(export, signed_in):
    page = signed_in.get(f"/exports/{export().pk}/", headers={"HX-Request": "true"}).content.decode()
    assert page.startswith('<tr class="gh-open"')
    assert "<html" not in page


def test_cut_off_export_says_so(logins, signed_in, time_machine):
    response = signed_in.get("/logins.csv?range=1h")
    body = iter(response.streaming_content)
    next(body), next(body)
    time_machine.move_to(NOW + LONGEST, tick=False)
    assert "Cut off" in page_of(signed_in.get("/exports/")).text
    list(body)
    Export.objects.update(state=State.CUT_OFF, rows=1)
    [row] = page_of(signed_in.get("/exports/")).rows[1:]
    assert "Cut off" in row
    assert "Cut off after 1 row" in page_of(signed_in.get(f"/exports/{Export.objects.get().pk}/")).text


def test_manifest_has_everything_signed(export, signed_in):
    found = export()
    response = signed_in.get(f"/exports/{found.pk}/manifest.json")
    manifest = json.loads(response.content)
    assert is_signed(manifest)
    assert list(manifest["coverage"]) == sorted(manifest["coverage"])
    assert response["Content-Disposition"] == f'inline; filename="export-{found.pk}-manifest.json"'
    assert manifest["export"] == found.pk
    assert manifest["address"] == "/logins.csv?range=1h"
    assert manifest["range"] == {
        "since": "2026-11-19T13:06:12.000000Z",
        "until": None,
        "as_of": "2026-11-19T14:06:12.000000Z",
    }
    assert (manifest["state"], manifest["rows"], manifest["sha256"]) == ("complete", 3, found.sha256)
    assert manifest["coverage"]["logs"][0]["name"] == "Logins"


# The same again


def again(client, export):
    """The sentence about what changed, and the address that exports it again."""
    response = client.get(f"/exports/{export.pk}/again/")
    words, page = response.context["open"].again.words, page_of(response)
    assert words in page.text
    return words, page.link("Export again")


def test_nothing_arrived_since(export, signed_in):
    words, href = again(signed_in, export())
    assert words == "As many rows as then; none arrived later."
    assert href == "/logins.csv?since=2026-11-19T13%3A06%3A12Z&until=2026-11-19T14%3A06%3A12Z"
    assert len(records_of(signed_in.get(href))) == 3


def test_late_rows_are_counted(export, make_login, signed_in):
    found = export()
    make_login(created_at=NOW - timedelta(minutes=5), arrived_at=NOW + timedelta(minutes=5))
    make_login(created_at=NOW + timedelta(minutes=5), arrived_at=NOW + timedelta(minutes=5))
    assert again(signed_in, found)[0] == "1 row more than then: 1 arrived later."


def test_deleted_rows_are_counted(export, logins, make_login, signed_in):
    found = export()
    make_login(created_at=NOW - timedelta(minutes=5), arrived_at=NOW + timedelta(minutes=5))
    AccessRequest.objects.filter(pk__in=[login.pk for login in logins[1:]]).delete()
    assert again(signed_in, found)[0] == "1 row fewer than then: 1 arrived later, 2 no longer match these filters."
    Installation.objects.update_or_create(defaults={"forgotten_before": NOW})
    assert again(signed_in, found)[0] == "1 row fewer than then: 1 arrived later, 2 were deleted by retention."


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (
            {"state": State.CUT_OFF},
            "The export did not reach its end, so nobody can say how many rows",
        ),
        ({"has_more": True}, "The export has only a part of the list"),
        ({"query": "country=NL&colour=x&allowed=perhaps"}, "Its filters can’t be read any more"),
        ({"path": "/logins/by-app.csv"}, "This list is worked out anew each time"),
        ({"path": "/gone.csv"}, "This list is worked out anew each time"),
    ],
)
def test_what_cannot_be_told(changed, words, export, signed_in):
    found = export()
    Export.objects.update(**changed)
    page = page_of(signed_in.get(f"/exports/{found.pk}/again/"))
    assert words in page.text
    assert page.has_link("Export again")


def test_many_rows_are_not_counted(export, make_login, signed_in, monkeypatch):
    monkeypatch.setattr("dashboard.exports.again.MOST_COUNTED", 2)
    found = export()
    assert "More than 2 rows are not counted again" in again(signed_in, found)[0]
    for _ in range(3):
        make_login(arrived_at=NOW + timedelta(minutes=5), created_at=NOW - timedelta(minutes=5))
    assert again(signed_in, found)[0] == "More than 2 rows of this time arrived later."


def test_all_time_of_people_stays_all(export, signed_in):
    found = export("/people.csv?q=ada")
    page = page_of(signed_in.get(f"/exports/{found.pk}/again/"))
    assert page.link("Export again") == "/people.csv?q=ada"
