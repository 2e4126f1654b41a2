"""Two processes far apart in place and habit write the same bytes."""

import locale
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from conftest import LOCALES
from dispatch.model import FeedFormat
from dispatch.publish import documents
from support.publishing import article, full_story, make_channel

WRITER = r"""
import hashlib, locale, sys, time
import time_machine
from support.publishing import FEED, LINKS, SITE
from support.publishing import article, full_story, make_channel, words
from dispatch.publish import documents, opml

locale.setlocale(locale.LC_ALL, "")
print("months:", ascii(time.strftime("%B", (2026, 3, 1, 0, 0, 0, 6, 60, 0))))
stories = [full_story(), *(article(number) for number in range(1, 9))]
stories.append(article(10, content=words(headline="I \u0130 i \u0131 \xdf 1,5 \u0663")))
if sys.argv[1] == "backwards":
    stories.reverse()
with time_machine.travel(sys.argv[2]):
    made = documents.make(make_channel(*stories))
for form, data in sorted(made.files.items()):
    print(form, hashlib.sha256(data).hexdigest())
listed = opml.write([FEED], site=SITE, links=LINKS)
print("opml", hashlib.sha256(listed).hexdigest())
"""


def written(order, moment, **environment):
    """Return the digests of what a process writes, and what it calls March."""
    root = Path(__file__).parents[2]
    paths = os.pathsep.join([str(root / "src"), str(root / "tests")])
    run = subprocess.run(
        [sys.executable, "-c", WRITER, order, moment],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": paths, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    months, _, digests = run.stdout.partition("\n")
    assert digests.count("\n") == len(FeedFormat) + 1
    return digests, months.removeprefix("months: ").strip("'")


def test_zone_locale_hash_seed_clock_and_order_change_no_byte():
    here, _ = written(
        "forwards",
        "2026-03-04T05:06:07Z",
        TZ="America/New_York",
        LC_ALL="C",
        PYTHONHASHSEED="1",
    )
    there, _ = written(
        "backwards",
        "2031-12-31T23:59:59Z",
        TZ="Asia/Kolkata",
        LC_ALL="C.UTF-8",
        PYTHONHASHSEED="2",
    )

    assert here == there


@pytest.fixture(scope="module")
def at_home():
    digests, march = written("forwards", "2026-03-04T05:06:07Z", TZ="UTC", LC_ALL="C")
    assert march == "March"
    return digests


@pytest.mark.parametrize("name", LOCALES)
def test_the_habits_of_no_country_change_a_byte(locales, at_home, name):
    abroad, march = written(
        "backwards",
        "2031-12-31T23:59:59Z",
        TZ="Europe/Istanbul",
        LOCPATH=str(locales),
        LC_ALL=name,
    )

    assert march != "March", "the locale is not in use"
    assert abroad == at_home


def test_feeds_made_in_several_threads_at_once_are_the_same():
    before = locale.setlocale(locale.LC_ALL)
    made = make_channel(full_story(), *(article(number) for number in range(1, 9)))

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(documents.make, [made] * 16))

    assert all(result.files == results[0].files for result in results)
    assert locale.setlocale(locale.LC_ALL) == before
