"""What people send to save a view, or to change one."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from dashboard.page.query_string import QueryString
from dashboard.saved.models import NAME_LENGTH, QUERY_LENGTH
from dashboard.saved.pages import list_at

# These change the writing direction of the text around a name; no letters need them (Unicode UAX 9, 2).
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
HOW_TO_SHARE = [("", "Only me"), ("true", "Everyone here")]


class NameField(forms.CharField):
    """A name on one line."""

    def to_python(self, value: Any) -> str:
        return " ".join(TURNING.sub("", super().to_python(value) or "").split())


class ViewForm(forms.Form):
    """A view's name, and who can see it."""

    name = NameField(
        max_length=NAME_LENGTH,
        error_messages={
            "required": "Give the view a name.",
            "max_length": "A name has at most %(limit_value)d characters; this one has %(show_value)d.",
        },
    )
    is_shared = forms.BooleanField(required=False)

    @property
    def sentences(self) -> str:
        """Everything that is wrong with the form."""
        return " ".join(str(error) for errors in self.errors.values() for error in errors)


class SaveForm(ViewForm):
    """A filtered list to save under a name."""

    page = forms.CharField(error_messages={"required": "The list to save is missing."})
    query = forms.CharField(
        required=False,
        strip=False,
        max_length=QUERY_LENGTH,
        error_messages={"max_length": "Its filters are too long to save: %(show_value)d characters."},
    )

    def clean_page(self) -> str:
        page: str = self.cleaned_data["page"]
        if list_at(page) is None:
            raise ValidationError("There is no such list.")
        return page

    def clean_query(self) -> str:
        query = self.cleaned_data["query"]
        if query.count("&") >= 500:
            raise ValidationError("It has too many filters to save.")
        return QueryString(QueryDict(query)).replacing().removeprefix("?")
