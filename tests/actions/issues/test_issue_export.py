import csv

import pytest

from dispatch.actions.issues import correcting, issue_export, steering
from dispatch.errors import UsageError
from support import issues as making, ledger, smtp
from support.audience import subscribed
from support.composing import DAILY, press

EVIL = "+sum@example.net"


@pytest.fixture
def issue(store, clock):
    made = making.ready(store, 2)
    store.write(lambda tx: subscribed(tx, EVIL) and None)
    making.plan(store, clock, DAILY)
    replies = ["550 5.1.1 =HYPERLINK nobody", "250 Ok"]
    with smtp.serving(
        say={"RCPT": replies, "DOT": "250 2.0.0 Ok: queued as 4XyZ9k0fTqz1"}
    ) as server:
        making.send(store, clock, server)
    return steering.find_issue(store, made.id)


def exported(store, issue, folder):
    file = folder / "deliveries.csv"
    report = issue_export.export(store, issue, file)
    with file.open(newline="", encoding="utf-8") as opened:
        rows = list(csv.DictReader(opened))
    assert report.rows == {str(file): len(rows)}
    return rows


def test_every_recipient_is_a_row_with_the_servers_words(store, issue, tmp_path):
    rows = exported(store, issue, tmp_path)

    assert [(row["State"], row["Code"], row["Queue id"]) for row in rows] == [
        ("rejected", "550", ""),
        ("accepted", "250", "4XyZ9k0fTqz1"),
        ("accepted", "250", "4XyZ9k0fTqz1"),
    ]
    assert all(row["Settled at"] > row["Planned at"][:10] for row in rows)
    books = ledger.books(store, issue.id)
    assert len(rows) == books.planned


def test_no_cell_is_a_formula(store, issue, tmp_path):
    rows = exported(store, issue, tmp_path)

    assert rows[2]["Recipient"] == f"'{EVIL}"
    starts = {cell[:1] for row in rows for cell in row.values()}
    assert not starts & set("=+-@\t\r")


def test_corrections_are_in_it(store, clock, issue, tmp_path):
    erratum = correcting.prepare(
        store, press(), [DAILY], issue, to="accepted", note="No.", clock=clock
    )
    correcting.queue(store, erratum)

    rows = exported(store, issue, tmp_path)

    assert [row["Mail"] for row in rows] == ["issue"] * 3 + ["correction"] * 2


def test_a_large_issue_goes_page_by_page(store, clock, tmp_path, monkeypatch):
    monkeypatch.setattr("dispatch.store.fates.PAGE", 3)
    made = making.ready(store, 10)
    making.plan(store, clock, DAILY)

    rows = exported(store, steering.find_issue(store, made.id), tmp_path)

    assert len({row["Delivery"] for row in rows}) == 10


def test_a_folder_that_is_not_there_is_wrong_usage(store, issue, tmp_path):
    with pytest.raises(UsageError, match="cannot be written"):
        issue_export.export(store, issue, tmp_path / "no" / "x.csv")
