"""The pages of a result: how far a replay is, then what the edit would do, and the exports of that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views import View
from django.views.decorators.http import require_POST

from dashboard.audit_log.record import record_view_of
from dashboard.lists.export import CSV, ExportLinks, head_problems, streamed
from dashboard.lists.formats import exported, refused_in
from dashboard.lists.recorded import ListExport
from dashboard.page.coverage_line import CoverageLine, line_for
from dashboard.page.query_string import QueryString
from dashboard.page.sentences import SentenceRenderer
from dashboard.page.timerange import TimeRange
from dashboard.page.viewer import Viewer
from dashboard.page.wording import moment
from dashboard.permissions.permission import Permission, may
from dashboard.permissions.refusals import record_refusal, refusal
from dashboard.what_if.running import start_again
from dashboard.what_if.scope import Scope, replay_named
from dashboard.what_if.tables import OUTCOMES, ReplayedPeopleTable
from dashboard.what_if.views import TITLE
from dashboard.what_if.words import edit_words
from logsync.insight.app_names import app_name, app_names
from logsync.insight.explain.edit import Setup, edited
from logsync.insight.explain.replay import Outcome
from logsync.insight.explain.replayed import Sums
from logsync.insight.why.compiled import Admission
from logsync.models import Log, Replay, ReplayedPerson, Stream
from logsync.words import counted

PAGE_SIZE = 100
MOST_PAGES = 10_000


@dataclass(frozen=True, slots=True)
class OutcomeLink:
    """An outcome, how many people have it, and the address that narrows the table to them."""

    word: str
    kind: str
    count: int
    href: str
    is_chosen: bool


@dataclass(frozen=True, kw_only=True)
class ResultContext:
    """`what_if/result.html` and, while it is under way, `what_if/progress.html`."""

    title: str
    name: str
    asked: Replay
    is_lost: bool
    # The range, who asked when, and until when this is kept.
    lead: str
    # The form with this edit.
    edit_href: str
    changes: Sequence[SafeString]
    line: CoverageLine | None = None
    # The outcome in a sentence.
    headline: str = ""
    # How many people nothing changes for, in words.
    unchanged: str = ""
    # The sentences about how well the policies as read agree with the log.
    quality: Sequence[str] = ()
    outcomes: Sequence[OutcomeLink] = ()
    # The address of all people for whom something changes, or for whom that can't be told.
    every_href: str = ""
    every_count: int = 0
    every_chosen: bool = False
    problems: Sequence[str] = ()
    q: str = ""
    hidden: Sequence[tuple[str, str]] = ()
    table: ReplayedPeopleTable | None = None
    # Its rows don't unfold.
    open: None = None
    count: int = 0
    first: int = 0
    last: int = 0
    newer_href: str = ""
    older_href: str = ""
    export: ExportLinks | None = None


class ResultView(View):
    """How far a replay is, then what came out. While it runs, htmx asks for the part that says how far."""

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        asked = _replay(key)
        is_htmx = bool(request.htmx)  # type: ignore[attr-defined]
        if is_htmx and asked.state not in (Replay.State.WAITING, Replay.State.RUNNING):
            return HttpResponse(headers={"HX-Refresh": "true"})
        context = _result(request, asked)
        template = "what_if/progress.html" if is_htmx else "what_if/result.html"
        return render(request, template, vars(context), status=400 if context.problems else 200)


class PeopleExportView(View):
    """All people of a result under the filters of its page, for those who may export lists."""

    format: str = CSV

    def get(self, request: HttpRequest, key: str) -> HttpResponseBase:
        if not may(request, Permission.EXPORT):
            record_refusal(request, Permission.EXPORT)
            raise PermissionDenied(refusal(request, Permission.EXPORT))
        asked = _replay(key)
        problems = [*_problems(request), *head_problems(request.GET)]
        if asked.state != Replay.State.DONE:
            problems.append("This replay has no result yet.")
        if problems:
            return refused_in(self.format, problems)
        people = _people(request, asked)
        table = _table([], request, asked)
        return exported(
            self.format,
            table.csv_columns(),
            table.csv_lines(streamed(people)),
            has_lines=people.exists,
            of=ListExport(
                request=request,
                title=TITLE,
                filename="what-if",
                page=reverse("what-if:result", args=[key]),
                range=_range(request, asked),
                line=_line(asked, _range(request, asked), Viewer()),
                words=[f"{'App' if asked.app_uid else 'Policy'}: {_name(asked)}", *_filter_words(request)],
            ),
        )


@require_POST
def cancel(request: HttpRequest, key: str) -> HttpResponse:
    """Stop a replay; whoever started it may, and nobody else."""
    asked = _own(request, key)
    under_way = Replay.objects.filter(pk=asked.pk, state__in=(Replay.State.WAITING, Replay.State.RUNNING))
    under_way.update(state=Replay.State.CANCELLED, finished_at=timezone.now())
    return redirect("what-if:result", key=key)


@require_POST
def again(request: HttpRequest, key: str) -> HttpResponse:
    """Start a replay again that failed, was cancelled, or whose worker is gone."""
    asked = _own(request, key)
    others = Replay.objects.filter(asked_by=asked.asked_by).exclude(pk=asked.pk)
    if others.under_way().exists():
        messages.error(request, "Another one of yours is still running. Wait for it, or cancel it.")
    elif asked.state in (Replay.State.FAILED, Replay.State.CANCELLED) or asked.is_lost or asked.waits_long:
        start_again(asked)
    return redirect("what-if:result", key=key)


def _replay(key: str) -> Replay:
    asked = replay_named(key)
    if asked is None or asked.state == Replay.State.DRAFT:
        raise Http404("There is no such result. Results are kept for an hour.")
    return asked


def _own(request: HttpRequest, key: str) -> Replay:
    asked = _replay(key)
    if asked.asked_by != request.user.get_username():
        raise PermissionDenied("Only whoever started it can cancel it or start it again.")
    return asked


def _name(asked: Replay) -> str:
    if asked.app_uid:
        return app_name(asked.account_id, asked.app_uid)
    return next((str(policy["name"]) for policy in asked.before.get("policies", ())), asked.policy_id)


def _range(request: HttpRequest, asked: Replay) -> TimeRange:
    return TimeRange(asked.since, asked.until, "", asked.asked_at, viewer=Viewer.of(request))


def _line(asked: Replay, range: TimeRange, viewer: Viewer) -> CoverageLine:
    streams = Stream.objects.expected().with_ranges().filter(log=Log.ACCESS_REQUESTS, account=asked.account)
    return line_for(streams, range, viewer)


def _result(request: HttpRequest, asked: Replay) -> ResultContext:
    viewer, range = Viewer.of(request), _range(request, asked)
    before = Setup(*(tuple(asked.before.get(name, ())) for name in ("policies", "groups")))
    scope = Scope.of(asked.account, asked.app_uid, asked.policy_id)
    renderer = SentenceRenderer(viewer, timezone.now())
    words = edit_words(before, edited(before, asked.edit), scope.surroundings) if scope else []
    until = moment(asked.kept_until, viewer)
    return ResultContext(
        title=f"{TITLE}: {_name(asked)}",
        name=_name(asked),
        asked=asked,
        is_lost=asked.is_lost,
        lead=f"{range.exact_words}. Tried by {asked.asked_by}, kept until {until}.",
        edit_href=_edit_href(asked),
        changes=[renderer.html(one) for one in words],
        **(_outcome(request, asked, range, viewer) if asked.state == Replay.State.DONE else {}),
    )


def _edit_href(asked: Replay) -> str:
    asked_for = {"account": asked.account.account_id, "app_uid": asked.app_uid, "policy": asked.policy_id}
    chosen = {name: value for name, value in asked_for.items() if value} | {"draft": asked.key.hex}
    return f"{reverse('what-if:edit')}?{urlencode(chosen)}"


def _outcome(request: HttpRequest, asked: Replay, range: TimeRange, viewer: Viewer) -> dict[str, Any]:
    """What a result page has once the replay is done."""
    problems, sums, address = _problems(request), Sums.of(asked), QueryString(request.GET)
    people = _people(request, asked) if not problems else ReplayedPerson.objects.none()
    if not problems and "@" in (q := request.GET.get("q", "")):
        record_view_of(request, q, "list")
    count, page = people.count(), _page_number(request)
    first = (page - 1) * PAGE_SIZE
    rows = list(people[first : first + PAGE_SIZE])
    href = reverse("what-if:result", args=[asked.key.hex])
    return {
        "line": _line(asked, range, viewer),
        "headline": _headline(sums),
        "unchanged": counted(sums.people[Outcome.UNCHANGED], "person", "people"),
        "quality": list(_quality(sums)),
        "outcomes": list(_outcome_links(request, sums, address)),
        "every_href": address.replacing(outcome=None, page=None),
        "every_chosen": not request.GET.get("outcome"),
        "every_count": sum(sums.people[one] for one in OUTCOMES),
        "problems": problems,
        "q": request.GET.get("q", ""),
        "hidden": address.hidden("q", "page"),
        "table": _table(rows, request, asked) if rows else None,
        "count": count,
        "first": first + 1,
        "last": first + len(rows),
        "newer_href": href + address.replacing(page=str(page - 1)) if page > 1 else "",
        "older_href": href + address.replacing(page=str(page + 1)) if count > first + PAGE_SIZE else "",
        "export": _exports(asked, address, count) if count else None,
    }


def _outcome_links(request: HttpRequest, sums: Sums, address: QueryString) -> Iterator[OutcomeLink]:
    chosen = request.GET.get("outcome", "")
    for outcome, (word, _, kind) in OUTCOMES.items():
        href = address.replacing(outcome=outcome.value, page=None)
        yield OutcomeLink(word, kind, sums.people[outcome], href, outcome == chosen)


def _headline(sums: Sums) -> str:
    """The outcome in a sentence."""
    said = {
        Outcome.LOSES: "would lose access",
        Outcome.GAINS: "would gain access",
        Outcome.CHANGES: "would get in by other logins than now",
    }
    counts = {one: counted(sums.people[one], "person", "people") for one in Outcome}
    parts = [f"{counts[one]} {words}" for one, words in said.items() if sums.people[one]]
    if sums.people[Outcome.UNTOLD]:
        parts.append(f"for {counts[Outcome.UNTOLD]} it can’t be told")
    if not sum(sums.people.values()):
        return "Nobody tried to get in within this range, so there is nothing to tell."
    sentence = ", ".join(parts) or "nothing would change for anybody who tried"
    return f"{sentence[0].upper()}{sentence[1:]}."


def _quality(sums: Sums) -> Iterator[str]:
    """How well the policies as read agree with the log: what they make of logins that were allowed, and denied."""
    allowed, denied = sum(sums.allowed.values()), sum(sums.denied.values())
    if allowed:
        yield _agreement(f"Of {counted(allowed, 'login')} that were allowed", sums.allowed)
    if denied:
        yield _agreement(f"Of {counted(denied, 'login')} that were denied", sums.denied)


def _agreement(of: str, found: Any) -> str:
    parts = [
        f"the policies as read admit {found[Admission.ADMITTED]:,}",
        f"don’t admit {found[Admission.REFUSED]:,}",
        f"and {found[Admission.UNKNOWN]:,} can’t be told",
    ]
    return f"{of}, {', '.join(parts)}."


# Its people


def _problems(request: HttpRequest) -> list[str]:
    """A sentence for everything in the address that could not be understood."""
    outcome, page = request.GET.get("outcome", ""), request.GET.get("page", "")
    found = []
    if outcome and outcome not in OUTCOMES:
        found.append(f"outcome={outcome} is not known here; choose one of {', '.join(OUTCOMES)}.")
    if page and not (page.isascii() and page.isdecimal() and 0 < int(page[:9]) <= MOST_PAGES):
        found.append(f"page={page} is no page; the first is 1.")
    return found


def _page_number(request: HttpRequest) -> int:
    page = request.GET.get("page", "")
    return min(int(page[:9]), MOST_PAGES) if page.isascii() and page.isdecimal() and int(page[:9]) else 1


def _people(request: HttpRequest, asked: Replay) -> QuerySet[ReplayedPerson]:
    """The people under the filters of the address, the newest login first."""
    people = ReplayedPerson.objects.filter(replay=asked).select_related("replay__account").order_by("-at", "id")
    if outcome := request.GET.get("outcome"):
        people = people.filter(outcome=outcome)
    if words := request.GET.get("q", "").strip():
        people = people.filter(person__contains=words.lower())
    return people


def _filter_words(request: HttpRequest) -> list[str]:
    outcome, words = request.GET.get("outcome", ""), request.GET.get("q", "").strip()
    found = [f"Outcome: {OUTCOMES[Outcome(outcome)][0]}"] if outcome in set(OUTCOMES) else []
    return [*found, f"Person: {words}"] if words else found


def _table(rows: Sequence[ReplayedPerson], request: HttpRequest, asked: Replay) -> ReplayedPeopleTable:
    account = asked.account_id
    names = app_names({(account, row.app_uid) for row in rows}) if not asked.app_uid else {}
    apps = {app_uid: name for (_, app_uid), name in names.items()}
    return ReplayedPeopleTable(rows, apps=apps, viewer=Viewer.of(request), query_string=QueryString(request.GET))


def _exports(asked: Replay, address: QueryString, count: int) -> ExportLinks:
    links = ExportLinks.of("what-if:csv", address, args=[asked.key.hex], page=None)
    return links.counting(count, f"{count:,}")
