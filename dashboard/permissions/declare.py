"""The declaration beside each URL: who may open it.

path("logins.csv", requires(Permission.EXPORT, LoginExportView.as_view(format="csv")), name="csv")
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, get_resolver

from dashboard.permissions.permission import Permission

View = Callable[..., HttpResponseBase]

# What is declared where no permission is needed. The role walk prints these words.
PUBLIC = "anyone"
SIGNED_IN = "every account"
# The names of the attributes of a view.
DECLARED = "may_open"
OTHERWISE = "otherwise"


def requires(permission: Permission, view: View, *, otherwise: View | None = None) -> View:
    """Only users with this permission may open the view; others see `otherwise`, or are refused if there is none."""
    declared = _declared(permission, view)
    setattr(declared, OTHERWISE, otherwise)
    return declared


def signed_in(view: View) -> View:
    """Whoever is signed in may open the view, even without a role."""
    return _declared(SIGNED_IN, view)


def public(view: View) -> View:
    """Anyone may open the view, signed in or not."""
    return login_not_required(_declared(PUBLIC, view))


def declared_for(view: View) -> str:
    """A permission, PUBLIC or SIGNED_IN; blank where nothing was declared."""
    found: str = getattr(view, DECLARED, "")
    return found


def shown_otherwise(view: View) -> View | None:
    """What people without the permission see instead; None if they are refused."""
    found: View | None = getattr(view, OTHERWISE, None)
    return found


def declared_routes(resolver: URLResolver | None = None, before: str = "") -> Iterator[tuple[str, View]]:
    """Every URL there is, as Django writes its route, with its view."""
    for pattern in (resolver or get_resolver()).url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route, pattern.callback
        else:
            yield from declared_routes(pattern, route)


def _declared(what: str, view: View) -> View:
    @wraps(view)
    def declared(*args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(*args, **kwargs)

    setattr(declared, DECLARED, what)
    return declared
