"""The form that asks for a backfill."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from dashboard.page.timerange import parse_moment
from dashboard.sync.filters import stream_options
from logsync.ingest.retention_probe import FARTHEST_BACK
from logsync.models import Stream
from logsync.spans import Span


class MomentField(forms.CharField):
    """A date or an RFC 3339 time; without a zone it is UTC."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        moment = parse_moment(text)
        if moment is None:
            raise ValidationError(f"“{text}” is neither a date nor a time such as 2026-11-02T13:00Z.")
        return moment


class BackfillForm(forms.Form):
    """A range of one stream, or of all that are read. `again` also reads what is already known."""

    stream = forms.ChoiceField(
        required=False,
        choices=lambda: [("", "Every stream"), *stream_options()],
        error_messages={"invalid_choice": "There is no stream %(value)s; choose one from the list."},
    )
    since = MomentField(
        error_messages={"required": "Enter where to start: a date, or a time such as 2026-11-02T13:00Z."}
    )
    until = MomentField(required=False)
    again = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        since: datetime | None = cleaned.get("since")
        now = timezone.now()
        until = min(cleaned.get("until") or now, now)
        if since and since >= until:
            raise ValidationError("The range is empty, or has not happened yet: “from” must be before “to”.")
        earliest = (now - FARTHEST_BACK).replace(hour=0, minute=0, second=0, microsecond=0)
        if since and since < earliest:
            raise ValidationError(f"No log is kept that long: the earliest possible “from” is {earliest:%Y-%m-%d}.")
        if "stream" in cleaned and not self.streams():
            raise ValidationError("Choose a stream that is still being read.")
        if since:
            cleaned["span"] = Span(since, until)
        return cleaned

    def streams(self) -> list[Stream]:
        """The chosen streams."""
        chosen = self.cleaned_data["stream"]
        read = Stream.objects.filter(is_active=True)
        return list(read.filter(pk=chosen) if chosen else read)

    @property
    def sentences(self) -> str:
        """Everything that is wrong with it."""
        return " ".join(str(error) for errors in self.errors.values() for error in errors)
