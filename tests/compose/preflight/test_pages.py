import pytest

from dispatch.compose.preflight import clients
from dispatch.compose.preflight.page import Page
from support.preflight import MARKS, OUT, PAGE, TEXT, page, said

WHITE_ON_WHITE = '<span style="color:#ffffff">Nobody reads this</span>'
PALE = '<span style="color:#999999">Hard to read</span>'


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("{{ story.url }}", "{{ story.url }}"),
        ("{% if x %}", "{% if x %}"),
        ("<b>None</b>", "None"),
        ("<b>undefined</b>", "undefined"),
        ('<a href="https://courier.example/None">x</a>', "courier.example/None"),
        (f"<b>{MARKS['confirm'].upper()}</b>", "own value"),
    ],
)
def test_what_a_template_left_behind_blocks(body, words):
    text = TEXT + "https://courier.example/None\n"
    assert words in " ".join(said("block", html=page(body), text=text)["Leftovers"])


def test_a_line_of_the_text_that_ends_in_nothing_blocks():
    assert said("block", text=f"{TEXT}\nWrite to: None\n")["Leftovers"] == [
        "“Write to: None” stands where a value should."
    ]


def test_what_a_story_says_is_no_leftover():
    body = "<p style='color:#222222'>Braces {{ x }} and</p><h2>None</h2> TODO"
    text = TEXT + "Braces {{ x }} and\nNone\nTODO"

    told = said("block", html=page(body), text=text, known="Braces {{ x }} and\nNone")
    assert told == {}
    assert "TODO" in said("warn", html=page(body), text=text)["Leftovers"][0]


@pytest.mark.parametrize(
    "href", ["/relative", "javascript:alert(1)", "https://", "https://a b", "", "#top"]
)
def test_what_is_no_address_blocks(href):
    told = said("block", html=page(f'<a href="{href}">x</a>'))

    assert "not an address" in told["Links"][0]


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "[::1]", "newsroom"])
def test_an_address_of_this_machine_blocks_only_what_leaves_it(host):
    html = page(f'<a href="http://{host}/x">x</a>')

    assert "this machine" in said("block", html=html)["Links"][0]
    assert said("block", html=html, away=False) == {}


@pytest.mark.parametrize("href", ["#note", "http://localhost:8000/", "about.html"])
def test_a_storys_own_broken_link_holds_nobody_up(href):
    html = page(f'<a style="color:#0b5394" href="{href}">x</a>')

    assert "Links" in said("block", html=html)
    assert said("block", html=html, known=f"A story\n{href}") == {}
    told = said("warn", html=html, known=f"A story\n{href}")
    assert "in a story" in told["Links"][0]


@pytest.mark.parametrize(
    "href", ["https://e.org/a|b", "https://e.org/ü", "https://[2001:db8::1]/x"]
)
def test_an_address_that_browsers_take_is_one(href):
    html = page(f'<a style="color:#0b5394" href="{href}">x</a>')

    assert said("block", html=html, text=f"{TEXT}{href}\n") == {}


def test_a_letter_that_was_lost_warns():
    lost = page("<p style='color:#222222'>Caf\ufffd</p>")

    assert "lost" in said("warn", html=lost)["Page"][0]
    assert said("block", html=lost, subject="Caf\ufffd") == {}


def test_words_nobody_can_see_block_and_pale_ones_warn():
    assert (
        "Nobody reads this" in said("block", html=page(WHITE_ON_WHITE))["Contrast"][0]
    )
    assert "Hard to read" in said("warn", html=page(PALE))["Contrast"][0]
    large = '<span style="color:#8a8a8a;font:bold 30px/36px Georgia">Large</span>'
    assert "Contrast" not in said("warn", html=page(large))


DARK = (
    "<style>@media (prefers-color-scheme:dark){{.ground{{background-color:#101317 "
    "!important}}.ink{{color:{ink} !important}}}}</style>"
)


@pytest.mark.parametrize(
    ("ink", "level"), [("#f1f3f5", "pass"), ("#6a6a6a", "warn"), ("#111111", "block")]
)
def test_words_must_be_seen_on_a_dark_screen_as_well(ink, level):
    body = '<div class="ground"><p class="ink" style="color:#111111">By night</p></div>'
    html = page(body).replace("<title>", DARK.format(ink=ink) + "<title>")

    told = " ".join(said(level, html=html)["Contrast"])
    assert (level == "pass") or ("on a dark screen" in told and "By night" in told)
    assert said("block", html=page(body)) == {}


def test_a_hidden_text_needs_no_contrast():
    hidden = '<div style="display:none;color:#ffffff">Preheader</div>'

    assert said("block", html=page(hidden)) == {}


def test_the_ground_is_that_of_the_nearest_element_around():
    dark = '<table bgcolor="#101010"><tr><td style="color:#222222">In the dark</td>'
    light = f'{dark[:-5]}<div style="background-color:#ffffff">Lit</div></td>'

    assert (
        "In the dark" in said("block", html=page(f"{dark}</tr></table>"))["Contrast"][0]
    )
    told = said("block", html=page(f"{light}</tr></table>"))["Contrast"][0]
    assert "Lit" not in told


