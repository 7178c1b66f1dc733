"""Forms of allauth, under the names that ours have, and for which nothing that is sent is too odd."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from allauth.account.forms import LoginForm
from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn import forms as passkeys
from django.forms import Form


class SignInForm(LoginForm):
    """User name and password; the field is named as password managers expect."""

    def add_prefix(self, field_name: str) -> str:
        return super().add_prefix("username" if field_name == "login" else field_name)


class _AnyCredential(Form):
    """What a browser says of a passkey may be anything; allauth answers some of it with an error of the server."""

    def _clean_fields(self) -> None:
        with _as_incorrect(self):
            super()._clean_fields()  # type: ignore[misc]

    def _clean_form(self) -> None:
        with _as_incorrect(self):
            super()._clean_form()  # type: ignore[misc]


@contextmanager
def _as_incorrect(form: Form) -> Iterator[None]:
    """What can't be read is an incorrect credential."""
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        form.add_error("credential", get_adapter().validation_error("incorrect_code"))


class PasskeySignInForm(_AnyCredential, passkeys.LoginWebAuthnForm):
    """A passkey alone."""


class PasskeySecondForm(_AnyCredential, passkeys.AuthenticateWebAuthnForm):
    """A passkey after the password."""


class PasskeyConfirmForm(_AnyCredential, passkeys.ReauthenticateWebAuthnForm):
    """A passkey before something changes."""


class PasskeyAddForm(_AnyCredential, passkeys.AddWebAuthnForm):
    """A new passkey."""
