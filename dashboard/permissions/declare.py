"""The declaration beside each URL: who may open it.

path("logins.csv", requires(Permission.EXPORT, LoginExportView.as_view(format="csv")), name="csv")
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http.response import HttpResponseBase

from dashboard.permissions.permission import Permission

View = Callable[..., HttpResponseBase]

# What is declared where no permission is needed. A role walk prints these words.
PUBLIC = "anyone"
SIGNED_IN = "every account"
# The name of the attribute of a view.
DECLARED = "may_open"


def requires(permission: Permission, view: View) -> View:
    """Only users with this permission may open the view."""
    return _declared(permission, view)


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


def _declared(what: str, view: View) -> View:
    @wraps(view)
    def declared(*args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(*args, **kwargs)

    setattr(declared, DECLARED, what)
    return declared
