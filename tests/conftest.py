"""Fixtures that every test may ask for: a clock, a store on both databases, a browser.

Tests that need PostgreSQL, Chromium, Perl's mail modules … are skipped with a reason
where there is none; DISPATCH_TEST_REQUIRE=postgres,browser,perl makes it a failure.
"""

import os
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings as hypothesis_settings

from dispatch.store import open_store
from support import databases, perl_mail

hypothesis_settings.register_profile(
    "dispatch",
    deadline=None,  # two shared cores make slow single examples
    # The gate draws the same examples each time: when it is red, a change made it so.
    # Anybody's own run draws others.
    derandomize="CI" in os.environ,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow],
)
hypothesis_settings.load_profile("dispatch")

# Of which each writes something of its own: i without a dot, other digits, months and
# decimal commas.
LOCALES = ("tr_TR.UTF-8", "ar_EG.UTF-8", "de_DE.ISO-8859-1")

MONDAY = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class FakeClock:
    """A clock that stands still until it is told otherwise."""

    def __init__(self, moment=MONDAY):
        self.moment = moment

    def now(self):
        return self.moment

    def advance(self, **parts):
        self.moment += timedelta(**parts)


def unavailable(what, reason):
    """Skip a test, or fail it where `what` was declared to be required."""
    if what in os.environ.get("DISPATCH_TEST_REQUIRE", "").split(","):
        pytest.fail(f"{what} is required here, but {reason}")
    pytest.skip(f"needs {what}: {reason}")


@pytest.fixture(scope="session")
def perl():
    """Mail as programs in Perl read it."""
    if what := perl_mail.missing():
        unavailable("perl", what)
    return perl_mail


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory):
    """A migrated, empty database file, copied for each test."""
    file = tmp_path_factory.mktemp("template") / "empty.db"
    open_store(f"sqlite:///{file}", clock=FakeClock()).close()
    return file


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory):
    """A private PostgreSQL server on a socket of its own, for the whole run."""
    server = databases.find_postgres()
    if server is None:
        unavailable("postgres", "no PostgreSQL server is installed")
    with databases.running(server, tmp_path_factory.mktemp("pg")) as url:
        yield url


@pytest.fixture
def sqlite_url(sqlite_template, tmp_path):
    file = tmp_path / "dispatch.db"
    shutil.copyfile(sqlite_template, file)
    return f"sqlite:///{file}"


@pytest.fixture
def postgres_url(postgres_server):
    with databases.fresh_database(postgres_server) as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request):
    """The address of an empty, migrated database: each test runs on both."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
def store(database_url, clock):
    """An open store on SQLite and on PostgreSQL."""
    with open_store(database_url, clock=clock) as opened:
        yield opened


@pytest.fixture
def sqlite_store(sqlite_url, clock):
    """An open store on SQLite, for tests that are not about the store."""
    with open_store(sqlite_url, clock=clock) as opened:
        yield opened


@pytest.fixture(scope="session")
def newsroom_corpus():
    """The real newsroom files beside the checkout; never copied into it."""
    folder = Path(__file__).parents[2] / "shared" / "corpus" / "newsroom"
    if not folder.is_dir():
        unavailable("corpus", "../shared/corpus/newsroom is not here")
    return folder


@pytest.fixture(scope="session")
def locales(tmp_path_factory):
    """Make locales of other countries; return the folder that LOCPATH is to name."""
    folder = tmp_path_factory.mktemp("locales")
    for name in LOCALES:
        language, _, charset = name.partition(".")
        command = ["localedef", "-i", language, "-f", charset, str(folder / name)]
        try:
            subprocess.run(command, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as error:
            unavailable("locales", f"they cannot be made: {error}")
    return folder


@pytest.fixture(scope="session")
def tidy():
    """The path of an HTML validator."""
    path = shutil.which("tidy")
    if path is None:
        unavailable("tidy", "tidy is not installed")
    return path


@pytest.fixture(scope="session")
def chromium():
    """The path of the system's Chromium."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        unavailable("browser", "Chromium is not installed")
    return path
