"""What refers to what in the configuration of Access, and since when: by it a change is known to touch applications.

An application has policies and may take only some identity providers; policies and rule groups mention rule groups,
lists, providers and service tokens. Groups may be nested, also in a circle.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from logsync.cloudflare.policies import AppSettings, RuleLists
from logsync.cloudflare.references import references
from logsync.models import AccessObject
from logsync.spans import BEGINNING, END, Span

Kind = AccessObject.Kind
# A kind and an id within one account.
Key = tuple[str, str]


def mentioned(kind: str, content: Mapping[str, Any]) -> set[Key]:
    """All that a content refers to."""
    if kind == Kind.APP:
        app = AppSettings.from_json(content)
        policies = {(str(Kind.POLICY), policy) for policy, _ in app.policies or ()}
        return policies | {(str(Kind.PROVIDER), provider) for provider in app.allowed_idps}
    return set(references(RuleLists.from_json(content))) if kind in (Kind.POLICY, Kind.GROUP) else set()


@dataclass(frozen=True, slots=True)
class Form:
    """A form that an object had from `since` on, until it had the next one."""

    key: Key
    since: datetime
    content: Mapping[str, Any]


class References:
    """What mentioned what at any time; `forms` are those of one account, of each object in the order of time."""

    def __init__(self, forms: Iterable[Form]) -> None:
        by_object: dict[Key, list[Form]] = defaultdict(list)
        for form in forms:
            by_object[form.key].append(form)
        self._mentions: dict[Key, list[tuple[Span, Key]]] = defaultdict(list)
        self._mentioned_by: dict[Key, list[tuple[Span, Key]]] = defaultdict(list)
        for key, versions in by_object.items():
            for span, form in _with_spans(versions):
                for other in mentioned(key[0], form.content):
                    self._mentions[key].append((span, other))
                    self._mentioned_by[other].append((span, key))

    def apps_touched(self, key: Key, span: Span) -> set[str]:
        """The ids of the applications on whose logins an object bore at any moment of a span, both ends included."""
        return {object_id for kind, object_id in self._walk(self._mentioned_by, key, span) if kind == Kind.APP}

    def borne_on_by(self, app_uid: str, span: Span) -> set[Key]:
        """The application itself, and all that bore on its logins at any moment of a span, both ends included."""
        return self._walk(self._mentions, (str(Kind.APP), app_uid), span)

    def _walk(self, ways: Mapping[Key, list[tuple[Span, Key]]], start: Key, span: Span) -> set[Key]:
        found, left = {start}, [start]
        while left:
            for when, key in ways.get(left.pop(), ()):
                if key not in found and when.since <= span.until and span.since <= when.until:
                    found.add(key)
                    left.append(key)
        return found


def _with_spans(forms: list[Form]) -> Iterator[tuple[Span, Form]]:
    """Each form with the time in which the object had it; it is taken to have had the first one before, too."""
    for place, form in enumerate(forms):
        until = forms[place + 1].since if place + 1 < len(forms) else END
        yield Span(form.since if place else BEGINNING, until), form
