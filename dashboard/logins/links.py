"""Where names in lists of failed logins lead."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse


def person_href(person: str) -> str:
    """The page of a person; where their address cannot be part of an address, their logins."""
    try:
        return reverse("people:person", args=[person])
    except NoReverseMatch:
        return f"{reverse('logins:list')}?{urlencode({'user_email': person, 'allowed': 'any', 'range': 'all'})}"
