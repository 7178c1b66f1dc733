"""Whatever is pasted: what it names is recognised, in order of precedence, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dashboard.search.recognise import LONGEST_TEXT, MOST_OF_A_KIND, BlockPage, Kind, recognise
from tests.examples import examples

AUD = "39691c1474d2b3d5d2d23b0b9fc2d9f0b1ad6b8f8f2f9d1e3c1a2b3c4d5e0c04"
GUID = "df7e2a5f-02b7-4d9d-af26-8d1988fca630"
RAY = "8a1b2c3d4e5f6071"

BLOCK_PAGE_OF_ACCESS = f"""Error – Cloudflare Access
Unauthorized. You don't have permission to view this.
Status code: 401
App AUD: {AUD}
MTLS Status: NONE"""
BLOCK_PAGE_OF_FIREWALL = """Sorry, you have been blocked
You are unable to access jira.example.com
Why have I been blocked?
This website is using a security service to protect itself from online attacks. The action you just performed
triggered the security solution.
Cloudflare Ray ID: 7a1b2c3d4e5f6071 • Your IP: Click to reveal 2001:DB8::9 • Performance & security by Cloudflare"""
SOURCE_OF_FIREWALL_PAGE = """<h1 data-translate="block_headline">Sorry, you have been blocked</h1>
<span class="cf-footer-item sm:block sm:mb-1">Cloudflare Ray ID: <strong class="font-semibold">7a1b2c3d4e5f6071</strong>
</span> <a href="https://www.cloudflare.com/5xx-error-landing" target="_blank">Cloudflare</a>"""
ERROR_1020 = """Error 1020 Ray ID: 7a1b2c3d4e5f6071 • 2026-11-20 10:11:12 UTC
Access denied
What happened?"""
MAIL = """From: Ada Lovelace <Ada@example.com>
Sent: Friday, 20 November 2026 09:15
To: 'helpdesk@example.com' <helpdesk@example.com>; Bob (Sales) <bob@example.com>
Message-ID: <CAF0a.77@mail.example.com>
Subject: cannot log in

I get an error at https://jira.example.com/browse/ABC-1?filter=7#comments."""
REWRITTEN_LINK = (
    "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fjira.example.com%2Fbrowse&data=05%7C02%7C&x=1"
)

