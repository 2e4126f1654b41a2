import socket
import sqlite3
import time

import pytest

from dispatch.errors import StoreError
from dispatch.store import inspection


def test_a_database_that_is_in_order_has_a_revision(database_url):
    assert inspection.inspect(database_url) != ""


def test_a_file_that_is_not_there_stays_so(tmp_path):
    file = tmp_path / "none.db"

    assert inspection.inspect(f"sqlite:///{file}") == ""
    assert not file.exists()


def test_looking_leaves_nothing_behind(tmp_path, sqlite_template):
    file = tmp_path / "dispatch.db"
    file.write_bytes(sqlite_template.read_bytes())

    inspection.inspect(f"sqlite:///{file}")

    assert [one.name for one in tmp_path.iterdir()] == ["dispatch.db"]


def test_a_database_that_is_in_use_can_be_looked_at(store, database_url):
    assert inspection.inspect(database_url) != ""


def test_a_path_with_odd_characters_is_found(tmp_path, sqlite_template):
    file = tmp_path / "a b%20#c.db"
    file.write_bytes(sqlite_template.read_bytes())

    assert inspection.inspect(f"sqlite:///{file}") != ""


def test_a_file_that_is_no_database_is_told(tmp_path):
    file = tmp_path / "dispatch.db"
    file.write_text("no database at all " * 20)

    with pytest.raises(StoreError, match="file is not a database"):
        inspection.inspect(f"sqlite:///{file}")


def test_a_newer_schema_is_told(tmp_path, sqlite_url):
    database = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.commit()
    database.close()

    with pytest.raises(StoreError, match="newer than this program"):
        inspection.inspect(sqlite_url)


def test_a_server_that_does_not_answer_is_told_without_a_password():
    with pytest.raises(StoreError, match="cannot be opened") as caught:
        inspection.inspect("postgresql://u:hunter2@127.0.0.1:1/d")

    assert "hunter2" not in str(caught.value)


def test_a_server_that_is_silent_is_not_waited_for_longer_than_patience(monkeypatch):
    monkeypatch.setattr(inspection, "PATIENCE", 2)  # the least that libpq takes
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        started = time.monotonic()

        with pytest.raises(StoreError, match="cannot be opened"):
            inspection.inspect(f"postgresql://u@127.0.0.1:{port}/d")

    assert time.monotonic() - started < 20
