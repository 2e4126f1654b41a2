import csv
import io
import tracemalloc
from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st

from dispatch.errors import UsageError
from dispatch.model import SuppressionReason
from dispatch.subscribe import importer, lines
from dispatch.subscribe.columns import Field
from dispatch.subscribe.importer import Refused, Row

R = SuppressionReason

MAILCHIMP = """\
Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,\
CONFIRM_IP,LATITUDE,NOTES
ada@example.org,Ada,Byron,4,"2019-05-14 13:03:29",192.0.2.1,"2019-05-14 13:05:00",\
192.0.2.2,,"likes ""poems"",
and numbers"
eve@example.org,Eve,,2,"",,"2020-01-02 03:04:05",,,
"""
LISTMONK = """\
uuid,email,name,attributes,status,created_at,updated_at
1b,ada@example.org,Ada,"{""city"": ""Turin""}",enabled,2024-01-02T03:04:05.678Z,2024
2c,eve@example.org,Eve,{},blocklisted,2024-01-02T03:04:05Z,2024
3d,bob@example.org,Bob,{},disabled,2024-01-02T03:04:05Z,2024
"""
GHOST = """\
id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,\
created_at,deleted_at,labels,tiers
6a,ada@example.org,Ada,,true,,,2024-01-02T03:04:05.000Z,,,
6b,eve@example.org,,,false,,,2024-01-02T03:04:05.000Z,,,
"""
MAILPOET = """\
First name;Last name;Email;List name;List status;Global status;Subscribed IP
Ada;Byron;ada@example.org;News;Subscribed;Subscribed;192.0.2.1
Eve;;eve@example.org;News;Subscribed;Bounced;
Bob;;bob@example.org;News;Unconfirmed;Unconfirmed;
"""
BUTTONDOWN = """\
id,email_address,notes,type,creation_date,ip_address,tags
s1,ada@example.org,,regular,2024-01-02T03:04:05Z,192.0.2.1,
s2,eve@example.org,,unactivated,2024-01-02T03:04:05Z,,
s3,bob@example.org,,unsubscribed,2024-01-02T03:04:05Z,,
"""


def read(content, **options):
    if isinstance(content, str):
        content = content.encode()
    return list(importer.rows(io.BytesIO(content), "people.csv", **options))


def summary(content, **options):
    return [
        (row.mailbox.mailbox, row.opt_out) if isinstance(row, Row) else row.reason
        for row in read(content, **options)
    ]


def test_mailchimp_keeps_when_and_where_people_confirmed():
    ada, eve = read(MAILCHIMP)

    assert ada.mailbox.address == "ada@example.org"
    assert ada.name == "Ada Byron"
    assert ada.opted_in_at == datetime(2019, 5, 14, 13, 5, tzinfo=UTC)
    assert ada.ip == "192.0.2.2"
    assert ada.opt_out is None
    assert (ada.line, eve.line) == (2, 4)
    assert eve.opted_in_at == datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            LISTMONK,
            [
                ("ada@example.org", None),
                ("eve@example.org", R.UNSUBSCRIBED),
                ("bob@example.org", R.UNSUBSCRIBED),
            ],
        ),
        (GHOST, [("ada@example.org", None), ("eve@example.org", R.UNSUBSCRIBED)]),
        (
            MAILPOET,
            [
                ("ada@example.org", None),
                ("eve@example.org", R.BOUNCED),
                "they never confirmed that they want mail",
            ],
        ),
        (
            BUTTONDOWN,
            [
                ("ada@example.org", None),
                "they never confirmed that they want mail",
                ("bob@example.org", R.UNSUBSCRIBED),
            ],
        ),
    ],
    ids=["listmonk", "ghost", "mailpoet", "buttondown"],
)
def test_the_lists_of_other_programs_are_understood(content, expected):
    assert summary(content) == expected


