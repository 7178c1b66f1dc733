"""Every field of both logs, with texts that somebody may have written on purpose, through all that shows them.

A case is one text in one field, in one output: stored, on the page of a list, in a CSV, in a JSON, and in the details
of one event. Each is looked for there, and must be there as text. The end of a run says how many there were, each text
of a field counted once for each output.
"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections import Counter
from datetime import timedelta
from itertools import count, product

import pytest
from django.utils.html import escape
from hypothesis import given
from hypothesis import strategies as st

from logsync.characters import UNSEEN
from logsync.ingest.store import STORES, without_secrets
from logsync.models import Log
from tests.conftest import NOW
from tests.dashboard.reading import Page, text_of
from tests.dashboard.test_fields import LOGINS, SCIM
from tests.examples import rare

# What stands before the text that makes a spreadsheet, a browser, a terminal or a database act.
BEGINNINGS = [
    *(
        "",
        "=",
        "+",
        "-",
        "@",
        "\t=",
        "\r@",
        "\n-",
        " +",
        "\u3000=",
        "\u200b=",
        "\u2060+",
        "\ufeff-",
        "\u202e@",
        "\x1b[2J",
    ),
    *(
        "\uff1d",
        "\uff0b",
        "\uff0d",
        "\uff20",
        "\ufe66",
        "\u2212",
        "\x00=",
        "\ud800=",
        "'",
        '"',
        "<!--",
        "</td>",
        "{{",
        "%",
    ),
]
HOSTILE = st.text(
    st.characters(exclude_categories=())
    | st.sampled_from("<>&\"'`={}%@\\;,\r\n\t\0\x1b\u202e\u2066\u200b\ufeff\ud800"),
    min_size=1,
    max_size=12,
)
ROWS = 12


def rows_of(log):
    """What stands around a word of its own in each field of some rows."""
    around = st.tuples(st.sampled_from(BEGINNINGS), HOSTILE)
    row = st.fixed_dictionaries(dict.fromkeys([*log.texts, "news"], around))
    return st.lists(row, min_size=ROWS, max_size=ROWS)


def sent(log, drawn):
    """The rows as Cloudflare might send them, each a second after the one before."""
    number = count(1)
    for seconds, row in enumerate(drawn):
        item = {name: f"{first}<zq{next(number)}>{rest}" for name, (first, rest) in row.items()}
        at = NOW - timedelta(minutes=5, seconds=-seconds)
        yield log.record.from_json(json.loads(json.dumps(item | {log.time: at.isoformat()})))


def token_in(text):
    """The word by which a text is found again; blank where redaction took it out."""
    return (re.findall("<zq[0-9]+>", str(text).lower()) or [""])[0]


class Checked:
    """Looks for values in an output, and counts those that it has not looked for there before."""

    def __init__(self):
        self.seen: set[tuple[str, str, str]] = set()

    def count(self, where, name, value):
        if token := token_in(value):
            self.seen.add((where, name, str(value).lower().replace(token, "")))

    def page(self, where, html, rows, names):
        assert not re.search("<zq", html, re.IGNORECASE)
        page = Page(html)
        assert page.misplaced == []
        assert not UNSEEN.search(page.whole.text_as_it_is)
        lower = html.lower()
        for row, name in product(rows, names):
            value = getattr(row, name)
            assert escape(token_in(value)) in lower, (name, value)
            self.count(where, name, value)

    def equal(self, where, name, found, expected):
        assert found == expected, name
        self.count(where, name, expected)

    def cell(self, name, found, expected):
        assert found in (expected, f"'{expected}")
        seen = [one for one in found if not one.isspace() and unicodedata.category(one) not in ("Cc", "Cf", "Mn", "Lo")]
        assert unicodedata.normalize("NFKC", "".join(seen[:1])) not in ("=", "+", "-", "@", "\u2212"), ascii(found)
        self.count("in a CSV", name, expected)


@pytest.fixture
def checked():
    return Checked()


@pytest.mark.parametrize("log", [LOGINS, SCIM], ids=["logins", "scim"])
@given(st.data())
@rare(1_050)
def test_hostile_fields_stay_text(log, account, signed_in, checked, record_property, data):
    before = Counter(where for where, _, _ in checked.seen)
    expected = without_secrets(list(sent(log, data.draw(rows_of(log)))))
    log.model.objects.all().delete()
    name = Log.ACCESS_REQUESTS if log is LOGINS else Log.SCIM_UPDATES
    STORES[name](account, expected, NOW, "okta")
    rows = list(log.model.objects.order_by(log.time))
    names = [*log.texts, "extra"]
    for row, record in zip(rows, expected, strict=True):
        for field in names:
            checked.equal("stored", field, getattr(row, field), getattr(record, field))
    everything = f"{log.anything}&per_page=50&columns=" + ",".join(log.table.base_columns)
    checked.page("on a page", signed_in.get(f"{log.page}?{everything}").content.decode(), rows, names)
    fragment = signed_in.get(rows[0].get_absolute_url(), headers={"HX-Request": "true"})
    checked.page("in details", fragment.content.decode(), rows[:1], names)
    exported = text_of(signed_in.get(f"{log.export}?{everything}&sort={log.time}"))
    answer = json.loads(text_of(signed_in.get(f"{log.page[:-1]}.json?{everything}&sort={log.time}")))
    lines = csv.DictReader(io.StringIO(exported, newline=""))
    for row, line, result in zip(rows, lines, answer["result"], strict=True):
        for field in log.texts:
            checked.cell(field, line[field], getattr(row, field))
            checked.equal("in a JSON", field, result[field], getattr(row, field))
    for where, number in (Counter(where for where, _, _ in checked.seen) - before).items():
        record_property(f"fuzzed fields {where}", number)
