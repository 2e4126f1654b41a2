import csv
import json
import stat

import pytest

from dispatch.actions.audience import exporting, importing
from dispatch.errors import UsageError
from dispatch.model import Cadence, Consent, MailFormat, SuppressionReason
from dispatch.store import erasure, schema, subscribers, suppressions
from support.audience import DAILY, NOW, TOKENS, hash_of, person, subscribed
from support.outbox import press

R = SuppressionReason
EVERYBODY = (schema.subscription_event, schema.subscription, schema.subscriber)


@pytest.fixture
def people(store):
    def unit(tx):
        consent = Consent("form", "=HYPERLINK(1)", "192.0.2.1", NOW)
        person(tx, "+ada@example.org", name="=cmd|' /C calc'!A0")
        subscribed(tx, "+ada@example.org", consent=consent, topics=["arts", "news"])
        subscribed(tx, "+ada@example.org", "weekly")
        subscribed(tx, "eve@example.org", state="pending")
        subscribed(tx, "bob@example.org")
        suppressions.add(tx, hash_of("bob@example.org"), R.COMPLAINT, now=NOW)
        gone = person(tx, "gone@example.org")
        subscribed(tx, "gone@example.org", state="unsubscribed")
        erasure.erase(tx, gone, now=NOW)

    store.write(unit)
    return store


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_csv_has_a_row_for_every_subscription_and_no_erased_person(people, tmp_path):
    path = tmp_path / "out.csv"

    report = exporting.export_csv(people, path, newsletter="daily")

    rows = read(path)
    assert report.ok
    assert report.to_json() == {"files": {str(path): 3}}
    assert report.lines() == [f"{path}: 3 rows."]
    assert [(row["Email Address"], row["Status"]) for row in rows] == [
        ("'+ada@example.org", "active"),
        ("eve@example.org", "pending"),
        ("bob@example.org", "active"),
    ]
    assert rows[0]["Topics"] == "arts, news"
    assert rows[0]["Subscribed at"] == "2026-03-02T12:00:00+00:00"
    assert rows[2]["Suppressed"] == "complaint"


def test_what_readers_chose_comes_back_with_an_import(store, clock, tmp_path):
    chosen = {
        "topics": ["arts", "news"],
        "format": MailFormat.TEXT,
        "cadence": Cadence.WEEKLY,
        "languages": ["en", "fr"],
    }
    store.write(lambda tx: subscribed(tx, "weekly@example.org", **chosen))
    store.write(lambda tx: subscribed(tx, "each@example.org"))
    path = tmp_path / "out.csv"
    exporting.export_csv(store, path)
    store.write(lambda tx: [tx.execute(table.delete()) for table in EVERYBODY] and None)

    importing.import_file(
        store, press(), TOKENS, DAILY, path, confirmed=True, clock=clock
    )

    with store.read() as tx:
        back = subscribers.listing(tx)
    found = [one.subscription for one in back]
    assert [one.cadence for one in found] == [Cadence.WEEKLY, Cadence.EACH]
    assert (found[0].topics, found[0].languages) == (("arts", "news"), ("en", "fr"))
    assert [one.format for one in found] == [MailFormat.TEXT, MailFormat.HTML]


def test_no_cell_can_start_a_formula(people, tmp_path):
    path = tmp_path / "out.csv"

    exporting.export_csv(people, path)

    cells = [cell for row in read(path) for cell in row.values()]
    assert not [cell for cell in cells if cell.startswith(exporting.FORMULA)]
    assert "'=HYPERLINK(1)" in cells


def test_a_file_can_be_read_by_its_owner_alone(people, tmp_path):
    path = tmp_path / "out.csv"
    path.write_text("what was there")
    path.chmod(0o644)

    exporting.export_csv(people, path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.glob(".*")) == []


def test_a_file_that_cannot_be_written_is_named(people, tmp_path):
    with pytest.raises(UsageError, match=r"out\.csv: cannot be written"):
        exporting.export_csv(people, tmp_path / "nowhere" / "out.csv")


def test_an_export_that_fails_halfway_leaves_the_old_file(
    people, tmp_path, monkeypatch
):
    path = tmp_path / "out.csv"
    path.write_text("what was there")

    def full(*_args, **_values):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exporting.csv, "writer", full)
    with pytest.raises(UsageError, match=r"out\.csv: cannot be written: No space"):
        exporting.export_csv(people, path)

    assert [file.name for file in tmp_path.iterdir() if "db" not in file.name] == [
        "out.csv"
    ]
    assert path.read_text() == "what was there"


def test_what_was_exported_can_be_imported(people, tmp_path, clock):
    path = tmp_path / "out.csv"
    exporting.export_csv(people, path, newsletter="daily")
    moved = type(DAILY)(name="moved", sender=DAILY.sender, schedule="0 7 * * *")

    report = importing.import_file(
        people, press(), TOKENS, moved, path, confirmed=True, clock=clock
    )

    told = {str(fate): count for fate, count in report.counts.items() if count}
    assert told == {"new": 1, "known_opt_out": 1, "refused": 1}
    assert report.refused[0].what == "they never confirmed that they want mail"
    with people.read() as tx:
        found = subscribers.standing_of(tx, "+ada@example.org", "moved")
    assert found.subscriber.name == "=cmd|' /C calc'!A0"
    assert found.subscription.consent.ip == "192.0.2.1"


def test_everything_goes_into_a_folder(people, tmp_path):
    folder = tmp_path / "deep" / "all"

    report = exporting.export_all(people, folder)

    names = {
        *("subscribers.csv", "subscribers.jsonl", "subscriptions.jsonl"),
        *("events.jsonl", "suppressions.jsonl", "articles.jsonl", "issues.jsonl"),
    }
    assert {path.name for path in folder.iterdir()} == names
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert report.rows[str(folder / "subscribers.jsonl")] == 4
    [bob] = map(json.loads, (folder / "suppressions.jsonl").read_text().splitlines())
    assert bob["mailbox_hash"] == hash_of("bob@example.org")
    assert bob["at"] == "2026-03-02T12:00:00+00:00"
    assert "gone@example.org" not in "".join(
        path.read_text() for path in folder.iterdir()
    )


def test_a_folder_that_is_a_file_is_named(people, tmp_path):
    place = tmp_path / "file"
    place.write_text("")

    with pytest.raises(UsageError, match="file: cannot be made"):
        exporting.export_all(people, place)
