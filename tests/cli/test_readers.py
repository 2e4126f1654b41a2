import csv
import os

READERS = (
    "email,name\nada@readers.example,Ada\nnot an address,Bo\nfemi@readers.example,\n"
)


def subscribe(desk, *more):
    return desk.call(
        "subscriber", "add", "ada@readers.example", "--newsletter", "daily", *more
    )


def test_a_reader_is_added_shown_listed_and_unsubscribed(desk):
    assert "was asked to confirm" in subscribe(desk).out
    assert "pending" in desk.call("subscriber", "show", "Ada@Readers.example").out
    assert "ada@readers.example" in desk.call("subscriber", "list").out
    assert desk.call("subscriber", "list", "--state", "active").out == ""

    desk.call("subscriber", "unsubscribe", "ada@readers.example")

    assert "suppressed" in desk.call("subscriber", "show", "ada@readers.example").out


def test_a_reader_is_erased(desk):
    subscribe(desk, "--confirmed")

    assert "is forgotten" in desk.call("subscriber", "erase", "ada@readers.example").out
    assert "ada" not in desk.call("subscriber", "list").out


def test_there_is_nothing_to_reactivate(desk):
    said = desk.call("subscriber", "reactivate", "ada@readers.example", code=2)

    assert "neither suppressed nor suspended" in said.err


def test_wrong_addresses_newsletters_and_states_are_wrong_usage(desk):
    add = ("subscriber", "add", "ada", "--newsletter", "daily")
    assert "needs an @" in desk.call(*add, code=2).err
    desk.call("subscriber", "add", "a@b.example", "--newsletter", "dayly", code=2)
    desk.call("subscriber", "unsubscribe", "a@b.example", "--newsletter", "x", code=2)
    asleep = desk.call("subscriber", "list", "--state", "asleep", code=2).err
    assert "'--state': 'asleep' is not one of" in asleep
    none = desk.call("subscriber", "list", "--limit", "0", code=2).err
    assert "'--limit': it must be greater than or equal to 1." in none
    other = desk.call("subscriber", "list", "--newsletter", "dayly", code=2).err
    assert other == "There is no newsletter 'dayly'. In the config: daily.\n"


def test_a_misspelt_newsletter_empties_no_file(desk):
    file = desk.folder / "out.csv"
    file.write_text("precious")

    desk.call("export", str(file), "--newsletter", "dayly", code=2)

    assert file.read_text() == "precious"


def test_a_list_is_imported_after_a_dry_run(desk):
    file = desk.folder / "readers.csv"
    file.write_text(READERS)
    words = ("import", str(file), "--newsletter", "daily", "--confirmed")

    dry = desk.call(*words, "--dry-run").out
    assert "Nothing was changed" in dry
    assert "line 3" in dry
    assert desk.call("status", "--json").json["subscriptions"]["active"] == 0

    said = desk.call(*words)
    assert "2 new; 1 refused" in said.out
    assert said.err == ""
    assert desk.call("status", "--json").json["subscriptions"]["active"] == 2
    assert desk.call(*words, "--json").json["already"] == 2


def test_a_file_with_a_name_in_another_encoding_is_imported(desk):
    file = desk.folder / os.fsdecode(b"L\xf6hr.csv")
    file.write_text(READERS)

    said = desk.call("import", str(file), "--newsletter", "daily", "--confirmed")

    assert "L�hr.csv, daily: 2 new" in said.out


def test_an_empty_file_is_called_empty(desk):
    file = desk.folder / "readers.csv"
    file.write_text("\n\n")

    said = desk.call("import", str(file), "--newsletter", "daily", "--ask", code=2)

    assert said.err == "readers.csv: is empty. Export the list once more.\n"


def test_columns_can_be_named(desk):
    file = desk.folder / "readers.csv"
    file.write_text("Wohin\nada@readers.example\n")
    words = ("import", str(file), "--newsletter", "daily", "--ask")

    assert "1 asked to confirm" in desk.call(*words, "--map", 'email="Wohin"').out
    assert "--map" in desk.call(*words, "--map", "email", code=2).err


def test_how_they_agreed_must_be_said(desk):
    file = desk.folder / "readers.csv"
    file.write_text(READERS)
    words = ("import", str(file), "--newsletter", "daily")

    assert "Say how they agreed" in desk.call(*words, code=2).err
    assert "Say how" in desk.call(*words, "--ask", "--confirmed", code=2).err
    assert "opted out, recorded" in desk.call(*words, "--as", "unsubscribed").out


def test_readers_are_exported(desk):
    subscribe(desk, "--confirmed")
    file = desk.folder / "out.csv"

    desk.call("export", str(file), "--newsletter", "daily")

    with file.open(newline="") as opened:
        assert (
            next(iter(csv.DictReader(opened)))["Email Address"] == "ada@readers.example"
        )


def test_everything_is_exported_to_a_folder(desk):
    folder = desk.folder / "backup"

    desk.call("export", str(folder), "--all")

    assert (folder / "subscribers.csv").is_file()
    desk.call("export", str(folder), "--all", "--newsletter", "daily", code=2)
