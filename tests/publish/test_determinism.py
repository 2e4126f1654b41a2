"""Two processes far apart in place and habit write the same bytes."""

import locale
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from dispatch.model import FeedFormat
from dispatch.publish import documents
from support.publishing import article, full_story, make_channel

WRITER = """
import hashlib, locale, sys, time
import time_machine
from support.publishing import article, full_story, make_channel
from dispatch.publish import documents

locale.setlocale(locale.LC_ALL, "")
stories = [full_story(), *(article(number) for number in range(1, 9))]
if sys.argv[1] == "backwards":
    stories.reverse()
with time_machine.travel(sys.argv[2]):
    made = documents.make(make_channel(*stories))
for form, data in sorted(made.files.items()):
    print(form, hashlib.sha256(data).hexdigest())
"""


def written(order, moment, **environment):
    root = Path(__file__).parents[2]
    paths = os.pathsep.join([str(root / "src"), str(root / "tests")])
    run = subprocess.run(
        [sys.executable, "-c", WRITER, order, moment],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": paths, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout


def test_zone_locale_hash_seed_clock_and_order_change_no_byte():
    here = written(
        "forwards",
        "2026-03-04T05:06:07Z",
        TZ="America/New_York",
        LC_ALL="C",
        PYTHONHASHSEED="1",
    )
    there = written(
        "backwards",
        "2031-12-31T23:59:59Z",
        TZ="Asia/Kolkata",
        LC_ALL="C.UTF-8",
        PYTHONHASHSEED="2",
    )

    assert here.count("\n") == len(FeedFormat)
    assert here == there


def test_feeds_made_in_several_threads_at_once_are_the_same():
    before = locale.setlocale(locale.LC_ALL)
    made = make_channel(full_story(), *(article(number) for number in range(1, 9)))

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(documents.make, [made] * 16))

    assert all(result.files == results[0].files for result in results)
    assert locale.setlocale(locale.LC_ALL) == before