@pytest.mark.parametrize(
    ("image", "words"),
    [
        ('<img src="https://e.org/a.png" width="10">', "alternative text"),
        ('<img src="https://e.org/a.png" alt="">', "no width"),
        ('<img src="data:image/png;base64,xx" alt="" width="9">', "data:"),
    ],
)
def test_a_picture_without_what_it_needs_warns(image, words):
    assert words in " ".join(said("warn", html=page(image))["Pictures"])


def test_a_picture_that_is_not_in_the_message_blocks():
    image = '<img src="cid:logo@courier.example" alt="" width="160">'

    assert "not in the message" in said("block", html=page(image))["Pictures"][0]


def test_a_picture_nobody_can_see_is_called_tracking():
    pixel = '<img src="https://t.example/o.gif" alt="" width="1" height="1">'

    assert "nobody can see" in said("warn", html=page(pixel))["Tracking"][0]


def test_a_page_that_was_not_inlined_warns():
    head = '<style data-premailer="ignore">a{}</style>'
    html = PAGE.replace("<title>", f"{head}<title>")

    assert "not inlined" in said("warn", html=html)["Page"][0]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("<!DOCTYPE html>", "<!doctype html>", "DOCTYPE"),
        ('lang="en"', 'lang="fr"', "language"),
        ("</h1>", "</h1><h1>Two</h1>", "first heading"),
    ],
)
def test_an_odd_frame_warns(old, new, words):
    assert words in " ".join(said("warn", html=PAGE.replace(old, new))["Page"])


def test_the_two_parts_are_compared():
    more = '<a style="color:#0b5394" href="https://courier.example/else">Else</a>'
    assert "courier.example/else" in said("warn", html=page(more))["Parts"][0]

    stub = f"See the web.\nhttps://courier.example/bridge\n{OUT}\n"
    long = page("<p style='color:#222222'>" + "word " * 200 + "</p>")
    assert "much less" in said("warn", html=long, text=stub)["Parts"][0]


def test_a_mail_that_programs_would_cut_blocks():
    words = "<p style='color:#222222'>" + "word " * 21_000 + "</p>"
    text = TEXT + "word\n" * 21_000

    assert "102,000" in said("block", html=page(words), text=text)["Size"][0]
    shorter = "<p style='color:#222222'>" + "word " * 18_200 + "</p>"
    assert "near" in said("warn", html=page(shorter), text=text)["Size"][0]


def test_a_link_out_that_is_missing_or_far_down_is_told():
    nowhere = PAGE.replace(f'href="{OUT}"', 'href="https://courier.example/bridge"')
    assert "HTML has no link" in said("block", html=nowhere)["Unsubscribe"][0]
    assert "plain text" in said("block", text="x")["Unsubscribe"][0]
    far = page("<p style='color:#222222'>" + "word " * 3_000 + "</p>")
    told = said("warn", html=far, text=TEXT + "word " * 3_000)
    assert "far down" in told["Unsubscribe"][0]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('<div style="display:flex">x</div>', "flexbox"),
        ('<td style="position: absolute">x</td>', "position"),
        ('<p style="color:var(--ink)">x</p>', "variable"),
        ('<p style="color:#222">x</p>', "three digits"),
        ('<p style="color:rgba(0,0,0,.5)">x</p>', "alpha"),
        ('<p style="color:#222222 !important">x</p>', "!important"),
        ('<p style="width: 50px;color:#222222">x</p>', "width on a paragraph"),
        ('<a style="padding:4px" href="https://e.org/">x</a>', "padding on a link"),
        ("<svg></svg>", "SVG"),
        ('<img src="https://e.org/a.webp" alt="" width="9">', "WebP"),
        ("<form></form>", "form"),
        ("<iframe></iframe>", "video"),
        ("<script></script>", "script"),
    ],
)
def test_a_feature_that_programs_lack_is_named_with_them(body, words):
    told = " ".join(said("warn", html=page(body))["Mail programs"])

    assert words in told
    assert "does not work in" in told


@pytest.mark.parametrize(
    ("css", "words"),
    [
        ("@import url(x);", "@import"),
        ("@media (x){@media (y){a{}}}", "inside another"),
        ("a{color:red!important}", "without a space"),
        ("a{}" * 6_000, "drops them all"),
    ],
)
def test_a_style_block_that_programs_drop_is_told(css, words):
    html = PAGE.replace("<title>", f"<style>{css}</style><title>")

    assert words in " ".join(said("warn", html=html)["Mail programs"])


def test_what_only_looks_plainer_is_named_and_passes():
    html = PAGE.replace("<title>", "<style>@media (max-width:9px){a{}}</style><title>")

    assert "media queries" in said("pass", html=html)["Mail programs"][0]


def test_the_table_of_features_is_whole():
    for feature in clients.features():
        assert feature.name
        assert feature.lacks
        assert feature.where in {"style", "kept", "tag", "attribute"}
    assert len({one.name for one in clients.features()}) == len(clients.features())


def test_broken_markup_is_read_as_far_as_it_goes():
    broken = Page("<p>one<b>two</p></i>three<br>four<td bgcolor=red>five")

    assert {"two", "five"} <= {*broken.words.split()}
