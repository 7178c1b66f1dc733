"""What tests read of a page is what a parser for all of HTML reads."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from tests.dashboard.reading import Page

PATHS = ["/", "/logins/", "/logins/by-app/", "/scim/", "/scim/problems/", "/people/", "/sync/", "/views/"]
HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script> & &amp; \u202e'


class Slow(Page):
    """A page that only the parser for all of HTML has read."""

    feed = HTMLParser.feed


def read(page):
    return [(element.tag, element.attrs, element.text, element.icon) for element in page.elements], page.misplaced


@pytest.mark.parametrize("path", PATHS)
def test_pages_are_read_in_full(all_logins_known, all_updates_known, make_login, make_update, signed_in, path):
    make_login(user_email=HOSTILE, app_name=HOSTILE)
    make_update(error_description=HOSTILE)
    html = signed_in.get(path).content.decode()
    assert read(Page(html)) == read(Slow(html))
    assert Page(html).rows == Slow(html).rows


@pytest.mark.parametrize(
    "html",
    [
        HOSTILE,
        "<p>a<b>c</p>d</b>",
        "<script>if (a < b) '&amp;'</script><p>x</p>",
        "<!-- <p> --><a href=x>y</a>",
        "<svg viewBox='0'/><input disabled value=''>",
        '<p title="a > b">x</p>',
    ],
)
def test_odd_markup_is_read_as_markup(html):
    assert read(Page(html)) == read(Slow(html))
