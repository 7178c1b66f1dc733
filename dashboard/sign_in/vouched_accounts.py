"""The accounts of people whom somebody else vouches for: Cloudflare Access, or an identity provider."""

from __future__ import annotations

import unicodedata
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

LONGEST = User._meta.get_field("username").max_length or 0


def user_name_of(email: Any) -> str:
    """The user name of whoever has this e-mail address, blank if it can be none.

    Upper and lower case are the same person. An address with letters that merely look like others, such as full-width
    ones, is nobody's: Django would take it for the plain address.
    """
    if not isinstance(email, str) or len(email) > LONGEST or unicodedata.normalize("NFKC", email) != email:
        return ""
    # Between quotes an address may hold anything, even line breaks.
    if '"' in email:
        return ""
    try:
        validate_email(email)
    except ValidationError:
        return ""
    return email.lower()


def account_named(username: str) -> User:
    """The account of this name, which is an e-mail address; made without a password if there is none."""
    user, _ = User.objects.get_or_create(
        username=username, defaults={"email": username, "password": make_password(None)}
    )
    return user
