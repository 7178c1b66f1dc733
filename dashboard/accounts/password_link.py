"""A link by which somebody sets a password: for a new account, or in place of a forgotten one.

It works once and for PASSWORD_RESET_TIMEOUT, as it is signed with what changes when the password is set or the person
signs in. Whoever has it can set the password, so it is shown once, to the admin who made it.
"""

from __future__ import annotations

from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.http import HttpRequest
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode


def password_link(request: HttpRequest, user: User) -> str:
    """The whole address of the page on which `user` sets a password."""
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    path = reverse("password-link", args=[uid, default_token_generator.make_token(user)])
    return request.build_absolute_uri(path)
