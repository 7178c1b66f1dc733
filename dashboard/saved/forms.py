"""What people send to keep a view, or to change one."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from dashboard.page.query_string import QueryString
from dashboard.saved.models import NAME_LENGTH, QUERY_LENGTH
from dashboard.saved.pages import list_at

# They turn round the writing around a name; letters of any direction need none of them (Unicode UAX 9, 2).
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
HOW_TO_SHARE = [("", "Only for me"), ("true", "Everyone here")]


class NameField(forms.CharField):
    """A name on one line."""

    def to_python(self, value: Any) -> str:
        return " ".join(TURNING.sub("", super().to_python(value) or "").split())


class ViewForm(forms.Form):
    """What can be changed about a view."""

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
        """All that is wrong with it."""
        return " ".join(str(error) for errors in self.errors.values() for error in errors)


class SaveForm(ViewForm):
    """An address under a name."""

    page = forms.CharField(error_messages={"required": "Say which page is meant."})
    query = forms.CharField(
        required=False,
        strip=False,
        max_length=QUERY_LENGTH,
        error_messages={"max_length": "The address is too long to be kept; it has %(show_value)d characters."},
    )

    def clean_page(self) -> str:
        page: str = self.cleaned_data["page"]
        if list_at(page) is None:
            raise ValidationError("There is no page of that name.")
        return page

    def clean_query(self) -> str:
        query = self.cleaned_data["query"]
        if query.count("&") >= 500:
            raise ValidationError("The address asks for too many things at once to be kept.")
        return QueryString(QueryDict(query)).replacing().removeprefix("?")
