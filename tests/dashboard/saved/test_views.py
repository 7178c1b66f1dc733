"""Saved views: an address under a name, for oneself or for everyone here."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard.saved.menus import ViewsMenu
from dashboard.saved.models import SavedView
from dashboard.saved.views import MOST_VIEWS
from tests.dashboard.reading import page_of

PAGES = ("/logins/", "/logins/by-app/", "/scim/", "/scim/problems/")
HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture
def menu(signed_in):
    """The views that the menu of a page offers, as (name, owner or blank, whether it is the present one)."""

    def read(address="/logins/", browser=signed_in):
        [shown] = [menu for menu in browser.get(address).context["menus"] if isinstance(menu, ViewsMenu)]
        own = [(view.name, "", is_here) for view, is_here in shown.own]
        return own + [(view.name, view.owner.username, is_here) for view, is_here in shown.shared]

    return read


# Saving


def test_view_saves_and_reopens_query_string(account, save, signed_in):
    response = save("Payroll", "app_name=Payroll&range=7d&sort=ray_id")
    assert response.redirect_chain == [("/logins/?app_name=Payroll&range=7d&sort=ray_id", 302)]
    page = page_of(response)
    assert "“Payroll” saved, only for you." in page.text
    assert page.link("Payroll") == "/logins/?app_name=Payroll&range=7d&sort=ray_id"


def test_save_form_omits_page_cursor(account, signed_in):
    page = page_of(signed_in.get("/logins/?country=NL&open=x&after=y&range=1h"))
    [form] = [dict(form.fields) for form in page.forms if form.attrs.get("action") == "/views/save/"]
    assert (form["page"], form["query"]) == ("logins:list", "country=NL&range=1h")


def test_saved_view_never_has_page_cursor(account, save):
    save("NL", "after=-created_at.1&country=NL&arrived_after=2026-11-19&before=x&open=y")
    assert SavedView.objects.get().query == "country=NL"


@pytest.mark.parametrize(
    ("page", "address"),
    [
        ("logins:list", "/logins/"),
        ("logins:by-app", "/logins/by-app/"),
        ("scim:list", "/scim/"),
        ("scim:problems", "/scim/problems/"),
    ],
)
def test_every_list_has_own_views(page, address, account, save, menu):
    save("Mine", "range=7d", page=page)
    assert [path for path in PAGES if menu(path)] == [address]
    assert SavedView.objects.get().get_absolute_url() == f"{address}?range=7d"


def test_existing_name_gets_new_query_string(account, save):
    save("NL", "country=NL")
    response = save("NL", "country=NL&range=7d", is_shared="true")
    assert "now opens this list, for everyone here." in page_of(response).text
    view = SavedView.objects.get()
    assert (view.query, view.is_shared) == ("country=NL&range=7d", True)


def test_people_and_pages_may_share_name(account, save, kims_browser):
    save("Failing")
    save("Failing", page="scim:list")
    save("Failing", browser=kims_browser)
    assert SavedView.objects.count() == 3


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"name": ""}, "Give the view a name."),
        ({"name": " \t "}, "Give the view a name."),
        ({"name": "\u202e\u2066"}, "Give the view a name."),
        ({"name": "x" * 81}, "A name has at most 80 characters; this one has 81."),
        ({"name": "x" * 10_000}, "A name has at most 80 characters; this one has 10000."),
        ({"name": "a\0b"}, "Null characters are not allowed."),
        ({"page": "admin:index"}, "There is no such list."),
        ({"page": "sign-out"}, "There is no such list."),
        ({"page": ""}, "The list to save is missing."),
        ({"query": "q=" + "x" * 4000}, "Its filters are too long to save: 4002 characters."),
        ({"query": "&".join(["a=1"] * 600)}, "It has too many filters to save."),
    ],
    ids=[
        "no name",
        "a blank name",
        "a name of marks",
        "a long name",
        "a huge name",
        "a NUL",
        "an unknown page",
        "no list",
        "no page",
        "a long address",
        "a crowded address",
    ],
)
def test_invalid_view_is_not_saved(values, words, account, save):
    response = save(**({"name": "Mine"} | values))
    assert response.status_code == 200
    assert f"The view was not saved. {words}" in page_of(response).text
    assert not SavedView.objects.exists()


def test_saved_views_are_limited_per_person(account, sam, kims_browser, save):
    SavedView.objects.bulk_create(SavedView(owner=sam, page="scim:list", name=str(n)) for n in range(MOST_VIEWS))
    assert "delete one first" in page_of(save("One more")).text
    save("7", "range=7d", page="scim:list")
    save("Another's", browser=kims_browser)
    assert SavedView.objects.count() == MOST_VIEWS + 1


# The menu


@pytest.mark.parametrize(
    ("address", "is_here"),
    [
        ("/logins/?country=NL&range=7d", True),
        ("/logins/?range=7d&country=NL", True),
        ("/logins/?range=7d&country=NL&open=x&sort=", True),
        ("/logins/?range=7d&country=NL&country=DE", False),
        ("/logins/?range=24h&country=NL", False),
        ("/logins/", False),
    ],
)
def test_current_view_is_marked(address, is_here, account, save, menu, signed_in):
    save("NL", "country=NL&range=7d")
    assert menu(address) == [("NL", "", is_here)]
    links = page_of(signed_in.get(address)).all("a")
    marked = [link.text for link in links if link.attrs.get("aria-current") == "page"]
    assert ("NL" in marked) is is_here


def test_column_order_distinguishes_views(account, save, menu):
    save("Short", "columns=ray_id&columns=country")
    assert menu("/logins/?columns=country&columns=ray_id") == [("Short", "", False)]


def test_views_are_sorted_alphabetically(account, save, menu):
    for name in ("b", "C", "a", "É"):
        save(name)
    assert [name for name, _, _ in menu()] == ["a", "b", "C", "É"]


# Sharing and ownership


def test_shared_view_names_its_owner(account, save, menu, kims_browser):
    save("For me")
    save("For all", is_shared="true")
    assert menu(browser=kims_browser) == [("For all", "sam", True)]
    page = page_of(kims_browser.get("/logins/"))
    assert page.link("For all sam") == "/logins/?"
    assert "For me" not in page.text


def test_full_name_is_shown_if_known(account, save, kims_browser, signed_in):
    save("For all", is_shared="true", browser=kims_browser)
    assert page_of(signed_in.get("/logins/")).has_link("For all Kim Berg")


def test_own_view_can_be_changed(account, save, signed_in):
    save("Old", "range=7d")
    view = SavedView.objects.get()
    for name, is_shared in (("New", "true"), ("New", "")):
        response = signed_in.post(f"/views/{view.pk}/", {"name": name, "is_shared": is_shared}, follow=True)
        assert "“New” saved, " in page_of(response).text
        view.refresh_from_db()
        assert (view.name, view.query, view.is_shared) == ("New", "range=7d", bool(is_shared))


def test_view_cannot_take_existing_name(account, save, signed_in):
    save("One")
    save("Two")
    view = SavedView.objects.get(name="Two")
    response = signed_in.post(f"/views/{view.pk}/", {"name": "One"}, follow=True)
    assert "You already have one called “One” here." in page_of(response).text
    assert set(SavedView.objects.values_list("name", flat=True)) == {"One", "Two"}


def test_view_without_name_is_unchanged(account, save, signed_in):
    save("One")
    response = signed_in.post(f"/views/{SavedView.objects.get().pk}/", {"name": ""}, follow=True)
    assert "The view was not changed. Give the view a name." in page_of(response).text
    assert SavedView.objects.get().name == "One"


def test_own_view_can_be_deleted(account, save, signed_in):
    save("Mine")
    response = signed_in.post(f"/views/{SavedView.objects.get().pk}/delete/", follow=True)
    assert "“Mine” deleted." in page_of(response).text
    assert not SavedView.objects.exists()


@pytest.mark.parametrize("is_shared", ["", "true"], ids=["private", "shared"])
@pytest.mark.parametrize("act", ["", "delete/"], ids=["change", "delete"])
def test_others_view_cannot_be_changed(act, is_shared, account, save, kims_browser):
    save("Mine", is_shared=is_shared)
    view = SavedView.objects.get()
    response = kims_browser.post(f"/views/{view.pk}/{act}", {"name": "Theirs"})
    assert response.status_code == 404
    assert SavedView.objects.get().name == "Mine"


def test_others_view_name_stays_theirs(account, save, kims_browser):
    save("Failing", "range=7d", is_shared="true")
    save("Failing", "range=1h", browser=kims_browser)
    assert {view.owner.username: view.query for view in SavedView.objects.all()} == {
        "sam": "range=7d",
        "kim": "range=1h",
    }


def test_page_lists_own_and_shared_views(account, save, kims_browser, signed_in):
    save("Mine", "range=7d")
    save("Kims own", browser=kims_browser)
    save("Kims shared", page="scim:list", is_shared="true", browser=kims_browser)
    page = page_of(signed_in.get("/views/"))
    assert page.link("Mine") == "/logins/?range=7d"
    assert page.link("Kims shared") == "/scim/?"
    assert "Kims own" not in page.text
    changing = [form.attrs["action"] for form in page.forms if (form.attrs.get("action") or "").startswith("/views/")]
    mine = SavedView.objects.get(name="Mine").pk
    assert changing == [f"/views/{mine}/", f"/views/{mine}/delete/"]


def test_deleted_user_leaves_no_views(account, save, menu, sam, kims_browser):
    save("For all", is_shared="true")
    sam.delete()
    assert not SavedView.objects.exists()
    assert menu(browser=kims_browser) == []


# In words


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "Last 24 hours · Result: denied"),
        ("range=7d&app_name=Payroll", "Last 7 days · Result: denied · App name: Payroll"),
        ("allowed=any&range=all", "All time"),
        (
            "allowed=true&range=this-week&country=NL&country=DE",
            "This week · Result: allowed · Country: NL · Country: DE",
        ),
        ("not.country=NL", "Last 24 hours · Result: denied · Country is not NL"),
        (
            "sort=user_email&columns=ray_id,country",
            "Last 24 hours · Result: denied · sorted by Person, ascending · 2 columns",
        ),
        ("density=compact", "Last 24 hours · Result: denied · compact"),
        ("contry=red", "Last 24 hours · Result: denied"),
    ],
)
def test_view_is_described_in_words(query, words, account, sam, signed_in):
    SavedView.objects.create(owner=sam, page="logins:list", name="Mine", query=query)
    [(_, _, described)] = signed_in.get("/views/").context["own"]
    assert described == words


def test_long_view_is_described_shortly(account, sam, signed_in):
    query = "&".join(f"country={number}" for number in range(20))
    SavedView.objects.create(owner=sam, page="logins:list", name="Mine", query=query)
    [(_, _, described)] = signed_in.get("/views/").context["own"]
    assert described.endswith("Country: 5 · and 14 more")


def test_words_of_views_cost_no_queries(account, sam, signed_in):
    def count():
        with CaptureQueriesContext(connection) as queries:
            signed_in.get("/views/")
        return len(queries)

    pages = ("logins:list", "scim:list", "logins:by-app", "scim:problems")
    SavedView.objects.bulk_create(SavedView(owner=sam, page=page, name="1", query="range=7d") for page in pages)
    few = count()
    SavedView.objects.bulk_create(SavedView(owner=sam, page=page, name=str(n)) for page in pages for n in range(2, 9))
    assert count() == few


def test_menu_says_what_it_saves(account, signed_in):
    assert "Last 7 days · Result: allowed" in page_of(signed_in.get("/logins/?range=7d&allowed=true")).text


# Undo


@pytest.fixture
def undo(signed_in):
    """Press Undo in the page that a change led to."""

    def press(response):
        assert [form for form in page_of(response).forms if form.attrs.get("action") == "/views/undo/"]
        return signed_in.post("/views/undo/", follow=True)

    return press


def values_of(view):
    return {name: getattr(view, name) for name in ("pk", "name", "page", "query", "is_shared", "owner_id")}


@pytest.mark.parametrize(
    ("act", "values"), [("delete/", {}), ("", {"name": "Other", "is_shared": ""}), ("", {"name": "Mine"})]
)
def test_change_is_undone(act, values, account, save, undo, signed_in):
    save("Mine", "range=7d", is_shared="true")
    before = values_of(SavedView.objects.get())
    response = signed_in.post(f"/views/{before['pk']}/{act}", values, follow=True)
    assert [values_of(view) for view in SavedView.objects.all()] != [before]
    undone = undo(response)
    assert "Undone." in page_of(undone).text
    assert [values_of(view) for view in SavedView.objects.all()] == [before]
    assert undone.redirect_chain == [("/views/", 302)]


def test_replaced_view_is_undone(account, save, undo):
    save("NL", "country=NL")
    undone = undo(save("NL", "country=NL&range=7d", is_shared="true"))
    view = SavedView.objects.get()
    assert (view.query, view.is_shared) == ("country=NL", False)
    assert undone.redirect_chain == [("/logins/?country=NL", 302)]


def test_new_view_offers_no_undo(account, save):
    assert not [form for form in page_of(save("NL")).forms if form.attrs.get("action") == "/views/undo/"]


def test_undo_works_once(account, save, undo, signed_in):
    save("Mine")
    undo(signed_in.post(f"/views/{SavedView.objects.get().pk}/delete/", follow=True))
    SavedView.objects.all().delete()
    assert "There is nothing left to undo." in page_of(signed_in.post("/views/undo/", follow=True)).text
    assert not SavedView.objects.exists()


def test_undo_never_takes_a_name_twice(account, save, undo, signed_in):
    save("Mine", "range=7d")
    response = signed_in.post(f"/views/{SavedView.objects.get().pk}/delete/", follow=True)
    save("Mine", "range=1h")
    assert "You have another view called “Mine” now." in page_of(undo(response)).text
    assert [view.query for view in SavedView.objects.all()] == ["range=1h"]


def test_undo_is_ones_own(account, save, signed_in, kims_browser):
    save("Mine")
    signed_in.post(f"/views/{SavedView.objects.get().pk}/delete/")
    assert "There is nothing left to undo." in page_of(kims_browser.post("/views/undo/", follow=True)).text
    assert not SavedView.objects.exists()


# Hostile names


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        (HOSTILE, HOSTILE),
        ("{{ 7|add:7 }} {% url 'home' %}", "{{ 7|add:7 }} {% url 'home' %}"),
        ("gpj.\u202egnp", "gpj.gnp"),
        ("\u2069\u202eevil\u2066", "evil"),
        ("two\r\nlines\u2028and more", "two lines and more"),
        ("חשבונית", "חשבונית"),
        ("x" * 80, "x" * 80),
        ("../../sign-out/?next=//evil.example", "../../sign-out/?next=//evil.example"),
    ],
    ids=["markup", "template", "turning", "turning out of its place", "lines", "right to left", "long", "address"],
)
def test_hostile_view_name_is_escaped(name, kept, account, save, signed_in):
    plain = page_of(save("plain")).skeleton
    SavedView.objects.all().delete()
    saved = page_of(save(name))
    assert SavedView.objects.get().name == kept
    assert saved.skeleton == plain
    assert not saved.misplaced
    for address in ("/logins/", "/views/"):
        page = page_of(signed_in.get(address))
        assert [bdi.text for bdi in page.all("bdi") if bdi.text == kept]
        assert all("src" in script.attrs for script in page.all("script"))


def test_outdated_view_shows_its_mistake(account, sam, signed_in):
    view = SavedView.objects.create(owner=sam, page="logins:list", name="Old", query="contry=red")
    response = signed_in.get(view.get_absolute_url())
    assert response.status_code == 400
    assert "There is no filter “contry”" in page_of(response).text
    assert page_of(response).has_link("Old")
