"""Reading WordPress: its REST API over a real server, visit after visit."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings, strategies as st

from dispatch.collect import wordpress, wordpress_post
from dispatch.collect.backlog import Place
from dispatch.collect.wordpress_api import Site as Known
from dispatch.collect.wordpress_memory import Memory
from dispatch.errors import SourceError
from dispatch.model import Errand, Response, SourceSettings
from dispatch.text import plain
from support.collecting import long_text
from support.http_server import Reply, Server
from support.reading import Readings
from support.wordpress import Site

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def site(clock):
    with Server() as server:
        yield Site(server, clock).install()


@pytest.fixture
def courier(site, clock):
    return Readings(clock, "wordpress", site.url)


def test_a_bulk_edit_of_many_within_one_second_is_read_to_its_end(courier, site):
    site.most = 10
    site.publish(1)
    courier.visit()
    courier.wait(days=1)
    for number in range(2, 52):
        site.publish(number, f"Story {number}")
    courier.visit()

    assert len(courier.found) == 51


def test_a_visit_takes_so_many_pages_and_the_next_goes_on(courier, site):
    site.most = 1
    site.publish(1)
    courier.visit()
    courier.wait(days=1)
    for number in range(2, 32):
        site.publish(number, f"Story {number}")
    cut = courier.visit()
    begun = len(courier.found)
    for _ in range(3):
        courier.visit()

    assert "the next visit goes on" in cut.remark
    assert 1 < begun < 31
    assert len(courier.found) == 31


def test_a_visit_that_breaks_in_the_middle_keeps_what_it_got(courier, site):
    site.most = 5
    site.publish(1)
    courier.visit()
    for number in range(2, 22):
        courier.wait(hours=3)
        site.publish(number, f"Story {number}")
    asked = iter(range(3))
    site.after_ask = lambda: (
        next(asked, None) is None and vars(site).update(blocked=500)
    )
    broken = courier.visit()
    some = len(courier.found)
    site.after_ask, site.blocked = None, 0
    courier.visit()

    assert "500" in broken.remark
    assert 1 < some < 21
    assert len(courier.found) == 21


def test_a_story_edited_while_we_read_makes_no_other_fall_between(courier, site):
    site.most = 10
    site.publish(1)
    courier.visit()
    for number in range(2, 42):
        courier.wait(hours=1)
        site.publish(number, f"Story {number}")
    edited = iter(range(2, 10))
    site.after_ask = lambda: site.edit(next(edited, 2), title="Edited meanwhile")
    courier.visit()

    assert len(courier.found) == 41


def test_an_edit_during_a_bulk_edit_makes_no_other_fall_between(courier, site):
    site.most = 10
    site.publish(1)
    courier.visit()
    for number in range(2, 42):
        site.publish(number, f"Story {number}")
    courier.wait(hours=10)
    edited = iter(range(2, 10))
    site.after_ask = lambda: site.edit(next(edited, 2), title="Edited meanwhile")
    courier.visit()
    site.after_ask = None
    courier.wait(hours=10)
    courier.visit()

    assert len(courier.found) == 41


@pytest.mark.parametrize(
    ("zone", "fold"),
    [("America/New_York", (2026, 11, 1, 5)), ("Europe/Berlin", (2026, 10, 25, 0))],
)
def test_the_hour_that_a_clock_lives_twice_hides_no_edit(courier, site, zone, fold):
    site.zone = zone
    site.clock.moment = datetime(*fold, 10, tzinfo=UTC)
    site.publish(1, "Before the clock goes back")
    courier.wait(minutes=40)
    site.publish(2, "In the first of the two hours")
    courier.visit()
    site.publish(3, "In the second of the two hours")
    site.edit(1, title="Edited in the second hour")
    courier.visit()

    assert courier.headlines() == [
        "Edited in the second hour",
        "In the first of the two hours",
        "In the second of the two hours",
    ]


def test_every_question_says_its_moment_with_an_offset(courier, site):
    site.publish(1)
    courier.visit()
    courier.visit()

    asked = [one.path for one in site.server.asked if "modified_after" in one.path]
    assert asked
    assert all("T10:00:00Z" in one.replace("%3A", ":") for one in asked)


def test_the_first_visit_takes_the_newest_hundred_and_not_the_archive(courier, site):
    for number in range(1, 131):
        courier.wait(hours=1)
        site.publish(number, f"Story {number}")
    courier.visit()
    courier.visit()

    assert len(courier.found) == 100
    assert "post/130" in courier.found


@pytest.mark.parametrize("how", ["delete", "trash"])
def test_what_the_site_took_down_is_gone_and_back_when_it_is_restored(
    courier, site, how
):
    for number in range(1, 4):
        site.publish(number, f"Story {number}")
    courier.visit()
    getattr(site, how)(2)
    first, second = courier.visit(), courier.visit()
    site.publish(2, "Story 2, restored")
    back = courier.visit()

    assert first.gone == {"post/2"}
    assert second.gone == frozenset()
    assert "post/2" in {one.locator for one in back.found}


def test_a_site_that_lost_most_of_its_posts_at_once_is_doubted(courier, site):
    for number in range(1, 9):
        site.publish(number, f"Story {number}")
    courier.visit()
    for number in range(1, 8):
        site.delete(number)
    harvest = courier.visit()

    assert harvest.gone == frozenset()
    assert "7 of its 8 newest stories are missing" in harvest.problems[0].what


def test_a_protected_post_is_named_and_left_out(courier, site):
    site.publish(1, "Secret plans", protected=True)
    site.publish(2, "An open story")
    harvest = courier.visit()

    assert courier.headlines() == ["An open story"]
    assert "password" in harvest.problems[0].what


def test_an_html_page_in_place_of_the_api_is_a_refusal_too(courier, site):
    site.blocked, site.blocks_with = 200, b"<html>Please log in</html>"
    site.publish(1, "A story")
    harvest = courier.visit()

    assert courier.headlines() == ["A story"]
    assert "something that is not JSON" in harvest.remark


def test_a_site_without_api_and_feed_is_an_error_in_one_sentence(courier, site):
    site.blocked = 403
    site.server["/feed/"] = Reply(b"no", 404)

    with pytest.raises(SourceError, match=r"answered 403\. Its feed cannot be had"):
        courier.visit()


def test_a_fault_of_the_site_is_no_reason_to_read_its_feed(courier, site):
    site.publish(1)
    courier.visit()
    site.blocked = 503

    with pytest.raises(SourceError, match="503"):
        courier.visit()


def test_a_login_in_the_address_goes_into_every_request_and_nowhere_else(site, clock):
    site.publish(1, "A story")
    address = site.url.replace("://", "://ada:s3cret@")
    courier = Readings(clock, "wordpress", address)
    first, second = courier.visit(), courier.visit()

    assert {one.headers.get("authorization") for one in site.server.asked} == {
        "Basic YWRhOnMzY3JldA=="
    }
    assert "s3cret" not in repr((first, second, courier.cursor))


def test_a_site_that_moved_is_asked_where_it_is_now(courier, site):
    site.publish(1, "A story")
    courier.visit()
    courier.cursor = courier.cursor.replace(site.url, "http://old.example/")
    site.edit(1, title="A story, edited")
    courier.visit()

    assert courier.headlines() == ["A story, edited"]


def test_what_the_api_brought_is_not_overwritten_by_the_feed_at_once(courier, site):
    site.publish(1, "As the API has it")
    courier.visit()
    site.blocked = 401
    site.edit(1, title="As the feed has it")
    courier.visit()
    early = courier.headlines()
    courier.wait(days=3)
    courier.visit()

    assert early == ["As the API has it"]
    assert courier.headlines() == ["As the feed has it"]


@pytest.mark.parametrize("given", ["/", "/wp-json/", "/?rest_route=/"])
def test_the_api_is_found_where_the_front_page_does_not_name_it(site, clock, given):
    site.announced = False
    site.publish(1, "A story", author="Ann Lee")
    courier = Readings(clock, "wordpress", site.server.url(given))
    harvest = courier.visit()

    assert courier.only().bylines == ("Ann Lee",)
    assert harvest.remark == ""


def test_an_old_wordpress_without_the_filter_is_read_newest_first(courier, site):
    site.filters, site.most = False, 5
    for number in range(1, 12):
        site.publish(number, f"Story {number}")
        courier.wait(days=1)
    courier.visit()
    courier.wait(days=9)
    site.publish(20, "The newest")
    courier.visit()

    assert "The newest" in courier.headlines()


# One post.

KNOWN = Known("https://x.example/wp-json/", "https://x.example/", "X", "Europe/Berlin")


def read_one(**raw):
    """What becomes of one post that the API gives."""
    errand = Errand(
        SourceSettings(name="x", kind="wordpress", url="https://x.example/"),
        fetch=None,
        now=NOW,
    )
    given = {
        "id": 7,
        "link": "https://x.example/a-story/?utm_source=rest",
        "date_gmt": "2026-03-01T10:00:00",
        "title": {"rendered": "A story"},
        "content": {"rendered": f"<p>{long_text('w')}</p>"},
    }
    return wordpress_post.collect(given | raw, KNOWN, errand)


def test_a_title_is_unescaped_exactly_once():
    one = read_one(title={"rendered": "D&#038;I &amp;amp; &#8220;you&#8221; <i>x</i>"})

    assert one.content.headline == "D&I &amp; “you” x"


def test_a_post_without_gmt_dates_is_read_in_its_sites_zone():
    one = read_one(date_gmt="0000-00-00T00:00:00", date="2026-03-01T12:00:00")

    assert one.published_at == datetime(2026, 3, 1, 11, tzinfo=UTC)


def test_what_the_site_shows_is_published_though_its_clock_is_ahead():
    one = read_one(date_gmt="2026-03-02T12:05:00", modified_gmt="2027-01-01T00:00:00")

    assert one.published_at == NOW
    assert one.updated_at == NOW


def test_the_link_is_without_tracking_and_the_post_is_known_by_its_number():
    one = read_one(guid={"rendered": "http://old.example/?p=7"})

    assert one.content.url == "https://x.example/a-story/"
    assert one.locator == "post/7"
    assert {a.value for a in one.aliases if a.kind == "post"} == {
        "x.example/7",
        "old.example/7",
    }


BYLINES = [
    ({"meta": {"byline": "By Ann Lee and Bob Ray"}}, ("Ann Lee", "Bob Ray")),
    (
        {
            "meta": {
                "_newspack_byline_active": True,
                "_newspack_byline": "By [Author id=4]Ann Lee[/Author] of the Courier",
            }
        },
        ("Ann Lee of the Courier",),
    ),
    (
        {"coauthors": [{"display_name": "Ann Lee"}, {"display_name": "Bob Ray"}]},
        ("Ann Lee", "Bob Ray"),
    ),
    ({"authors": [{"display_name": "Ann &amp; Co"}]}, ("Ann & Co",)),
    ({"newspack_author_info": [{"display_name": "Ann Lee"}]}, ("Ann Lee",)),
    ({"parsely": {"meta": {"creator": ["Ann Lee", "Bo Ek"]}}}, ("Ann Lee", "Bo Ek")),
    ({"yoast_head_json": {"author": "Ann Lee, Bob Ray"}}, ("Ann Lee", "Bob Ray")),
    ({"_embedded": {"author": [{"name": "Ann Lee"}]}}, ("Ann Lee",)),
    ({"_embedded": {"author": [{"name": "admin"}]}}, ()),
    ({"_embedded": {"author": [{"code": "rest_user_invalid_id"}]}}, ()),
]


@pytest.mark.parametrize(("raw", "names"), BYLINES)
def test_the_byline_is_the_newsrooms_and_not_who_pressed_the_button(raw, names):
    own = {"author": [{"name": "The Web Desk"}]}
    embedded = raw.get("_embedded", own)

    assert read_one(**{**raw, "_embedded": embedded}).content.bylines == names


def picture(**more):
    sizes = {
        "thumbnail": {
            "source_url": "https://x.example/t.jpg",
            "width": 150,
            "height": 150,
        },
        "large": {
            "source_url": "https://x.example/l.jpg",
            "width": 1600,
            "height": 900,
            "mime_type": "image/jpeg",
        },
        "small": {"source_url": "https://x.example/s.jpg", "width": 800, "height": 450},
    }
    media = {
        "media_type": "image",
        "source_url": "https://x.example/full.jpg",
        "alt_text": "A bridge",
        "caption": {"rendered": "<p>The bridge at dusk. (Photo by Ann Lee)</p>"},
        "media_details": {"width": 4800, "height": 2700, "sizes": sizes},
    }
    embedded = {"wp:featuredmedia": [media | more]}
    return read_one(_embedded=embedded).content.image


def test_the_picture_is_the_widest_that_is_no_crop_and_not_too_wide():
    image = picture()

    assert (image.url, image.width, image.height) == (
        "https://x.example/l.jpg",
        1600,
        900,
    )
    assert image.media_type == "image/jpeg"
    assert image.alt == "A bridge"


def test_a_credit_at_the_end_of_a_caption_is_the_pictures_credit():
    image = picture()

    assert image.caption == "The bridge at dusk."
    assert "Ann Lee" in image.credit
    assert picture(meta={"_media_credit": "Bob Ray"}).credit == "Bob Ray"


def test_a_picture_that_may_not_be_seen_is_replaced_by_the_first_of_the_text():
    refused = {
        "wp:featuredmedia": [{"code": "rest_forbidden", "data": {"status": 401}}]
    }
    body = '<p>Text</p><img src="/in-text.jpg" width="800" height="450">'
    one = read_one(_embedded=refused, content={"rendered": body})

    assert one.content.image.url == "https://x.example/in-text.jpg"


def test_the_section_is_the_primary_category_or_else_the_first_that_says_something():
    terms = [
        {"id": 1, "name": "Uncategorized", "taxonomy": "category"},
        {"id": 2, "name": "Arts &amp; Culture", "taxonomy": "category"},
        {"id": 3, "name": "Campus", "taxonomy": "category"},
        {"id": 4, "name": "Bridges", "taxonomy": "post_tag"},
    ]
    embedded = {"wp:term": [terms[:3], terms[3:]]}
    first = read_one(_embedded=embedded).content
    chosen = read_one(
        _embedded=embedded, meta={"_yoast_wpseo_primary_category": "3"}
    ).content

    assert first.section == "arts & culture"
    assert first.tags == ("Arts & Culture", "Campus", "Bridges")
    assert chosen.section == "campus"


@pytest.mark.parametrize(
    "excerpt",
    [
        "<p>w0 w1 w2 w3 w4 [&hellip;]</p>",
        "<p>w0 w1 w2 w3 w4 w5&hellip; <a href='/x'>Continue reading A story</a></p>",
        "<p>w3 w4 w5 w6</p>",
        "",
    ],
)
def test_a_teaser_cut_from_the_text_is_no_summary(excerpt):
    assert read_one(excerpt={"rendered": excerpt}).content.summary == ""


def test_an_excerpt_that_an_editor_wrote_is_the_summary():
    written = read_one(excerpt={"rendered": "<p>What it is &amp; why it matters</p>"})

    assert written.content.summary == "What it is & why it matters"


BLOCKS = """<!-- wp:paragraph --><p class="has-drop-cap">First.</p>
<!-- /wp:paragraph -->
<!-- wp:image {"id":4} --><figure class="wp-block-image"><img src="/a.jpg" alt="A"
width="800" height="450">
<figcaption class="wp-element-caption">Cap</figcaption></figure>
<!-- /wp:image -->
<!-- wp:embed --><figure class="wp-block-embed"><div class="wp-block-embed__wrapper">
https://video.example/watch?v=1
</div></figure><!-- /wp:embed -->
<div class="sharedaddy sd-sharing"><h3>Share this:</h3><a href="#">Tweet</a></div>
<div id="jp-relatedposts" class="jp-relatedposts"><h3>Related</h3></div>
[caption id="x"]Old words[/caption]
<p>Last.</p>"""


def test_block_markup_becomes_plain_html_without_the_themes_furniture():
    html = read_one(content={"rendered": BLOCKS}).content.html

    assert "wp:" not in html
    assert "class=" not in html
    assert "<figcaption>Cap</figcaption>" in html
    assert '<a href="https://video.example/watch?v=1">' in html
    assert not {"Share this", "Related", "[caption"} & {
        word for word in ("Share this", "Related", "[caption") if word in html
    }
    assert html.index("First.") < html.index("Cap") < html.index("Last.")


def test_a_post_that_is_not_public_or_says_nothing_is_no_story():
    assert read_one(status="draft") is None
    assert read_one(id=0) is None
    assert read_one(title={}, content={}) is None


KEYS = sorted(
    plain.lexicon(
        "id date_gmt modified_gmt guid link title content excerpt rendered meta "
        "_embedded wp:term wp:featuredmedia author media_details sizes width status "
        "caption name taxonomy yoast_head_json coauthors protected source_url code"
    )
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=6,
        )
    ),
    max_leaves=25,
)


def answers(body, status=200, kind="application/json"):
    def fetch(url, *, headers=None):
        return Response(status, {"content-type": kind}, body, url.partition("?")[0])

    return fetch


def errand(fetch, cursor=""):
    source = SourceSettings(name="x", kind="wordpress", url="https://x.example/")
    return Errand(source, fetch, now=NOW, cursor=cursor)


@settings(max_examples=60)
@given(st.lists(JSON, max_size=4) | JSON, st.sampled_from(["", "written"]))
def test_any_json_gives_articles_or_one_source_error(value, cursor):
    body = json.dumps(value).encode()
    remembered = (
        Memory("https://x.example/", KNOWN, None, (1, 2)).written() if cursor else ""
    )
    try:
        harvest = wordpress.read(errand(answers(body), remembered))
    except SourceError:
        return
    assert all(one.locator for one in harvest.found)


def test_a_site_that_sends_more_than_asked_for_keeps_nobody_busy():
    posts = [{"id": n, "title": {"rendered": f"Story {n}"}} for n in range(1, 20_000)]
    remembered = Memory("https://x.example/", KNOWN).written()
    harvest = wordpress.read(errand(answers(json.dumps(posts).encode()), remembered))

    assert len(harvest.found) <= 200


@settings(max_examples=40)
@given(st.binary(max_size=300), st.sampled_from([200, 301, 400, 401, 404, 500, 999]))
def test_any_bytes_give_articles_or_one_source_error(body, status):
    for cursor in (
        "",
        Memory("https://x.example/", KNOWN, None, (1,)).written(),
        body.hex(),
    ):
        with suppress(SourceError):
            wordpress.read(errand(answers(body, status), cursor))


def test_a_cursor_is_read_as_it_was_written():
    memory = Memory(
        url="https://x.example/",
        site=KNOWN,
        place=Place(NOW - timedelta(hours=2), 3),
        recent=(9, 8),
        closed_since=NOW,
        tried_at=NOW,
        why="its REST API answered 401",
    )

    assert Memory.read(memory.written()) == memory
    assert Memory.read("nonsense") == Memory()
