"""Pictures inside a story's text, from the drop folder to every place that shows it."""

import re
from datetime import timedelta

import pytest

from dispatch.actions.feeds.publish import publish
from dispatch.compose import variant
from dispatch.model import MEDIA_HOST, Choice
from support import composing, pictures, web
from support.collecting import STORY, Desk

PICTURE = pictures.png(480, 320)
NOWHERE = MEDIA_HOST.encode().removeprefix(b"https://").rstrip(b"/")


@pytest.fixture
def story(app, clock, tmp_path):
    """The stored story of a file that shows two pictures of its folder."""
    desk = Desk(app.store, clock, tmp_path / "stories", None)
    for name, data in (("lead", pictures.png(400, 300)), ("inner", PICTURE)):
        file = desk.folder / "pics" / f"{name}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        desk.touch(file, age=3600)
    shown = "![Lead](pics/lead.png)\n\nIt opened.\n\n![Inner](pics/inner.png)\n"
    desk.put(desk.folder / "bridge.md", f"{STORY}\n{shown}")
    desk.visit(desk.newsroom)
    (one,) = (o for o in desk.stored() if o.content.headline.startswith("Harbour"))
    assert MEDIA_HOST in one.content.html
    return one


def test_a_picture_in_the_text_is_on_the_page_and_served(site, story):
    page = site.get(f"/archive/articles/{story.id}").text

    (source,) = re.findall(r'<img src="(/media/[^"]+)" alt="Inner"', page)
    answer = site.get(source)
    assert (answer.status, answer.body) == (200, PICTURE)
    assert answer.headers["Content-Type"] == "image/png"


def test_nothing_that_leaves_names_the_host_that_cannot_exist(app, site, story):
    publish(app.store, app.settings, clock=app.clock)
    own = app.settings.file.parent / "own" / "digest"
    own.mkdir(parents=True)
    (own / "body.html").write_text("<html><body>{{ lead.html }}</body></html>")
    web.add_entries(app.store, [story])
    issue = web.add_issue(app.store, 2, upto=1, subject="The bridge")

    made = [
        variant.make(
            composing.press(folders=folders),
            newsletter=composing.newsletter(),
            issue=composing.ISSUE,
            choice=Choice(),
            articles=[story],
            now=story.published_at + timedelta(hours=1),
        )
        for folders in ((composing.SHIPPED,), (own.parent, composing.SHIPPED))
    ]
    files = [one for one in app.settings.feeds.directory.iterdir() if one.is_file()]
    said = [one.read_bytes() for one in files if one.suffix not in {".gz", ".br"}]
    said += [
        site.get(p).body
        for p in ("/", f"/archive/{issue}", f"/archive/articles/{story.id}")
    ]
    said += [
        text.encode() for one in made for text in (one.variant.html, one.variant.text)
    ]

    assert b'src="https://news.courier.example/media/' in made[1].variant.html.encode()
    assert any(b"/media/" in one for one in said[: len(files)])
    assert not [one for one in said if NOWHERE in one]
