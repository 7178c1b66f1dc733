"""The form that invites somebody."""

from __future__ import annotations

import unicodedata

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from dashboard.permissions.roles import Role

NO_ROLE = ("", "No role yet")


class InviteForm(forms.Form):
    """A user name, which may be an e-mail address, and a role."""

    username = forms.CharField(max_length=User._meta.get_field("username").max_length)
    email = forms.EmailField(required=False, max_length=User._meta.get_field("email").max_length)
    role = forms.ChoiceField(required=False, choices=[NO_ROLE, *Role.choices])

    def clean_username(self) -> str:
        name: str = self.cleaned_data["username"]
        if unicodedata.normalize("NFKC", name) != name:
            raise ValidationError("This user name has letters that merely look like others. Type it in plain ones.")
        if "@" in name:
            # Whoever signs in by an identity provider has this address as a user name, in lower case.
            name = name.lower()
            validate_email(name)
        User.username_validator(name)
        if User.objects.filter(username__iexact=name).exists():
            raise ValidationError("There is a user of this name already.")
        return name

    def clean(self) -> None:
        name = self.cleaned_data.get("username", "")
        if "@" in name and not self.cleaned_data.get("email"):
            self.cleaned_data["email"] = name

    @property
    def chosen_role(self) -> Role | None:
        """The chosen role; None for no role yet."""
        return Role(self.cleaned_data["role"]) if self.cleaned_data["role"] else None

    @property
    def sentences(self) -> list[str]:
        """What is wrong, one sentence each."""
        return [str(error) for errors in self.errors.values() for error in errors]