# The text, and what it names: kind and value, in order.
CASES = {
    "time of day": ("12:30:45", "text 12:30:45"),
    "no IP address": ("999.1.1.1", "text 999.1.1.1"),
    "two words": ("Sales EMEA", "text Sales EMEA"),
    "IPv6 in brackets": ("[2001:db8::1]", "ip_address 2001:db8::1"),
    "bare Ray ID": ("187d944c61940c77", "ray_id 187d944c61940c77"),
    "IPv4 and port": ("198.51.100.7:443", "ip_address 198.51.100.7"),
    "network": ("198.51.100.0/24", "ip_address 198.51.100.0/24"),
    "Ray ID with colo": ("6AD96D0A4873697B-FRA", "ray_id 6ad96d0a4873697b"),
    "apostrophe in an address": ("o'neil@example.com", "user_email o'neil@example.com"),
    "blanks and capitals": ("  Ada.L@Example.COM ", "user_email ada.l@example.com"),
    "host": ("grafana.example.com", "app_domain grafana.example.com"),
    "header of a response": ("cf-ray: 9f302751bc42260c-SIN", "ray_id 9f302751bc42260c"),
    "IPv6": ("2a09:bac0:15::814:7b37", "ip_address 2a09:bac0:15::814:7b37"),
    "name and address": ("Ada Lovelace <ada@example.com>", "user_email ada@example.com"),
    "Okta's id of a user": ("00u1ab2cd3EF4gh5i6j7", "idp_resource_id 00u1ab2cd3EF4gh5i6j7"),
    "address in parentheses": ("(ada+test@example.co.uk),", "user_email ada+test@example.co.uk"),
    "20 hexadecimal digits": ("commit 187d944c61940c771234", "text commit 187d944c61940c771234"),
    "Ray ID beside a time": ("Ray ID: 6e0330d2ae6159a3 • 2022-02-19 23:14:18 UTC", "ray_id 6e0330d2ae6159a3"),
    "GUID without dashes": ("699d98642c564d2e855e9661899b7252", "guid 699d9864-2c56-4d2e-855e-9661899b7252"),
    "GUID": (GUID, f"guid {GUID}"),
    "GUID in braces": ("{DF7E2A5F-02B7-4D9D-AF26-8D1988FCA630}", f"guid {GUID}"),
    "firewall's words": (
        "Sorry, you have been blocked. Your IP: 203.0.113.9 Cloudflare Ray ID: 7a1b2c3d4e5f6071",
        "ray_id 7a1b2c3d4e5f6071, ip_address 203.0.113.9",
    ),
    "block page of Access": (BLOCK_PAGE_OF_ACCESS, f"aud {AUD}"),
    "line of a chat": (
        f"hi, bob@example.com cannot open https://jira.example.com, IP 192.0.2.4, ray {RAY}",
        f"ray_id {RAY}, user_email bob@example.com, ip_address 192.0.2.4, app_domain jira.example.com",
    ),
    # Nothing, and nearly nothing.
    "empty": ("", ""),
    "blank": (" \u200b\u00a0\n\t", ""),
    "one sign": ("?", "text ?"),
    "lines become one": ("Sales\r\n  EMEA", "text Sales EMEA"),
    "controls part words": ("Sales\x00EMEA\x1b", "text Sales EMEA"),
    # Ray IDs.
    "Ray ID in JSON": (f'{{"ray_id":"{RAY.upper()}"}}', f"ray_id {RAY}"),
    "Ray ID in JSON in a string": (f'"{{\\"ray_id\\":\\"{RAY}\\"}}"', f"ray_id {RAY}"),
    "Ray ID in bold": (f"**Ray ID:** `{RAY}`", f"ray_id {RAY}"),
    "Ray ID in words": (f"my Ray ID is {RAY}.", f"ray_id {RAY}"),
    "Ray ID on the next line": (f"Ray ID\n{RAY}", f"ray_id {RAY}"),
    "Ray ID of other letters": ("Ray ID: xyz4exampleRay01", "ray_id xyz4exampleRay01"),
    "such letters without a label": ("xyz4exampleRay01", "text xyz4exampleRay01"),
    "Ray ID cut": ("Ray ID: 8A1B2C3D4e5", "ray_id_start 8a1b2c3d4e5"),
    "Ray ID cut with dots": ("cf-ray: 8a1b2c3d…", "ray_id_start 8a1b2c3d"),
    "Ray ID cut too short": ("Ray ID: 8a1b2c3", "text Ray ID: 8a1b2c3"),
    "Ray ID too long": ("Ray ID: 187d944c61940c771", "text Ray ID: 187d944c61940c771"),
    "label of a GUID": (f"ray id {GUID}", f"guid {GUID}"),
    "label in another word": ("array_id 8a1b2c3d4e", "text array_id 8a1b2c3d4e"),
    "16 digits": ("1234567890123456", "ray_id 1234567890123456"),
    "two Ray IDs, one twice": (
        f"{RAY} 187d944c61940c77 {RAY}-AMS",
        f"ray_id {RAY}, ray_id 187d944c61940c77",
    ),
    "Ray ID in a query": (
        f"https://jira.example.com/x?ray={RAY}",
        f"ray_id {RAY}, app_domain jira.example.com/x",
    ),
    "16 hexadecimal digits of a trace": (
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "text 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    ),
    "16 hexadecimal digits of an address": (f"{RAY}@example.com", f"user_email {RAY}@example.com"),
    "16 hexadecimal digits of a host": (f"{RAY}.example.com", f"app_domain {RAY}.example.com"),
    # People.
    "mailto with a plus": ("mailto:ada%2Btest@example.com?subject=x%20y", "user_email ada+test@example.com"),
    "HTML with a plus": ('<a href="mailto:ada%2btest@example.com">', "user_email ada+test@example.com"),
    "sign-on address": (
        "https://team.cloudflareaccess.com/cdn-cgi/access/sso/saml/9c16a6d0e4b04f0f9c16a6d0e4b04f16?SAMLRequest=fZ",
        "app_domain team.cloudflareaccess.com/cdn-cgi/access/sso/saml/9c16a6d0e4b04f0f9c16a6d0e4b04f16",
    ),
    "mailto": ("mailto:Ada@example.com?subject=hi", "user_email ada@example.com"),
    "Markdown": ("[ada@example.com](mailto:ada@example.com)", "user_email ada@example.com"),
    "[at]": ("ada [at] example.com", "user_email ada@example.com"),
    "(at) and (dot)": ("ada(at)example(dot)com", "user_email ada@example.com"),
    "(at) of a meeting": ("lunch (at) noon", "text lunch (at) noon"),
    "quotes": ("“ada@example.com”", "user_email ada@example.com"),
    "single quotes": ("User 'ada@example.com' not found", "user_email ada@example.com"),
    "end of a sentence": ("It is ada@example.com.", "user_email ada@example.com"),
    "possessive": ("ada@example.com’s laptop", "user_email ada@example.com"),
    "zero-width characters": ("ada\u200b@exam\u00adple.com\ufeff", "user_email ada@example.com"),
    "escaped in a query": ("login?user=ada%40example.com&x=1", "user_email ada@example.com"),
    "umlauts": ("JÖRG@Müller.example", "user_email jörg@müller.example"),
    "punycode": ("ada@example.xn--p1ai", "user_email ada@example.xn--p1ai"),
    "no domain": ("ada@localhost", "text ada@localhost"),
    "name and password in a URL": ("https://bob:pw.x@jira.example.com/", "app_domain jira.example.com"),
    "headers of a mail": (
        MAIL,
        "user_email ada@example.com, user_email helpdesk@example.com, user_email bob@example.com,"
        " app_domain jira.example.com/browse/ABC-1",
    ),
    # Other ids.
    "GUID in a path": (
        f"https://jira.example.com/u/{GUID}/edit",
        f"guid {GUID}, app_domain jira.example.com/u",
    ),
    "Okta's id of a group": ("group 00g1ab2cd3EF4gh5i6j7.", "idp_resource_id 00g1ab2cd3EF4gh5i6j7"),
    "Okta's id of an app": ("0oa1ab2cd3EF4gh5i6j7", "text 0oa1ab2cd3EF4gh5i6j7"),
    "AUD in capitals": (AUD.upper(), f"aud {AUD}"),
    "hash of 40 digits": (AUD[:40], f"text {AUD[:40]}"),
    "JSON of Access": (f'{{"aud":"{AUD}","ray_id":"{RAY}"}}', f"ray_id {RAY}, aud {AUD}"),
    # IP addresses.
    "IPv6, brackets and port": ("http://[2001:DB8::1]:8443/x", "ip_address 2001:db8::1"),
    "IPv6 written out": ("2001:0db8:0000:0000:0000:0000:0000:0001", "ip_address 2001:db8::1"),
    "IPv6 network": ("2001:db8::/32", "ip_address 2001:db8::/32"),
    "IPv6 behind a label": ("ip:2001:db8::1, denied", "ip_address 2001:db8::1"),
    "IPv6 with a zone": ("fe80::1%eth0", "ip_address fe80::1"),
    "IPv4 as IPv6": ("::ffff:192.0.2.1", "ip_address 192.0.2.1"),
    "network of one": ("192.0.2.4/32", "ip_address 192.0.2.4"),
    "network by one of its addresses": ("192.0.2.4/24", "ip_address 192.0.2.0/24"),
    "no length of a network": ("192.0.2.4/99", "ip_address 192.0.2.4"),
    "zeros in front": ("010.001.001.001", "text 010.001.001.001"),
    "five numbers": ("1.2.3.4.5", "text 1.2.3.4.5"),
    "defanged": ("192.0.2[.]4", "ip_address 192.0.2.4"),
    "URL of an address": ("https://192.0.2.4:8080/admin?x=1", "ip_address 192.0.2.4"),
    "MAC address": ("aa:bb:cc:dd:ee:01", "text aa:bb:cc:dd:ee:01"),
    "scope of C++": ("std::vector", "text std::vector"),
    "two colons": ("Ab::Cd", "text Ab::Cd"),
    # Apps.
    "path and query": ("HTTPS://Jira.Example.com/Browse/ABC?x=1#y", "app_domain jira.example.com/Browse/ABC"),
    "slash at the end": ("https://jira.example.com/", "app_domain jira.example.com"),
    "host and port": ("grafana.example.com:3000/d?orgId=1", "app_domain grafana.example.com/d"),
    "host without a dot": ("http://intranet:8080/wiki", "app_domain intranet/wiki"),
    "all hosts of a domain": ("*.example.com", "app_domain *.example.com"),
    "link in Markdown": ("[Jira](https://jira.example.com/x).", "app_domain jira.example.com/x"),
    "link of a chat": ("<https://jira.example.com|jira.example.com>", "app_domain jira.example.com"),
    "defanged URL": ("hxxps[:]//jira[.]example[.]com", "app_domain jira.example.com"),
    "login page of Access": (
        f"https://team.cloudflareaccess.com/cdn-cgi/access/login/jira.example.com?kid={AUD}&redirect_url=%2F",
        f"aud {AUD}, app_domain jira.example.com",
    ),
    "Access's own path": (
        "https://jira.example.com/cdn-cgi/access/authorized?nonce=x",
        "app_domain jira.example.com",
    ),
    "link that a mail program rewrote": (
        REWRITTEN_LINK,
        "app_domain eur01.safelinks.protection.outlook.com, app_domain jira.example.com/browse",
    ),
    "slashes escaped in JSON": (r'{"url":"https:\/\/jira.example.com\/x"}', "app_domain jira.example.com/x"),
    "host in a sentence": (
        "jira.example.com is down",
        "app_domain jira.example.com, text jira.example.com is down",
    ),
    "name of a file": ("see report.pdf", "text see report.pdf"),
    "name of code": ("attribute name.givenName", "text attribute name.givenName"),
    "two sentences": ("It is down.Please help", "text It is down.Please help"),
    # Whole pages and lines.
    "whole page of the firewall": (
        BLOCK_PAGE_OF_FIREWALL,
        "ray_id 7a1b2c3d4e5f6071, ip_address 2001:db8::9, app_domain jira.example.com",
    ),
    "source of the firewall's page": (SOURCE_OF_FIREWALL_PAGE, "ray_id 7a1b2c3d4e5f6071"),
    "page of error 1020": (ERROR_1020, "ray_id 7a1b2c3d4e5f6071"),
    "block page that names nothing": ("That account does not have access.", ""),
    "line of CSV": (
        f'2026-11-20T10:11:12Z,"Ada, L." <ada@example.com>,jira.example.com,198.51.100.7,false,{RAY}',
        f"ray_id {RAY}, user_email ada@example.com, ip_address 198.51.100.7, app_domain jira.example.com",
    ),
}

BLOCK_PAGES = {
    "words of the login page": ("That account does not have access", BlockPage.ACCESS),
    "page of Access": (BLOCK_PAGE_OF_ACCESS, BlockPage.ACCESS),
    "with a curly apostrophe": ("Forbidden. You don’t have permission to view this.", BlockPage.ACCESS),
    "JSON of Access": (f'{{"aud":"{AUD}","ray_id":"{RAY}"}}', BlockPage.ACCESS),
    "page of the firewall": (BLOCK_PAGE_OF_FIREWALL, BlockPage.FIREWALL),
    "source of the page": (SOURCE_OF_FIREWALL_PAGE, BlockPage.FIREWALL),
    "error 1020": (ERROR_1020, BlockPage.FIREWALL),
    "page of a web server": ("You don't have permission to access this resource.", BlockPage.NONE),
    "JSON of a log": (f'{{"app_uid":"{GUID}","ray_id":"{RAY}"}}', BlockPage.NONE),
    "a number": ("error 10200", BlockPage.NONE),
    "nothing": ("", BlockPage.NONE),
}

# Values in the form in which they are found.
hex_digits = st.text("0123456789abcdef", min_size=64, max_size=64)
values = st.one_of(
    hex_digits.map(lambda digits: (Kind.RAY_ID, digits[:16])),
    st.from_regex(r"[a-z0-9](?:[a-z0-9+.-]{0,20}[a-z0-9])?@(?:[a-z0-9]{1,9}\.){1,3}[a-z]{2,9}", fullmatch=True).map(
        lambda value: (Kind.USER_EMAIL, value)
    ),
    st.uuids().map(lambda value: (Kind.GUID, str(value))),
    st.from_regex(r"00[ug][A-Za-z0-9]{17}", fullmatch=True).map(lambda value: (Kind.IDP_RESOURCE_ID, value)),
    hex_digits.map(lambda digits: (Kind.AUD, digits)),
    st.ip_addresses(v=4).map(lambda value: (Kind.IP_ADDRESS, str(value))),
    st.from_regex(r"(?:[a-z0-9]{1,9}\.){1,3}example(?:/[A-Za-z0-9]{1,9}){0,3}", fullmatch=True).map(
        lambda value: (Kind.APP_DOMAIN, value)
    ),
)
PIECES = [RAY, GUID, AUD, "ada@example.com", "Ray ID: ", "https://", "jira.example.com", "/x?y=", "192.0.2.4", "::1"]
PIECES += [*"<>[]@:.-", "%40", "%3a", "[at]", "\x00", "\u2028", "\ud800", "\u200b", "é", "\x85"]
mixtures = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=12).map("".join)


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_what_is_pasted_is_recognised(text, expected):
    assert ", ".join(f"{found.kind} {found.value}" for found in recognise(text).found) == expected


