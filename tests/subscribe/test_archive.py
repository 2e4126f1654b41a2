import io
import zipfile

import pytest
from hypothesis import given, strategies as st

from dispatch.errors import UsageError
from dispatch.model import SuppressionReason
from dispatch.subscribe import archive
from dispatch.subscribe.importer import Refused, Row

R = SuppressionReason


def zipped(members, **options):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, **options) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return stream.getvalue()


def read(content, name="export.zip", **options):
    return list(archive.rows(io.BytesIO(content), name, **options))


def summary(found):
    return [
        (row.file, row.mailbox.mailbox, row.opt_out)
        if isinstance(row, Row)
        else (row.file, row.reason)
        for row in found
    ]


def test_the_names_of_mailchimps_three_lists_say_what_their_people_are():
    content = zipped(
        {
            "subscribed_members_export_1a2b.csv": "Email Address\nada@example.org\n",
            "unsubscribed_members_export_1a2b.csv": "Email Address\nbob@example.org\n",
            "cleaned_members_export_1a2b.csv": "Email Address\neve@example.org\n",
            "nonsubscribed_members_export_1a2b.csv": "Email Address\nz@example.org\n",
        }
    )

    assert summary(read(content)) == [
        ("export.zip/subscribed_members_export_1a2b.csv", "ada@example.org", None),
        (
            "export.zip/unsubscribed_members_export_1a2b.csv",
            "bob@example.org",
            R.UNSUBSCRIBED,
        ),
        ("export.zip/cleaned_members_export_1a2b.csv", "eve@example.org", R.BOUNCED),
        (
            "export.zip/nonsubscribed_members_export_1a2b.csv",
            "the people in this list never agreed to get mail",
        ),
    ]


def test_a_list_taken_out_of_the_archive_still_says_what_it_is():
    content = b"Email Address\neve@example.org\n"

    [eve] = read(content, "cleaned_members_export_1a2b.csv")

    assert eve.opt_out is R.BOUNCED


def test_folders_in_an_archive_are_ignored():
    content = zipped(
        {
            "../../etc/unsubscribed_x.csv": "email\nada@example.org\n",
            "C:\\lists\\cleaned_x.csv": "email\neve@example.org\n",
            "read me.pdf": "no list",
        }
    )

    assert summary(read(content)) == [
        ("export.zip/unsubscribed_x.csv", "ada@example.org", R.UNSUBSCRIBED),
        ("export.zip/cleaned_x.csv", "eve@example.org", R.BOUNCED),
    ]


def test_a_list_that_cannot_be_used_spoils_no_other():
    content = zipped({"a.csv": "Name\nAda\n", "b.csv": "email\nada@example.org\n"})

    bad, good = read(content)

    assert isinstance(bad, Refused)
    assert bad.file == "export.zip/a.csv"
    assert bad.reason.startswith("no column with addresses")
    assert good.mailbox.address == "ada@example.org"


def test_an_archive_without_lists_is_refused():
    with pytest.raises(UsageError, match=r"no \.csv file"):
        read(zipped({"picture.png": "x"}))


def test_a_bomb_is_refused_before_it_is_unpacked():
    with pytest.raises(UsageError, match="does not look like"):
        read(zipped({"subscribed.csv": "a" * 50_000_000}))


def test_too_many_lists_are_refused():
    with pytest.raises(UsageError, match="does not look like"):
        read(zipped({f"{number}.csv": "email\n" for number in range(21)}))


def test_an_archive_with_a_password_is_named():
    content = bytearray(zipped({"a.csv": "email\nada@example.org\n"}))
    central = content.index(b"PK\x01\x02")
    content[central + 8] |= 1
    content[6] |= 1

    with pytest.raises(UsageError, match="password"):
        read(bytes(content))


def test_a_damaged_archive_is_named():
    content = bytearray(zipped({"a.csv": "email\n" + "ada@example.org\n" * 500}))
    place = content.index(b"a.csv") + 10
    content[place] ^= 0xFF

    with pytest.raises(UsageError, match="damaged"):
        read(bytes(content))


@given(st.binary(max_size=300), st.integers(min_value=0, max_value=200))
def test_any_bytes_that_look_like_an_archive_are_rows_or_a_usage_error(noise, place):
    content = zipped({"a.csv": "email\nada@example.org\n"})
    spoiled = content[:place] + noise + content[place + len(noise) :]

    try:
        found = read(spoiled)
    except UsageError:
        return
    assert all(isinstance(row, Row | Refused) for row in found)
