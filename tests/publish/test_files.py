"""Real files, real signals, real limits."""

import errno
import gzip
import os
import resource
import signal
import stat
import subprocess
import sys
import textwrap
import threading
from contextlib import contextmanager
from pathlib import Path

import brotli
import pytest

from dispatch.errors import PublishError
from dispatch.publish import files

OLD = b"<rss>old</rss>" * 5000
NEW = b"<rss>new</rss>" * 6000


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "site" / "feeds"


def put(folder, data, name="all.rss"):
    with files.hold(folder) as held:
        return held.put(name, data)


def names(folder, ending=""):
    return sorted(f.name for f in folder.iterdir() if f.name.endswith(ending))


def test_a_file_is_written_and_its_folder_made(folder):
    assert put(folder, OLD)

    assert (folder / "all.rss").read_bytes() == OLD
    assert names(folder) == ["all.rss", "all.rss.br", "all.rss.gz"]


def test_a_published_file_may_be_read_by_a_web_server(folder):
    before = os.umask(0o022)
    try:
        put(folder, OLD)
    finally:
        os.umask(before)

    assert stat.S_IMODE((folder / "all.rss").stat().st_mode) == 0o644


def test_a_file_that_would_not_change_is_not_touched(folder):
    put(folder, OLD)
    before = (folder / "all.rss").stat()

    assert not put(folder, OLD)

    after = (folder / "all.rss").stat()
    assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)


def test_packed_forms_lie_beside_a_file_and_bear_its_time(folder):
    put(folder, OLD)
    put(folder, NEW)

    assert gzip.decompress((folder / "all.rss.gz").read_bytes()) == NEW
    assert brotli.decompress((folder / "all.rss.br").read_bytes()) == NEW
    assert len({(folder / name).stat().st_mtime_ns for name in names(folder)}) == 1


def test_packed_forms_are_left_alone_with_their_file(folder):
    put(folder, OLD)
    before = {name: (folder / name).stat().st_ino for name in names(folder)}

    put(folder, OLD)

    assert {name: (folder / name).stat().st_ino for name in names(folder)} == before


def test_a_packed_form_of_another_edition_is_made_anew(folder):
    put(folder, OLD)
    (folder / "all.rss.gz").write_bytes(b"stale")
    (folder / "all.rss.br").unlink()

    assert not put(folder, OLD)

    assert gzip.decompress((folder / "all.rss.gz").read_bytes()) == OLD
    assert brotli.decompress((folder / "all.rss.br").read_bytes()) == OLD


def test_a_packed_form_that_cannot_be_written_costs_nothing_else(folder):
    put(folder, OLD)
    (folder / "all.rss.gz").unlink()
    (folder / "all.rss.gz").mkdir()

    assert put(folder, NEW)

    assert (folder / "all.rss").read_bytes() == NEW
    assert brotli.decompress((folder / "all.rss.br").read_bytes()) == NEW


def test_a_changed_file_is_replaced_whole(folder):
    put(folder, OLD)
    with (folder / "all.rss").open("rb") as reader:
        assert put(folder, NEW)

        assert reader.read() == OLD  # who had begun to read reads on
    assert (folder / "all.rss").read_bytes() == NEW


def test_two_editions_in_one_second_have_two_dates(folder):
    dates = []
    for number in range(3):
        put(folder, b"%d" % number)
        dates.append(int((folder / "all.rss").stat().st_mtime))

    assert dates[0] < dates[1] < dates[2]


