"""A declaration stands beside the URL, on the view itself."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import include, path
from django.urls.resolvers import RegexPattern, URLPattern, URLResolver
from django.views import View

from dashboard.permissions.checks import every_url_is_declared
from dashboard.permissions.declare import (
    PUBLIC,
    SIGNED_IN,
    declared_for,
    declared_routes,
    public,
    requires,
    shown_otherwise,
    signed_in,
)
from dashboard.permissions.permission import Permission


def plain(request):
    return HttpResponse("plain")


def another(request):
    return HttpResponse("another")


class Listed(View):
    pass


def test_declaration_is_read_back():
    assert declared_for(requires(Permission.EXPORT, plain)) == Permission.EXPORT
    assert declared_for(signed_in(plain)) == SIGNED_IN
    assert declared_for(public(plain)) == PUBLIC
    assert declared_for(plain) == ""


def test_declared_view_answers_as_before(rf):
    for view in (requires(Permission.EXPORT, plain), signed_in(plain), public(plain)):
        assert b"".join(view(rf.get("/"))) == b"plain"


def test_only_public_views_need_no_sign_in():
    asked = {
        view: getattr(view, "login_required", True)
        for view in (public(plain), signed_in(plain), requires(Permission.EXPORT, plain), plain)
    }
    assert list(asked.values()) == [False, True, True, True]


def test_class_behind_view_stays_known():
    assert getattr(requires(Permission.EXPORT, Listed.as_view()), "view_class", None) is Listed


def test_same_view_may_differ_by_url():
    first, second = requires(Permission.EXPORT, plain), requires(Permission.VIEW_AUDIT, plain)
    assert (declared_for(first), declared_for(second)) == (Permission.EXPORT, Permission.VIEW_AUDIT)


def test_others_may_see_another_view():
    assert shown_otherwise(requires(Permission.EXPORT, plain, otherwise=another)) is another
    assert shown_otherwise(requires(Permission.EXPORT, plain)) is None


def test_routes_within_routes_are_found():
    urls: list[URLPattern | URLResolver] = [path("a/", plain), path("b/", include([path("c/", plain)]))]
    assert [route for route, _ in declared_routes(URLResolver(RegexPattern(r""), urls))] == ["a/", "b/c/"]


def test_check_names_undeclared_url(monkeypatch):
    assert every_url_is_declared() == []
    monkeypatch.setattr(
        "dashboard.permissions.checks.declared_routes", lambda: [("new/", plain), ("old/", public(plain))]
    )
    [error] = every_url_is_declared()
    assert error.id == "permissions.E001"
    assert "The URL /new/ doesn’t declare who may open it" in error.msg