def test_mailchimps_list_of_opt_outs_says_when_they_left():
    content = (
        "Email Address,UNSUB_TIME,UNSUB_CAMPAIGN_TITLE\n"
        "ada@example.org,2021-06-07 08:09:10,June\n"
    )

    [ada] = read(content, opt_out=R.UNSUBSCRIBED)

    assert ada.opt_out is R.UNSUBSCRIBED
    assert ada.left_at == datetime(2021, 6, 7, 8, 9, 10, tzinfo=UTC)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_every_usual_spreadsheet_is_read(delimiter, ending, encoding):
    text = ending.join(
        [
            delimiter.join(["Name", "E-mail", "City"]),
            delimiter.join(["Zoë Müller", "zoe@example.org", "Köln"]),
            "",
        ]
    )

    [zoe] = read(text.encode(encoding))

    assert (zoe.name, zoe.mailbox.address) == ("Zoë Müller", "zoe@example.org")


def test_excels_line_about_the_separator_is_no_header():
    content = "sep=;\nName;Email\nAda;ada@example.org\n"

    assert summary(content) == [("ada@example.org", None)]


def test_one_stray_byte_spoils_one_name_only():
    content = (
        "name,email\nZoë,zoe@example.org\n".encode()
        + "Jürgen,j@example.org\n".encode("cp1252")
    )

    assert [row.name for row in read(content)] == ["Zoë", "Jürgen"]


def test_a_bare_list_of_addresses_needs_no_header():
    content = "ada@example.org\neve@example.org,anything\n"

    assert summary(content) == [("ada@example.org", None), ("eve@example.org", None)]


def test_an_unusual_name_of_a_column_can_be_given():
    content = "Who,Where to\nAda,ada@example.org\n"
    mapping = importer.parse_mapping({"email": "Where to", "name": "who"})

    [ada] = read(content, mapping=mapping)

    assert (ada.name, ada.mailbox.address) == ("Ada", "ada@example.org")


def test_a_mapped_column_that_is_not_there_is_named():
    with pytest.raises(UsageError, match="no column 'Where'"):
        read("email\nada@example.org\n", mapping={Field.EMAIL: "Where"})


def test_an_unknown_field_in_a_mapping_is_named_with_the_known_ones():
    with pytest.raises(UsageError, match=r"colour.*email, name"):
        importer.parse_mapping({"colour": "Colour"})


@pytest.mark.parametrize("content", ["Name,City\nAda,Turin\n", "\x00\x01"])
def test_a_file_without_addresses_says_what_it_wants(content):
    with pytest.raises(UsageError, match=r"people\.csv: no column with addresses"):
        read(content)


@pytest.mark.parametrize("content", ["", "\n\n"])
def test_an_empty_file_is_called_empty(content):
    with pytest.raises(UsageError, match=r"people\.csv: is empty"):
        read(content)


def test_every_bad_row_is_named_with_its_line_and_the_rest_goes_on():
    content = (
        "email,name\n"
        "ada@example.org,Ada\n"
        "nonsense,Bob\n"
        ",\n"
        "\n"
        "eve@example.org,Eve,more,cells\n"
        '"broken@example.org,Mallory\n'
        "zoe@example.org,Zoe\n"
        '"Bob ""The Man"" Smith" <bob@example.org>,Bob\n'
        "last@example.org,Last\n"
    )

    found = read(content)

    assert [(row.line, row.reason) for row in found if isinstance(row, Refused)] == [
        (3, "an address needs an @, as in name@example.org"),
        (4, "there is no address"),
        (6, "it has 4 cells, the first line has 2"),
        (7, "a quotation mark opens here and is not closed"),
        (9, "an address has no spaces"),
    ]
    assert [row.mailbox.address for row in found if isinstance(row, Row)] == [
        "ada@example.org",
        "zoe@example.org",
        "last@example.org",
    ]


def test_a_status_that_nobody_knows_is_refused_and_not_guessed():
    assert summary("email,status\nada@example.org,Snoozed\n") == [
        "its status, 'snoozed', is neither yes nor no"
    ]


def test_a_column_called_state_may_hold_the_state_of_new_york():
    assert summary("email,state\nada@example.org,NY\n") == [("ada@example.org", None)]


def test_an_opt_out_in_any_column_wins():
    content = (
        "email,status,subscribed_to_emails\n"
        "ada@example.org,free,false\n"
        "eve@example.org,paid,true\n"
    )

    assert summary(content) == [
        ("ada@example.org", R.UNSUBSCRIBED),
        ("eve@example.org", None),
    ]


