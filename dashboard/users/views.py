"""The pages about users: the list, one user, and an invitation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views import View

from dashboard.lists.context import GroupedContext
from dashboard.lists.empty import Empty, Way
from dashboard.lists.filters import EventFilterSet
from dashboard.lists.grouped import GroupedExportView, GroupedList, GroupedListView, Groups
from dashboard.page.coverage_line import CoverageLine
from dashboard.page.coverage_words import COMPLETE
from dashboard.page.timerange import TimeRange
from dashboard.page.viewer import Viewer
from dashboard.permissions.roles import Role
from dashboard.users import changes
from dashboard.users.filters import UserFilter
from dashboard.users.forms import NO_ROLE, InviteForm
from dashboard.users.rows import UserRow, rows_of
from dashboard.users.tables import UserTable, state_badge
from logsync.coverage import coverage_of
from logsync.models import Account
from logsync.spans import BEGINNING, Span
from logsync.words import counted

# The list


@dataclass(frozen=True, kw_only=True)
class UsersContext(GroupedContext):
    """`users/list.html`."""

    # The options of the two filters, each with whether it is chosen.
    roles: tuple[tuple[str, str, bool], ...] = ()
    states: tuple[tuple[str, str, bool], ...] = ()


class UserList(GroupedList):
    """Users under the filters."""

    model = User
    filterset_class = UserFilter
    table_class = UserTable
    log = None
    title = "Users"
    noun = "users"
    has_range = False
    list_name = "users:list"
    csv_name = "users:csv"
    filename = "users"

    def range(self, request: HttpRequest) -> TimeRange:
        return TimeRange.read(QueryDict("range=all"), timezone.now())

    def filterset(self, request: HttpRequest) -> EventFilterSet:
        users = User.objects.prefetch_related("groups")
        return UserFilter(request.GET, request=request, range=self.range(request), queryset=users)

    def line(self, filterset: EventFilterSet, viewer: Viewer) -> CoverageLine:
        """The list of users is as of now, and always complete."""
        now = filterset.range.now
        return CoverageLine(COMPLETE, "Every user, as of now.", coverage_of([], Span(BEGINNING, now)))

    def table(self, found: Any, filterset: Any, line: CoverageLine | None) -> UserTable:
        address, has_accounts = filterset.query_string, _several_accounts() != []
        return UserTable(
            found.rows, viewer=self.viewer, query_string=address, sort=self.sort, has_accounts=has_accounts
        )

    def groups(self, filterset: Any, most: int | None) -> Groups:
        rows = rows_of(filterset.rows_outside_range())
        return Groups(rows, len(rows))


class UserListView(UserList, GroupedListView):
    """The page of the list."""

    template_name = "users/list.html"
    context_class = UsersContext

    def context(self, filterset: Any, problems: list[str]) -> UsersContext:
        context = cast(UsersContext, super().context(filterset, problems))
        return replace(context, roles=_options(filterset, "role"), states=_options(filterset, "state"))

    def empty(self, found: Groups, filterset: Any, line: CoverageLine | None) -> Empty:
        words = "No user matches this name, role and state."
        return Empty("filter", "No user found", words, [Way("Show all users", reverse(self.list_name))])


class UserExportView(UserList, GroupedExportView):
    """The same users as CSV or JSON."""


def _options(filterset: Any, name: str) -> tuple[tuple[str, str, bool], ...]:
    chosen = filterset.data.get(name, "")
    choices = filterset.form.fields[name].choices
    return tuple((str(value), str(words), str(value) == chosen) for value, words in choices)


# One user


@dataclass(frozen=True, kw_only=True)
class UserContext:
    """`users/user.html`."""

    row: UserRow
    state: SafeString
    is_self: bool
    # Why nothing can be changed here; blank if it can.
    locked: str
    # The roles to choose from, each with whether it is the one given by hand.
    roles: list[tuple[str, str, bool]]
    group_roles: str
    # The Cloudflare accounts to choose from, if there are several, each with whether they are limited to it.
    accounts: list[tuple[Account, bool]]
    # A one-time link that was made just now, and for how many days it works.
    link: str
    days_valid: int


class UserView(View):
    """One user, and the forms that change the account; `act` in the form says which was sent."""

    def get(self, request: HttpRequest, user: int) -> HttpResponse:
        return _user_page(request, _user_of(user))

    def post(self, request: HttpRequest, user: int) -> HttpResponse:
        found = _user_of(user)
        act = request.POST.get("act", "")
        try:
            if act == "link":
                return _user_page(request, found, changes.new_link(request, found))
            if act not in ACTS:
                raise changes.RefusedChangeError("Nothing was changed: the form asks for something that is not here.")
            messages.success(request, ACTS[act](request, found))
        except changes.RefusedChangeError as error:
            messages.error(request, str(error))
        # Whoever gave up the role may not see this page any more.
        return redirect("home") if act == "role" and found == request.user else redirect("users:user", found.pk)


def _change_role(request: HttpRequest, user: User) -> str:
    name = request.POST.get("role", "")
    if name and name not in Role:
        raise changes.RefusedChangeError("Nothing was changed: there is no such role.")
    role = Role(name) if name else None
    changes.change_role(request, user, role)
    return f"{user.get_username()} now has the role {role.label}." if role else "The role was taken away."


def _change_reveal(request: HttpRequest, user: User) -> str:
    is_given = request.POST.get("given") == "true"
    changes.change_reveal(request, user, is_given)
    return f"{user.get_username()} {'may now' if is_given else 'may no longer'} reveal masked data."


def _change_accounts(request: HttpRequest, user: User) -> str:
    known, chosen = {account.account_id: account for account in _several_accounts()}, request.POST.getlist("account")
    if not all(name in known for name in chosen):
        raise changes.RefusedChangeError("Nothing was changed: there is no such Cloudflare account.")
    changes.change_accounts(request, user, [known[name] for name in dict.fromkeys(chosen)])
    return f"{user.get_username()} now sees {counted(len(set(chosen)), 'account') if chosen else 'all accounts'}."


def _disable(request: HttpRequest, user: User) -> str:
    changes.change_active(request, user, is_active=False)
    return f"{user.get_username()} is disabled and signed out everywhere."


def _enable(request: HttpRequest, user: User) -> str:
    changes.change_active(request, user, is_active=True)
    return f"{user.get_username()} can sign in again."


def _end_sessions(request: HttpRequest, user: User) -> str:
    count = changes.end_all_sessions(request, user)
    return f"{user.get_username()} is signed out everywhere: {counted(count, 'session')} ended."


def _reset_second_factor(request: HttpRequest, user: User) -> str:
    changes.reset_second_factor(request, user)
    return f"Two-step sign-in is off for {user.get_username()}. Ask them to set it up again."


# Each makes a change and says so.
ACTS: dict[str, Callable[[HttpRequest, User], str]] = {
    "role": _change_role,
    "reveal": _change_reveal,
    "accounts": _change_accounts,
    "disable": _disable,
    "enable": _enable,
    "sessions": _end_sessions,
    "second-factor": _reset_second_factor,
}


def _several_accounts() -> list[Account]:
    """Every Cloudflare account, if there are several."""
    accounts = list(Account.objects.all())
    return accounts if len(accounts) > 1 else []


def _days_valid() -> int:
    """For how many days a link works."""
    return timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT).days


def _user_of(number: int) -> User:
    user = User.objects.prefetch_related("groups").filter(pk=number).first()
    if user is None:
        raise Http404("There is no such user. The account may have been deleted.")
    return user


def _user_page(request: HttpRequest, user: User, link: str = "") -> HttpResponse:
    [row] = rows_of([user])
    locked = ""
    try:
        changes.refuse_superusers(request, user)
    except changes.RefusedChangeError as error:
        locked = str(error)
    by_hand = row.by_hand[-1].value if row.by_hand else ""
    context = UserContext(
        row=row,
        state=state_badge(row.state),
        is_self=user == request.user,
        locked=locked,
        roles=[(str(value), str(label), value == by_hand) for value, label in [NO_ROLE, *Role.choices]],
        group_roles=", ".join(role.label for role in row.roles if role in row.from_groups),
        accounts=[(account, account in row.accounts) for account in _several_accounts()],
        link=link,
        days_valid=_days_valid(),
    )
    return render(request, "users/user.html", vars(context))


# Inviting somebody


@dataclass(frozen=True, kw_only=True)
class InviteContext:
    """`users/invite.html`."""

    form: InviteForm
    roles: list[tuple[str, str]]
    days_valid: int


class InviteView(View):
    """Makes an account, and then shows its page with the link by which its owner sets a password."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, InviteForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = InviteForm(request.POST)
        if not form.is_valid():
            return self._page(request, form)
        user = changes.invite(request, form.cleaned_data["username"], form.cleaned_data["email"], form.chosen_role)
        return _user_page(request, user, changes.new_link(request, user))

    def _page(self, request: HttpRequest, form: InviteForm) -> HttpResponse:
        roles = [(str(value), str(label)) for value, label in [NO_ROLE, *Role.choices]]
        context = InviteContext(form=form, roles=roles, days_valid=_days_valid())
        return render(request, "users/invite.html", vars(context), status=400 if form.errors else 200)
