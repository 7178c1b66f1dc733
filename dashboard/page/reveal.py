"""The card that reveals what is masked, and what its form leads to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from dashboard.permissions.reveals import hide, is_needed, reveal, revealed_until

FEWEST_LETTERS = 5
LONGEST_REASON = 500
TOO_SHORT = "Nothing was revealed. Say in a few words why you need to see it."


@dataclass(frozen=True, slots=True)
class RevealCard:
    """What `page/reveal.html` shows. `what` is "event" or "person", `until` the end of what is revealed, if it is."""

    what: str
    href: str
    until: datetime | None
    longest: int = LONGEST_REASON

    @classmethod
    def of(cls, request: HttpRequest, what: str, subjects: Sequence[str], href: str) -> RevealCard | None:
        """The card for these subjects, whose form goes to `href`; None if nothing can be revealed to the user."""
        return cls(what, href, revealed_until(request, subjects)) if is_needed(request) else None


class RevealForm(forms.Form):
    """Why somebody needs to see what is masked."""

    reason = forms.CharField(
        max_length=LONGEST_REASON,
        error_messages={
            "required": TOO_SHORT,
            "max_length": f"Nothing was revealed. The reason has more than {LONGEST_REASON} characters.",
        },
    )

    def clean_reason(self) -> str:
        reason: str = self.cleaned_data["reason"]
        if sum(map(str.isalpha, reason)) < FEWEST_LETTERS:
            raise forms.ValidationError(TOO_SHORT)
        return reason


def answer_reveal(request: HttpRequest, subjects: Sequence[str], back: str) -> HttpResponse:
    """Reveal subjects, or hide them again, and go back to their page."""
    form = RevealForm(request.POST)
    if "hide" in request.POST:
        hide(request, subjects)
    elif form.is_valid():
        reveal(request, subjects, form.cleaned_data["reason"])
    else:
        messages.error(request, str(form.errors["reason"][0]))
    return redirect(back)
