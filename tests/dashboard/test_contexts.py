"""A template asks only for names that its context has; a mistyped name would be blank and nobody would notice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest
from django.template import Engine
from django.template.base import FilterExpression, Node, Variable
from django.template.defaulttags import ForNode, WithNode
from django.template.loader_tags import ExtendsNode, IncludeNode
from django.template.smartif import TokenBase

from dashboard.audit.detail import EntryDetail
from dashboard.audit.views import AuditContext, EntryContext
from dashboard.changes.page import ChangeContext
from dashboard.changes.views import ChangesContext
from dashboard.exports.views import ExportContext, ExportDetail, ExportsContext
from dashboard.lists.context import Controls, EventContext, EventsContext, GroupedContext, NewsContext
from dashboard.lists.events.logins import LoginDetail
from dashboard.lists.events.updates import UpdateDetail
from dashboard.logins.by_app.summary import Summary
from dashboard.logins.by_app.views import AppContext, AppsContext
from dashboard.page.no_role import NoRoleContext
from dashboard.people.deprovisioned import DeprovisionedContext
from dashboard.people.page import PersonContext
from dashboard.people.views import PeopleContext
from dashboard.policies.list import ObjectsContext
from dashboard.policies.object import ObjectContext
from dashboard.privacy.views import EraseContext
from dashboard.saved.views import ViewsContext
from dashboard.scim.problems.detail import ProblemDetail
from dashboard.scim.problems.views import NeverLoggedInContext, ProblemContext, ProblemsContext
from dashboard.search.views import SearchContext
from dashboard.verdict.events import JudgedEventContext
from dashboard.what_if.result import ResultContext
from dashboard.what_if.views import ChooseContext, EditContext

# What every template has besides its context: Django's own, and what surrounds every page.
EVERYWHERE = {
    "True",
    "False",
    "None",
    "block",
    "csrf_token",
    "forloop",
    "perms",
    "request",
    "user",
    "messages",
    "viewer",
}
# What a part of a page is told only where it differs: blank is one of its ways.
OPTIONAL = {"has_problems", "is_alone", "is_small", "person_email", "person_href"}


def names_in(template: str) -> set[str]:
    """The names that a template and those that it includes ask of their context; the frame's own are left out."""
    return set(_names_of(Engine.get_default().get_template(template).nodelist, frozenset()))


def _names_of(part: Any, local: frozenset[str]) -> Iterator[str]:
    if isinstance(part, Variable):
        name = str(part.var).partition(".")[0]
        if part.lookups and name not in local:
            yield name
    elif isinstance(part, FilterExpression):
        yield from _names_of([part.var, [args for _, args in part.filters]], local)
    elif isinstance(part, ForNode):
        yield from _names_of(part.sequence, local)
        yield from _names_of([part.nodelist_loop, part.nodelist_empty], local | {*part.loopvars})
    elif isinstance(part, WithNode):
        yield from _names_of(part.extra_context, local)
        yield from _names_of(part.nodelist, local | part.extra_context.keys())
    elif isinstance(part, IncludeNode | ExtendsNode):
        yield from _names_in_other(part, local)
    elif isinstance(part, Node | TokenBase):
        yield from _names_of(list(vars(part).values()), local)
    elif isinstance(part, dict):
        yield from _names_of(list(part.values()), local)
    elif isinstance(part, list | tuple):
        for place, one in enumerate(part):
            known = {getattr(other, name, None) for other in part[:place] for name in ("asvar", "target_var")}
            yield from _names_of(one, local | {name for name in known if name})


def _names_in_other(node: Any, local: frozenset[str]) -> Iterator[str]:
    name = node.template if isinstance(node, IncludeNode) else node.parent_name
    yield from _names_of(name, local)
    if isinstance(node, ExtendsNode):
        yield from _names_of(node.nodelist, local)
    extra = getattr(node, "extra_context", {})
    yield from _names_of(extra, local)
    # Templates in no folder are of the frame.
    if isinstance(name.var, str) and "/" in name.var:
        other = Engine.get_default().get_template(name.var).nodelist
        yield from _names_of(other, local | extra.keys())


def test_finds_names_given_to_template():
    text = """{% if one.x == two %}{% for each in three|add:four %}{{ each.y }}{% endfor %}{% endif %}
    {% with made=five %}{{ made }}{% endwith %}{% url "logins:list" as made %}{{ made }}{{ six }}"""
    nodes = Engine.get_default().from_string(text).nodelist
    assert {*_names_of(nodes, frozenset())} - EVERYWHERE == {"one", "two", "three", "four", "five", "six"}


@pytest.mark.parametrize("detail", [LoginDetail, UpdateDetail, ProblemDetail, Summary, EntryDetail, ExportDetail])
def test_detail_needs_only_itself(detail):
    assert names_in(detail.template) - EVERYWHERE - OPTIONAL == {"open"}


@pytest.mark.parametrize(
    ("template", "context"),
    [
        ("audit/entry.html", EntryContext),
        ("audit/list.html", AuditContext),
        ("changes/change.html", ChangeContext),
        ("changes/list.html", ChangesContext),
        ("exports/export.html", ExportContext),
        ("exports/list.html", ExportsContext),
        ("lists/event.html", EventContext),
        ("lists/list.html", EventsContext),
        ("lists/news.html", NewsContext),
        ("lists/grouped_list.html", GroupedContext),
        ("logins/by_app/list.html", AppsContext),
        ("logins/by_app/page.html", AppContext),
        ("logins/by_person.html", GroupedContext),
        ("page/no_role.html", NoRoleContext),
        ("people/deprovisioned.html", DeprovisionedContext),
        ("people/list.html", PeopleContext),
        ("policies/list.html", ObjectsContext),
        ("policies/object.html", ObjectContext),
        ("privacy/erase.html", EraseContext),
        ("people/person.html", PersonContext),
        ("saved/views.html", ViewsContext),
        ("scim/problems/list.html", ProblemsContext),
        ("scim/problems/never_logged_in.html", NeverLoggedInContext),
        ("scim/problems/page.html", ProblemContext),
        ("search/search.html", SearchContext),
        ("verdict/event.html", JudgedEventContext),
        ("what_if/choose.html", ChooseContext),
        ("what_if/edit.html", EditContext),
        ("what_if/progress.html", ResultContext),
        ("what_if/result.html", ResultContext),
    ],
)
def test_context_has_every_name_used(template, context):
    given = {field.name for field in fields(context)} | Controls.__annotations__.keys()
    assert names_in(template) - EVERYWHERE - OPTIONAL - given == set()
