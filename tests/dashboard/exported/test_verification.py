"""A file is checked against what was recorded while it was sent, and a manifest shows when somebody made it up."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from dashboard.exported.manifest import is_signed, manifest_of
from dashboard.exported.models import LONGEST, Export
from dashboard.exported.verification import FileDigest
from tests.conftest import NOW

ADDRESS = "/logins.csv?columns=ray_id,app_domain"


@pytest.fixture
def exported(all_logins_known, make_login, signed_in, hang_up, tmp_path):
    """Make an export of two logins, and save the file under its own name; one value has a quoted line break."""
    make_login(app_domain='one "quoted"\r\nvalue')
    make_login()

    def make(address=ADDRESS, rows=None):
        response = signed_in.get(address)
        body = iter(response.streaming_content)
        content = b"".join(body if rows is None else [next(body) for _ in range(rows + 1)])
        hang_up(response)
        path = tmp_path / response["Content-Disposition"].partition('filename="')[2].rstrip('"')
        path.write_bytes(content)
        return path

    return make


def check(path, **options):
    """The exit status of the command and what it said."""
    out = io.StringIO()
    try:
        call_command("verify_export", path, stdout=out, **options)
    except CommandError as error:
        return error.returncode, str(error)
    return 0, out.getvalue().strip()


def save_manifest(path, **changed):
    """Save the manifest of the newest export beside its file."""
    beside = path.with_suffix(".manifest.json")
    beside.write_text(json.dumps(manifest_of(Export.objects.latest("pk")) | changed))
    return beside


def test_file_matches_its_export(exported):
    status, words = check(exported())
    number = Export.objects.get().pk
    assert status == 0
    assert words == f"Matches export {number}: 2 rows of Logins, made by sam on 19 Nov 2026 14:06:12 UTC, complete."


def test_renamed_file_is_known_by_digest(exported):
    path = exported()
    assert check(path.rename(path.with_name("copy.csv")))[0] == 0


def test_name_chooses_among_equal_files(exported):
    first = exported()
    number = Export.objects.get().pk
    exported()
    assert f"Matches export {number}:" in check(first)[1]


def test_json_matches_its_export(exported):
    assert check(exported("/logins.json"))[0] == 0


def test_shorter_file_says_how_much_is_there(exported):
    path = exported()
    whole = path.read_bytes()
    path.write_bytes(whole[:-3])
    status, words = check(path)
    assert status == 1
    assert f"{len(whole) - 3} of {len(whole)} bytes, 1 of 2 rows. It was cut off on its way" in words


def test_longer_and_changed_files_differ(exported):
    path = exported()
    whole = path.read_bytes()
    path.write_bytes(whole + b"x\r\n")
    assert "Longer than export" in check(path)[1]
    path.write_bytes(whole.replace(b"grafana", b"GRAFANA"))
    status, words = check(path)
    assert (status, words.partition(":")[0]) == (1, "Changed")


def test_cut_off_export_never_passes(exported):
    path = exported(rows=1)
    status, words = check(path)
    assert status == 1
    assert "which is not the whole list: 1 row of Logins" in words
    assert words.endswith("cut off.")


def test_unfinished_export_has_no_digest(exported, signed_in, time_machine):
    path = exported()
    response = signed_in.get(ADDRESS)
    path = path.rename(path.with_name(f"logins-export-{response['Export-Id']}-complete.csv"))
    path.write_bytes(b"ray_id\r\n")
    assert check(path)[1].endswith("is still running: there is no SHA-256 to compare with.")
    time_machine.move_to(NOW + LONGEST + timedelta(seconds=1), tick=False)
    assert "never ended, so it was cut off" in check(path)[1]


@pytest.mark.parametrize(
    ("name", "words"),
    [("other.csv", "its name has no number of an export"), ("x-export-999-y.csv", "there is no export 999 here")],
)
def test_unknown_file_is_unknown(name, words, db, tmp_path):
    path = tmp_path / name
    path.write_bytes(b"a\r\n")
    status, said = check(path)
    assert status == 2
    assert words in said


def test_missing_file_is_told(db, tmp_path):
    status, words = check(tmp_path / "none.csv")
    assert status == 2
    assert words.endswith("none.csv can’t be read: No such file or directory.")


# The signature


def test_changed_record_is_not_relied_on(exported):
    path = exported()
    path.write_bytes(path.read_bytes() + b"x\r\n")
    file = FileDigest.of(path)
    Export.objects.update(sha256=file.sha256, size=file.size)
    status, words = check(path)
    assert status == 1
    assert "can’t be relied on" in words


def test_kept_manifest_outlives_the_record(exported):
    path = exported()
    manifest = save_manifest(path)
    Export.objects.all().delete()
    assert check(path)[0] == 2
    assert check(path, manifest=manifest)[0] == 0


def test_forged_manifest_is_not_relied_on(exported):
    path = exported()
    status, words = check(path, manifest=save_manifest(path, rows=3))
    assert status == 2
    assert words.startswith("The manifest can’t be relied on.")
    assert words.endswith("The file is the one that it describes.")


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000])
def test_what_is_no_manifest_is_told(text, exported, tmp_path):
    manifest = tmp_path / "manifest.json"
    manifest.write_text(text)
    status, words = check(exported(), manifest=manifest)
    assert (status, words) == (2, f"{manifest} is not a manifest. Save it again from /exports/.")


def test_signature_of_earlier_key_holds(exported, settings):
    path = exported()
    manifest = manifest_of(Export.objects.get())
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]
    assert is_signed(manifest)
    settings.SECRET_KEY_FALLBACKS = []
    assert not is_signed(manifest)
    assert check(path)[0] == 1


@pytest.mark.parametrize("signature", [None, "", 7, "é"])
def test_odd_signature_is_none(signature, exported):
    exported()
    assert not is_signed(manifest_of(Export.objects.get()) | {"signature": signature})


# The rows of a file


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        (b"", 0),
        (b"a\r\n", 0),
        (b"a\r\n1\r\n", 1),
        (b'# it is said "\r\na\r\n1\r\n2\r\n', 2),
        (b'a\r\n"1\r\n2"\r\n', 1),
        (b'a\r\n"1\r\n', 0),
        (b"a\r\n1", 0),
    ],
)
def test_whole_rows_are_counted(content, rows, tmp_path):
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    assert FileDigest.of(path).rows == rows
