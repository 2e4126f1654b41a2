"""kill -9 in mid-publish: readers find whole documents, the next one finishes."""

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import feedparser
import pytest

from dispatch.actions.feeds.publish import publish
from dispatch.store import articles, open_store
from support.publisher import settings_for
from support.publishing import article

ROOT = Path(__file__).parents[2]


def stock(url, clock, numbers):
    """A story of every tenth day of 2025 for each number."""
    with open_store(url, clock=clock) as store:
        for number in numbers:
            moment = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=10 * number)
            story = article(
                number, published_at=moment, updated_at=moment, first_seen_at=moment
            )
            store.write(lambda tx, story=story: articles.add(tx, story))


def killed(url, folder, where, number):
    run = subprocess.run(
        [sys.executable, "-m", "support.publisher", url, folder, where, str(number)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT / "tests",)))},
        check=False,
        timeout=60,
    )
    return run.returncode == -signal.SIGKILL


def documents(folder):
    """Every document that a reader could fetch, read as a reader does."""
    found = {}
    for file in sorted(Path(folder).rglob("*")):
        if file.suffix in {".rss", ".atom"}:
            assert not feedparser.parse(file.read_bytes()).bozo, file
        elif file.suffix == ".json":
            json.loads(file.read_bytes())
        else:
            continue
        found[str(file.relative_to(folder))] = file.read_bytes()
    return found


@pytest.mark.parametrize(
    ("where", "number"),
    [("write", 1), ("write", 8), ("rename", 2), ("rename", 20), ("close", 4)],
)
def test_a_killed_publisher_leaves_whole_documents_and_the_next_one_finishes(
    tmp_path, sqlite_template, clock, where, number
):
    database = tmp_path / "dispatch.db"
    database.write_bytes(sqlite_template.read_bytes())
    url, folder = f"sqlite:///{database}", str(tmp_path / "feeds")
    stock(url, clock, range(1, 30))

    assert killed(url, folder, where, number)
    half = documents(folder)

    clock.moment = datetime(2026, 6, 1, tzinfo=UTC)
    with open_store(url, clock=clock) as store:
        assert publish(store, settings_for(folder), clock=clock).ok
    whole = documents(folder)
    assert half.items() <= whole.items()
    assert len(whole) == 3 * (1 + 8)
    assert not [*Path(folder).rglob(".*")]
