"""The card that asks Cloudflare about a person: sessions that are still open, and failed logins to compare ours with.

A button wants it, a worker asks within seconds, and the card looks for the answer by itself. What was answered before
is shown with its time until then.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views import View

from dashboard.audit_log.record import record_view_of
from dashboard.page.sentences import SentenceRenderer
from dashboard.page.viewer import Viewer
from logsync.insight.at_cloudflare import sentences
from logsync.insight.at_cloudflare.failed_logins import Matched, Outcome
from logsync.insight.at_cloudflare.load import matched_failed_logins
from logsync.insight.at_cloudflare.sessions import OpenSession, sessions_of
from logsync.insight.identity.person import Person, person_named
from logsync.insight.sentence import Sentence
from logsync.models import Account, UserReading
from logsync.words import counted

Subject = UserReading.Subject
TITLES = {Subject.SESSIONS: "Sessions still open", Subject.FAILED_LOGINS: "Failed logins, compared with the log here"}
SHOWN_AS = {Subject.SESSIONS: "sessions at Cloudflare", Subject.FAILED_LOGINS: "failed logins at Cloudflare"}
# Nobody reads more of these in a card.
MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Absent:
    """A failed login that is not here: when and where it was, and why it may be absent."""

    at: datetime | None
    app: str
    ray_id: str
    why: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What an account's Cloudflare says: `account` is blank where there is only one.

    `asked_at` is None if it wasn't asked yet, `read_at` if it never answered; `error` says why it did not.
    """

    account: str
    is_waiting: bool
    asked_at: datetime | None
    read_at: datetime | None
    error: str
    sentences: Sequence[SafeString] = ()
    sessions: Sequence[OpenSession] = ()
    absent: Sequence[Absent] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to ask, and the answers so far."""

    subject: str
    title: str
    answers: Sequence[Answer]

    @property
    def is_waiting(self) -> bool:
        return any(answer.is_waiting for answer in self.answers)


@dataclass(frozen=True, slots=True)
class AtCloudflare:
    """What `people/at_cloudflare.html` shows under this name."""

    href: str
    questions: Sequence[Question]

    @property
    def is_waiting(self) -> bool:
        return any(question.is_waiting for question in self.questions)


def card_of(person: Person, renderer: SentenceRenderer, *, is_switched_off: bool) -> AtCloudflare:
    """The card of a person. Sessions are asked for of someone whom SCIM switched off, or who was asked about before."""
    found = UserReading.objects.filter(account__in=person.seen_in, person=person.email, subject__in=TITLES)
    readings = list(found.select_related("account").order_by("account__name", "account__account_id"))
    several = len(person.seen_in) > 1
    questions = []
    for subject, title in TITLES.items():
        its = [reading for reading in readings if reading.subject == subject]
        if its or subject != Subject.SESSIONS or is_switched_off:
            answers = [_answer(reading, renderer, several) for reading in its]
            questions.append(Question(subject.value, title, answers))
    return AtCloudflare(reverse("people:at-cloudflare", args=[person.email]), questions)


def _answer(reading: UserReading, renderer: SentenceRenderer, several: bool) -> Answer:
    account = str(reading.account) if several else ""
    plain = Answer(account, reading.is_waiting, reading.attempted_at, reading.read_at, reading.error)
    if reading.read_at is None or (reading.error and not reading.content):
        return plain
    now = timezone.now()
    if reading.subject == Subject.SESSIONS:
        sessions = sessions_of(reading.content, now)
        return _with(plain, sentences.of_sessions(len(sessions)), renderer, sessions=sessions)
    matched = matched_failed_logins(reading, now)
    absent = [_absent(one) for one in matched if one.outcome != Outcome.FOUND]
    return _with(plain, sentences.of_failed_logins(matched), renderer, absent=absent)


def _with(
    answer: Answer,
    said: Iterable[Sentence],
    renderer: SentenceRenderer,
    *,
    sessions: Sequence[OpenSession] = (),
    absent: Sequence[Absent] = (),
) -> Answer:
    return Answer(
        answer.account,
        answer.is_waiting,
        answer.asked_at,
        answer.read_at,
        answer.error,
        [renderer.html(sentence) for sentence in said],
        sessions[:MOST_SHOWN],
        absent[:MOST_SHOWN],
        max(len(sessions) + len(absent) - MOST_SHOWN, 0),
    )


def _absent(matched: Matched) -> Absent:
    login = matched.login
    why = sentences.ABSENT[matched.outcome]
    if matched.reason:
        why = sentences.REASONS[matched.reason]
    return Absent(login.at, login.app_name or login.aud, login.ray_id, why)


def sessions_known(people: Iterable[tuple[Account, str]]) -> dict[tuple[int, str], str]:
    """What is known of the sessions of some people, in a few words; nothing of those who were not asked about."""
    wanted = {(account.pk, person) for account, person in people}
    rows = UserReading.objects.filter(
        subject=Subject.SESSIONS,
        account__in={account for account, _ in wanted},
        person__in={person for _, person in wanted},
    )
    now = timezone.now()
    known = {(row.account_id, row.person): row for row in rows}
    return {key: _few_words(known[key], now) for key in wanted & known.keys()}


def _few_words(reading: UserReading, now: datetime) -> str:
    if reading.is_waiting:
        return "Asking"
    if reading.error:
        return "Couldn’t be read"
    count = len(sessions_of(reading.content, now))
    return f"{counted(count, 'session')} open" if count else "None open"


class AtCloudflareView(View):
    """The card alone, for itself; and the form that has Cloudflare asked."""

    def get(self, request: HttpRequest, email: str) -> HttpResponse:
        person = _person(email)
        if not request.htmx:  # type: ignore[attr-defined]
            return redirect(_page(person))
        renderer = SentenceRenderer(Viewer.of(request), timezone.now())
        card = card_of(person, renderer, is_switched_off=False)
        return render(request, "people/at_cloudflare.html", {"at_cloudflare": card})

    def post(self, request: HttpRequest, email: str) -> HttpResponse:
        person, subject = _person(email), request.POST.get("subject", "")
        if subject not in TITLES:
            raise Http404("The form asks for something that is not here.")
        record_view_of(request, person.email, SHOWN_AS[Subject(subject)])
        for account in Account.objects.filter(pk__in=person.seen_in):
            UserReading.objects.want(account, person.email, Subject(subject))
        return redirect(_page(person))


def _person(email: str) -> Person:
    if "\0" in email:
        raise Http404("No address holds a NUL character.")
    return person_named(email)


def _page(person: Person) -> str:
    return f"{reverse('people:person', args=[person.email])}#at-cloudflare"
