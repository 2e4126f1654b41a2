"""Odd documents, one oddity each, and what each gives.

The files in tests/data/feeds are named for their oddity. What comes out is kept in
the snapshot; `pytest --snapshot-update` writes it anew, and the diff is to be read.
"""

from pathlib import Path

import pytest

from dispatch.errors import SourceError
from support.wire import read

CORPUS = sorted((Path(__file__).parents[1] / "data/feeds").iterdir())


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.name)
def test_an_odd_document_gives_what_it_always_gave(file, snapshot):
    assert "\n".join(_told(file.read_bytes())) == snapshot(name=file.name)


def _told(body):
    try:
        harvest = read(body)
    except SourceError as error:
        yield f"refused: {error}"
        return
    for one in harvest.found:
        yield from _story(one)
    for problem in harvest.problems:
        yield f"problem: {problem.what}"
    if harvest.remark:
        yield f"remark: {harvest.remark}"
    if harvest.outlook.ttl or harvest.outlook.hub:
        yield f"outlook: {harvest.outlook}"


def _story(one):
    content = one.content
    shown = {
        "url": content.url,
        "by": ", ".join(content.bylines),
        "tags": ", ".join(content.tags),
        "lang": content.language,
        "published": one.published_at and one.published_at.isoformat(),
        "updated": one.updated_at and one.updated_at.isoformat(),
        "embargo": one.embargo_until and one.embargo_until.isoformat(),
        "summary": content.summary,
        "html": content.html,
        "image": content.image and (content.image.url, content.image.credit),
        "media": [media.url for media in content.enclosures],
    }
    yield f"{content.headline} [{one.locator}]"
    yield from (f"    {name}: {value}" for name, value in shown.items() if value)
