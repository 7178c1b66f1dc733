"""Revealing what is masked of one event."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.views import View

from dashboard.lists.events.named import event_named
from dashboard.page.reveal import answer_reveal
from dashboard.permissions.reveals import event_subject


class EventRevealView(View):
    """Reveals an event of the model, or hides it again."""

    model: ClassVar[Any]

    def post(self, request: HttpRequest, key: str) -> HttpResponse:
        event = event_named(self.model, key)
        if event is None:
            raise Http404("There is no event of this key. It may have been deleted after KEEP_EVENTS_DAYS.")
        return answer_reveal(request, [event_subject(event)], resolve_url(event))