@pytest.mark.parametrize(
    "name",
    [
        "../all.rss",
        "/etc/all.rss",
        "a/b.rss",
        "all.txt",
        ".rss",
        "All.rss",
        "",
        "a\n.rss",
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(folder, name):
    with pytest.raises(PublishError, match="not a name"):
        put(folder, OLD, name)


def test_a_link_planted_at_the_temporary_name_is_not_followed(folder, tmp_path):
    victim = tmp_path / "victim"
    victim.write_bytes(b"mine")
    folder.mkdir(parents=True)
    (folder / ".all.rss.part").symlink_to(victim)

    put(folder, OLD)

    assert victim.read_bytes() == b"mine"
    assert not (folder / "all.rss").is_symlink()


def test_what_is_not_ours_in_the_folder_stays(folder):
    folder.mkdir(parents=True)
    for name in ("README.md", ".htaccess", "notes.part"):
        (folder / name).write_text("keep")

    put(folder, OLD)

    assert {"README.md", ".htaccess", "notes.part"} <= {
        f.name for f in folder.iterdir()
    }


@contextmanager
def no_rights():
    """Become nobody, where we are root: root may write anywhere."""
    if os.geteuid() == 0:
        os.seteuid(65534)
        try:
            yield
        finally:
            os.seteuid(0)
    else:
        yield


def test_a_folder_without_permission_is_said_so(folder):
    folder.mkdir(parents=True)
    folder.chmod(0o500)

    with no_rights(), pytest.raises(PublishError, match="no permission"):
        put(folder, OLD)


def test_a_folder_that_is_a_file_is_said_so(tmp_path):
    (tmp_path / "feeds").write_text("")

    with pytest.raises(PublishError, match="is not a folder"):
        put(tmp_path / "feeds", OLD)
    with pytest.raises(PublishError, match="is not a folder"):
        put(tmp_path / "feeds" / "more", OLD)


def test_a_folder_that_cannot_be_tidied_is_said_so(folder):
    (folder / ".all.rss.part").mkdir(parents=True)

    with pytest.raises(PublishError, match="Is a directory"):
        put(folder, OLD)


def test_when_there_is_no_room_the_last_good_file_stays(folder):
    put(folder, OLD)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(NEW) // 2, limits[1]))
    try:
        with pytest.raises(PublishError, match="disk is full"):
            put(folder, NEW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert (folder / "all.rss").read_bytes() == OLD
    assert names(folder) == ["all.rss", "all.rss.br", "all.rss.gz"]


@pytest.mark.parametrize(
    ("code", "what"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EDQUOT, "disk is full"),
        (errno.EROFS, "no permission"),
        (errno.EIO, "cannot be written (Input/output error)"),
    ],
)
def test_a_refusal_is_a_sentence_with_its_place(code, what):
    said = files.sentence(Path("feeds/all.rss"), OSError(code, os.strerror(code)))

    assert said.startswith("feeds/all.rss: ")
    assert what in said


def test_two_publishers_take_turns(folder):
    entered = threading.Event()
    finished = []

    def second():
        entered.set()
        put(folder, NEW)
        finished.append("second")

    thread = threading.Thread(target=second)
    with files.hold(folder) as held:
        thread.start()
        entered.wait()
        held.put("all.rss", OLD)
        finished.append("first")
    thread.join()

    assert finished == ["first", "second"]
    assert (folder / "all.rss").read_bytes() == NEW


PUBLISHER = """
    import os, signal, sys
    from pathlib import Path
    from dispatch.publish import files

    def die(*_):
        os.kill(os.getpid(), signal.SIGKILL)

    def die_half_way(descriptor):
        os.ftruncate(descriptor, os.fstat(descriptor).st_size // 2)
        die()

    def die_after(call):
        def dying(*given, **named):
            call(*given, **named)
            die()
        return dying

    folder, point, new = Path(sys.argv[1]), sys.argv[2], sys.argv[3].encode() * 6000
    if point == "half written":
        os.fsync = die_half_way
    elif point == "before the rename":
        Path.replace = die
    elif point == "after the rename":
        Path.replace = die_after(Path.replace)
    with files.hold(folder) as held:
        held.put("all.rss", new)
"""


@pytest.mark.parametrize(
    ("point", "survivor"),
    [
        ("half written", OLD),
        ("before the rename", OLD),
        ("after the rename", NEW),
    ],
)
def test_kill_9_leaves_the_old_file_or_the_new_one(folder, point, survivor):
    put(folder, OLD)

    killed = subprocess.run(
        [
            sys.executable,
            "-c",
            textwrap.dedent(PUBLISHER),
            folder,
            point,
            "<rss>new</rss>",
        ],
        check=False,
    )

    assert killed.returncode == -signal.SIGKILL
    assert (folder / "all.rss").read_bytes() == survivor
    put(folder, OLD, "other.rss")
    assert names(folder, ".rss") == ["all.rss", "other.rss"]
    assert names(folder, ".part") == []
