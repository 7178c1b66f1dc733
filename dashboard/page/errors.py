"""Pages for what went wrong: with the navigation for people who are signed in, and always with what to do next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.template import loader
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from dashboard.page.wording import exact_moment

# A longer address is not linked to again.
LONGEST_LINK = 2_000
MOST_OF_A_FORM, MOST_FIELDS = settings.DATA_UPLOAD_MAX_MEMORY_SIZE, settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
NOT_BY_ADDRESS = "It only takes what a form on another page sends. Open that page, and use its button."


@dataclass(frozen=True, kw_only=True)
class ErrorContext:
    """What `error.html` is given."""

    # The template around it: with the navigation, or bare.
    layout: str
    title: str
    # Sentences: what happened, and what to do.
    sentences: Sequence[str]
    # The same page again, and the page that led here; blank where a link would not help.
    again_href: str = ""
    back_href: str = ""


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, from Django: something malformed or too large, or a host name that is not allowed."""
    if isinstance(exception, RequestDataTooBig):
        words = (
            f"A form can hold {MOST_OF_A_FORM / 1e6:.1f} MB, and this one holds more. Nothing was stored; send less."
        )
        return error_page(request, 413, "This form is too large", [words])
    if isinstance(exception, TooManyFieldsSent | TooManyFilesSent):
        words = f"More than {MOST_FIELDS:,} values were sent, and no page takes that many. Nothing was stored."
        return error_page(request, 400, "Too many values", [words])
    words = "Something in this address can’t be read, or its host name is not in ALLOWED_HOSTS. Check the address."
    return error_page(request, 400, "This address can’t be read", [words])


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: the sentence of whatever refused, if it has one."""
    said = next(iter(exception.args), "")
    words = str(said or "Your account may not do this. Ask whoever runs Gatehouse for access.")
    return refused(request, 403, "You can’t do this", [words])


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: the sentence of the page that missed something, if it has one."""
    said = next(iter(exception.args), "") if isinstance(exception, Http404) else ""
    words = said if isinstance(said, str) and said else "The address may be cut off or mistyped."
    return error_page(request, 404, "Page not found", [words, "Search for it in the box at the top of every page."])


def server_error(request: HttpRequest) -> HttpResponse:
    """500: the page must not need what just failed."""
    now = exact_moment(timezone.now())
    sentences = [
        "Nothing you have stored is lost. Try again in a moment.",
        f"If it happens again, tell whoever runs Gatehouse that it was at {now}: the web process’s log says why.",
    ]
    return error_page(request, 500, "Something went wrong", sentences, can_repeat=request.method == "GET")


def session_changed(request: HttpRequest) -> HttpResponse:
    """403, for a form of a page from before somebody signed in or out."""
    words = (
        "You signed in or out since you opened that page, so nothing was sent. Go back, reload the page and try again."
    )
    return error_page(request, 403, "Your session changed", [words])


class MethodNotAllowedPage:
    """A page in place of the empty answer to an address that only a form may ask for, or that takes no form."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
            return response
        page = error_page(request, response.status_code, "This address can’t be opened", [NOT_BY_ADDRESS])
        page["Allow"] = response["Allow"]
        return page


def refused(request: HttpRequest, status: int, title: str, sentences: Sequence[str]) -> HttpResponse:
    """Why something is refused, in the form that was asked for: JSON, a plain text for a file, or a page.

    A part of a page is replaced by htmx only if all is well; if not, the page around it shows the plain text.
    """
    if request.path.endswith(".json"):
        errors = [{"message": sentence} for sentence in sentences]
        return JsonResponse({"errors": errors}, status=status, json_dumps_params={"ensure_ascii": False})
    if request.headers.get("HX-Request") or not request.path.endswith("/"):
        text = "".join(f"{sentence}\n" for sentence in sentences)
        return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
    return error_page(request, status, title, sentences)


def error_page(
    request: HttpRequest, status: int, title: str, sentences: Sequence[str], *, can_repeat: bool = False
) -> HttpResponse:
    """A page that says what happened. If the navigation itself fails, as it may without a database, a bare one."""
    again, back = request.get_full_path(), came_from(request)
    links = {
        "again_href": again if can_repeat and len(again) <= LONGEST_LINK else "",
        "back_href": back if back != again and len(back) <= LONGEST_LINK else "",
    }
    try:
        user = getattr(request, "user", None)
        layout = "frame.html" if user is not None and user.is_authenticated else "plain.html"
        context = ErrorContext(layout=layout, title=title, sentences=sentences, **links)
        body = loader.render_to_string("error.html", vars(context), request)
    except Exception:
        context = ErrorContext(layout="plain.html", title=title, sentences=sentences, **links)
        body = loader.render_to_string("error.html", vars(context))
    return HttpResponse(body, status=status)


def came_from(request: HttpRequest) -> str:
    """The page of Gatehouse that a request came from, as an address without its host; blank if there is none."""
    referrer = request.headers.get("Referer", "")
    try:
        is_ours = url_has_allowed_host_and_scheme(referrer, {request.get_host()}, require_https=request.is_secure())
    except Exception:
        # The host of this very request may be the one that is not allowed.
        return ""
    parts = urlsplit(referrer)
    if not is_ours or not parts.path.startswith("/") or parts.path.startswith("//"):
        return ""
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