def test_a_list_of_opt_outs_needs_no_clear_status():
    content = "email,status\nada@example.org,archived\neve@example.org,cleaned\n"

    assert summary(content, opt_out=R.UNSUBSCRIBED) == [
        ("ada@example.org", R.UNSUBSCRIBED),
        ("eve@example.org", R.BOUNCED),
    ]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2024-01-02 03:04:05", datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2024-01-02", datetime(2024, 1, 2, tzinfo=UTC)),
        ("01/02/2024 15:04:05", datetime(2024, 1, 2, 15, 4, 5, tzinfo=UTC)),
        ("01/02/2024 3:04 PM", datetime(2024, 1, 2, 15, 4, tzinfo=UTC)),
        ("last spring", None),
        ("", None),
    ],
)
def test_a_date_is_kept_when_it_can_be_read(written, expected):
    [ada] = read(f"email,optin_time\nada@example.org,{written}\n")

    assert ada.opted_in_at == expected


def test_an_ip_address_that_is_none_is_left_out():
    [ada] = read("email,optin_ip\nada@example.org,somewhere\n")

    assert ada.ip == ""


def test_a_line_without_end_is_refused_and_the_next_one_read():
    content = b"email\n" + b"x" * 3_000_000 + b"\nada@example.org\n"

    found = read(content)

    assert found[0] == Refused("people.csv", 2, lines.TOO_LONG)
    assert found[1].mailbox.address == "ada@example.org"


def test_a_quote_that_never_closes_swallows_nobody():
    content = 'email,name\n"ada@example.org,Ada\n' + "eve@example.org,Eve\n" * 5000

    found = read(content)

    assert found[0].reason == lines.NEVER_CLOSED
    assert len(found) == 5001


def test_a_quote_may_be_left_open_on_the_last_line():
    found = read('email,name\neve@example.org,Eve\nada@example.org,"Ada')

    assert found[1] == Refused("people.csv", 3, lines.NEVER_CLOSED)


def test_a_quote_that_closes_wrongly_costs_its_own_record():
    content = 'email,name\nada@example.org,"Ada\nthe "first" one\neve@example.org,Eve\n'

    found = read(content)

    assert found[0] == Refused("people.csv", 2, lines.NEVER_CLOSED)
    assert found[-1].mailbox.address == "eve@example.org"


def test_a_record_that_cannot_be_read_at_all_is_refused():
    usual = csv.field_size_limit(20)
    try:
        found = read('email,name\nada@example.org,"A" d' + "x" * 30 + "\n")
    finally:
        csv.field_size_limit(usual)

    assert [row.reason for row in found] == ["its quotation marks do not match"]


class Endless(io.RawIOBase):
    """A big file that nobody has to store."""

    def __init__(self, size):
        self._left = size

    def readable(self):
        return True

    def readinto(self, buffer):
        line = b"reader@example.org,Somebody With A Name,2024-01-02\n"
        count = min(len(buffer), self._left)
        repeated = line * (count // len(line) + 1)
        buffer[:count] = repeated[:count]
        self._left -= count
        return count


def test_a_big_file_is_never_in_memory():
    stream = io.BufferedReader(Endless(20_000_000))
    tracemalloc.start()

    for _ in lines.records(lines.lines(stream), ","):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 2_000_000


@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_rows_and_refusals_or_one_usage_error(content):
    for start in (b"", b"email,status,confirm_time\n"):
        try:
            found = read(start + content)
        except UsageError as error:
            assert str(error).startswith("people.csv: ")  # noqa: PT017 - either is fine
            continue
        assert all(isinstance(row, Row | Refused) for row in found)
        assert [row.line for row in found] == sorted({row.line for row in found})


@given(
    st.lists(
        st.lists(st.text('a,;"\n\r x', max_size=6), min_size=2, max_size=2), max_size=5
    )
)
def test_what_a_csv_writer_writes_is_read_back(names):
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(["email", "first name", "last name"])
    for one, other in names:
        writer.writerow(["ada@example.org", one, other])

    found = read(written.getvalue())

    assert len(found) == len(names)
    assert all(isinstance(row, Row) for row in found)
