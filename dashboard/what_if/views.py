"""The form that edits policies."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views import View

from dashboard.page.query_string import QueryString
from dashboard.page.range_picker import RangePicker, picker_of
from dashboard.page.sentences import SentenceRenderer
from dashboard.page.timerange import TimeRange
from dashboard.page.viewer import Viewer
from dashboard.page.wording import moment
from dashboard.what_if.form import KINDS, Names, PolicyForm, SetupForm, has_rows, read_form, with_new_policy
from dashboard.what_if.running import AlreadyRunningError, start
from dashboard.what_if.scope import Editing, Scope, objects_to_choose, refuse_narrow_addresses
from dashboard.what_if.words import edit_words
from logsync.insight.explain.edit import EditError, Setup, check, check_complete, edit_between, read_setup
from logsync.insight.explain.replayed import logins_of
from logsync.insight.why.wording import rule_words
from logsync.models import AccessObject, Replay
from logsync.words import counted

TITLE = "What if"
UNREADABLE = "The policies of this application could not be read, so nothing can be tried."
NOTHING_EDITED = "Nothing is edited yet. Change a rule, a decision or a place, or switch a policy off, and run it then."


@dataclass(frozen=True, kw_only=True)
class ChooseContext:
    """`what_if/choose.html`: what there is to edit."""

    title: str
    # Sentences about what the address asks for and cannot be found.
    problems: Sequence[str]
    apps: Sequence[AccessObject]
    policies: Sequence[AccessObject]
    # Whether an account has to be named beside each of them.
    has_accounts: bool


@dataclass(frozen=True, kw_only=True)
class EditContext:
    """`what_if/edit.html`."""

    title: str
    # What is edited, and whether it is an app or a policy of several; then how many apps have it.
    name: str
    is_app: bool
    app_count: int
    problems: Sequence[str]
    # Why the policies could not be read; blank if they could.
    unreadable: str
    is_readable: bool
    # When they were last read, as a sentence.
    read_words: str
    policies: Sequence[PolicyForm]
    groups: Sequence[PolicyForm]
    # Whether rules have rows of fields; if not, there are too many of them.
    has_rows: bool
    kinds: Mapping[str, str]
    # What the edit changes.
    changes: Sequence[SafeString]
    picker: RangePicker
    # How many logins are judged, and this in words.
    logins: int
    logins_words: str
    # The text area.
    json: str
    # The address without the edit.
    undo_href: str


class EditView(View):
    """The form. Sending it leads to an address that has the edit in it; `act=run` tries that."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        if chosen := request.GET.get("app") or request.GET.get("every"):
            return redirect(_chosen(chosen, "app_uid" if request.GET.get("app") else "policy"))
        editing = Editing.read(request)
        return self._choose(request) if editing is None else self._page(request, editing, editing.after)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        editing = Editing.read(request)
        if editing is None:
            return self._choose(request)
        act, typed = request.POST.get("act", ""), request.POST.get("json", "")
        if editing.problems:
            return self._page(request, editing, editing.after)
        after = editing.after
        try:
            after = _sent(request, editing, act, typed)
            refuse_narrow_addresses(editing.scope.before, after)
            edit = edit_between(editing.scope.before, after)
            if not editing.scope.is_readable:
                raise EditError(UNREADABLE)
            if act == "run":
                check_complete(after, editing.scope.before)
            if act == "run" and not edit:
                raise EditError(NOTHING_EDITED)
        except EditError as error:
            return self._page(request, editing, after, [str(error)], typed if act == "json" else "")
        if act != "run":
            return redirect(editing.href(request, edit))
        try:
            asked = start(request, editing, edit)
        except AlreadyRunningError as error:
            messages.error(request, "One of yours is still running. Wait for it, or cancel it, and run this then.")
            return redirect("what-if:result", key=error.other.key.hex)
        return redirect("what-if:result", key=asked.key.hex)

    def _choose(self, request: HttpRequest) -> HttpResponse:
        apps, policies = (objects_to_choose(kind) for kind in (AccessObject.Kind.APP, AccessObject.Kind.POLICY))
        asked = [name for name in ("app_uid", "policy", "account") if request.GET.get(name)]
        missing = "Nothing of this id was ever read from Cloudflare, or its account isn’t named. Choose from what was."
        context = ChooseContext(
            title=TITLE,
            problems=[missing] if asked else [],
            apps=apps,
            policies=policies,
            has_accounts=len({one.account_id for one in (*apps, *policies)}) > 1,
        )
        return render(request, "what_if/choose.html", vars(context), status=404 if asked else 200)

    def _page(
        self, request: HttpRequest, editing: Editing, after: Setup, problems: Sequence[str] = (), typed: str = ""
    ) -> HttpResponse:
        scope, viewer = editing.scope, Viewer.of(request)
        problems = [*editing.problems, *problems]
        renderer = SentenceRenderer(viewer, editing.range.now)
        names = Names.of(scope.surroundings)
        form = SetupForm(
            scope.before,
            after,
            names,
            lambda rule: renderer.html(rule_words(rule, scope.surroundings)),
            scope.policy_id if scope.app_uid else "",
        )
        app_uids = scope.app_uids
        count = _count(scope, app_uids, editing.range)
        context = EditContext(
            title=f"{TITLE}: {scope.name}",
            name=scope.name,
            is_app=bool(scope.app_uid),
            app_count=len(app_uids),
            problems=problems,
            unreadable=scope.unreadable,
            is_readable=scope.is_readable,
            read_words=_read_words(scope, app_uids, viewer),
            policies=form.policies(),
            groups=form.groups(),
            has_rows=has_rows(after),
            kinds=KINDS,
            changes=[renderer.html(one) for one in edit_words(scope.before, after, scope.surroundings)],
            picker=picker_of(editing.range, QueryString(request.GET)),
            logins=count,
            logins_words=f"{counted(count, 'login')} of people, {editing.range.words}",
            json=typed or json.dumps(after.to_json(), indent=2, ensure_ascii=False),
            undo_href=QueryString(request.GET).replacing(edit=None, draft=None),
        )
        return render(request, "what_if/edit.html", vars(context), status=400 if problems else 200)


def _sent(request: HttpRequest, editing: Editing, act: str, typed: str) -> Setup:
    """The policies as they were sent. Raises EditError."""
    scope = editing.scope
    if act == "json":
        return read_setup(typed, scope.before)
    after = editing.after
    if has_rows(after):
        after = read_form(request.POST, after, Names.of(scope.surroundings))
    if act == "add-policy" and scope.app_uid:
        after = with_new_policy(after)
    return check(after, scope.before)


def _chosen(value: str, name: str) -> str:
    """The address for a choice from a list: the account's id and the object's, with a blank between them."""
    account, _, object_id = value.partition(" ")
    return f"{reverse('what-if:edit')}?{urlencode({'account': account, name: object_id})}"


def _count(scope: Scope, app_uids: Sequence[str], range: TimeRange) -> int:
    asked = Replay(account=scope.account, since=range.since, until=range.until)
    return int(logins_of(asked, app_uids).count()) if app_uids else 0


def _read_words(scope: Scope, app_uids: Sequence[str], viewer: Viewer) -> str:
    at = scope.configuration.app(app_uids[0], None).read_at if app_uids else None
    return f"Policies as read {moment(at, viewer)}." if at else ""
