"""Search finds the same rows on both databases."""

from __future__ import annotations

import pytest
from django.db.models import Q

from logsync.models import AccessRequest, Account

FOUND = [
    ("Büro", "BÜRO"),
    ("BÜRO", "büro"),
    ("büro", "Ür"),
    ("Ångström", "åNGSTRÖM"),
    ("Éclair", "éc"),
    ("Ёлка", "ёЛКА"),
    ("ΟΔΟΣΑ", "οδος"),
    ("οδος", "ΟΔΟΣ"),
    ("Łódź", "łÓDŹ"),
    ("Grafana", "rAFa"),
    ("Grafana", ""),
    ("Müller & Söhne GmbH", "r & s"),
    ("日本語", "本"),
    ("party 🎉", "🎉"),
    ("100 %", "0 %"),
    ("snake_case", "e_c"),
    (r"C:\temp", "\\T"),
    ("it's", "'S"),
    (r"ends in \ ", "\\"),
]
NOT_FOUND = [
    ("Büro", "Buro"),
    ("Straße", "strasse"),
    ("strasse", "straße"),
    ("100 %", "1%"),
    ("Grafana", "%"),
    ("Grafana", "_"),
    ("Grafana", "gr_fana"),
    ("Grafana", "Gr%na"),
    ("a%b", "a_b"),
    ("Grafana", "\\"),
    (r"C:\temp", "\\\\"),
    ("Grafana", "grafana "),
]
ALPHABETS = {
    "Latin": range(0xC0, 0x180),
    "Greek": range(0x391, 0x3CF),
    "Cyrillic": range(0x400, 0x460),
    "Armenian": range(0x531, 0x557),
}


@pytest.fixture
def holds(make_login):
    """Tell whether a search finds a login with this application, beside one that has none."""

    def find(app_name, text):
        make_login(app_name="")
        login = make_login(app_name=app_name)
        return login in AccessRequest.objects.filter(app_name__holds=text)

    return find


@pytest.mark.parametrize(("app_name", "text"), FOUND)
def test_finds_a_text_whatever_its_case(holds, app_name, text):
    assert holds(app_name, text)


@pytest.mark.parametrize(("app_name", "text"), NOT_FOUND)
def test_finds_only_what_holds_the_text(holds, app_name, text):
    assert not holds(app_name, text)


@pytest.mark.parametrize("letters", ALPHABETS.values(), ids=ALPHABETS)
def test_every_letter_matches_other_case(holds, letters):
    # Without the few letters whose other case is two letters, as that of "ß" is.
    lower = "".join(chr(letter) for letter in letters if len(chr(letter).swapcase()) == 1).lower()
    assert len(lower) > 30
    assert holds(lower, lower.upper())
    assert holds(lower.upper(), lower)


def test_search_combines_and_negates(make_login):
    one, other = (
        make_login(app_name="Büro", user_email=""),
        make_login(app_name="Grafana", user_email="ada@BÜRO.example"),
    )
    anywhere = Q(app_name__holds="büro") | Q(user_email__holds="büro")
    assert set(AccessRequest.objects.filter(anywhere)) == {one, other}
    assert list(AccessRequest.objects.exclude(app_name__holds="BÜRO")) == [other]


def test_a_search_reaches_through_a_relation(make_login):
    login = make_login()
    Account.objects.update(name="Zürich")
    assert list(AccessRequest.objects.filter(account__name__holds="ZÜRICH")) == [login]
