"""Notes on problems, which may also ignore a problem or stop ignoring it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from logsync.models import ProblemNote, ScimProblem

LONGEST_NOTE = 2000

Act = ProblemNote.Act


class NoteForm(forms.Form):
    """What to do, with a reason; a plain note must not be empty."""

    act = forms.ChoiceField(choices=Act, error_messages={"invalid_choice": "There is no action “%(value)s”."})
    text = forms.CharField(
        required=False,
        max_length=LONGEST_NOTE,
        error_messages={"max_length": f"A note can have up to {LONGEST_NOTE:,} characters; yours has %(show_value)d."},
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("act") == Act.NOTE and "text" in cleaned and not cleaned["text"]:
            raise ValidationError("The note is empty.")
        return cleaned

    @property
    def sentences(self) -> str:
        """Everything that is wrong with the form."""
        return " ".join(str(error) for errors in self.errors.values() for error in errors)


def write_note(problem: ScimProblem, act: str, text: str, written_by: str) -> None:
    """Save a note. The newest one that ignores or stops ignoring decides whether the problem is ignored."""
    with transaction.atomic():
        locked = ScimProblem.objects.select_for_update().get(pk=problem.pk)
        locked.notes.create(act=act, text=text, written_by=written_by, written_at=timezone.now())
        if act != Act.NOTE:
            locked.is_ignored = act == Act.IGNORE
            locked.save(update_fields=["is_ignored"])