@pytest.mark.parametrize(("text", "expected"), BLOCK_PAGES.values(), ids=BLOCK_PAGES)
def test_block_page_is_recognised_by_words(text, expected):
    assert recognise(text).block_page is expected


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("Ray ID: 8a1b2c3d", "the Ray ID is cut"),
        ("1234567890123456", "looks like a Ray ID"),
        ("Ray ID: 1234567890123456", ""),
        (RAY, ""),
    ],
)
def test_uncertain_recognition_says_so(text, note):
    assert [found.note for found in recognise(text).found] == [note]


def test_long_text_is_truncated():
    (found,) = recognise("Sales " * 1000).found
    assert found.kind is Kind.TEXT
    assert found.value == ("Sales " * 1000)[:LONGEST_TEXT].rstrip()


def test_huge_text_is_read_partially():
    assert [found.value for found in recognise("x " * 9_000 + "ada@example.com" + " y" * 9_000_000).found] == [
        "ada@example.com"
    ]
    assert recognise("x " * 10_000 + "ada@example.com").found[0].kind is Kind.TEXT


def test_mailing_list_is_truncated():
    found = recognise(";".join(f"p{number}@example.com" for number in range(500))).found
    assert [item.value for item in found] == [f"p{number}@example.com" for number in range(MOST_OF_A_KIND)]


@given(st.text() | mixtures)
@example("\ud800")
@examples(100)
def test_anything_may_be_pasted(text):
    pasted = recognise(text)
    assert list(pasted.found) == sorted(pasted.found, key=lambda found: list(Kind).index(found.kind))
    assert len({(found.kind, found.value) for found in pasted.found}) == len(pasted.found)
    for found in pasted.found:
        assert found.value.splitlines() == [found.value]
        assert found.value == found.value.strip()
        found.value.encode()


@given(values, st.sampled_from(["{}", "  {}\n", "({})", "“{}”", "<{}>", "see {}, please", "\ufeff{}\u200b", "x\t{};"]))
@examples(100)
def test_surrounding_text_does_not_matter(value, dress):
    kind, text = value
    first = recognise(dress.format(text)).found[0]
    assert (first.kind, first.value) == (kind, text)


@pytest.mark.parametrize(
    "piece", ["a", "a.", "1:", "::", "1.1.", "ray id ", "<", "[at]", "https://", "%40", "a@", "- ", "*."]
)
def test_repetition_is_read_like_anything_else(piece):
    assert len(recognise(piece * 20_000).found) <= MOST_OF_A_KIND
