import pytest

from dispatch.config import reading

LOGO = '[site]\nlogo = "https://example.org/logo.png"\n'
PODCAST = '[[feed]]\nname = "all"\npodcast_category = "News"\n'


def said(tmp_path, text):
    found = reading.read(tmp_path / "config.toml", text).faults
    return [str(one).split(": ", 1)[1] for one in found]


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        (PODCAST, "feed.all.podcast_image: is missing: directories take no podcast"),
        (
            f'{LOGO}{PODCAST}description = "{"é" * 2001}"\n',
            "feed.all.description: has 4,002 bytes; directories of podcasts take",
        ),
        (f'{LOGO}{PODCAST}podcast_guid = "mine"\n', "'mine' is not a podcast:guid"),
        (
            '[[feed]]\nname = "all"\nformerly = ["news"]\n[[feed]]\nname = "news"\n',
            "feed.all.formerly: 'news' is the name of a feed that is there.",
        ),
        (
            "".join(f'[[feed]]\nname = "{name}"\nformerly = ["x"]\n' for name in "ab"),
            "feed.a.formerly: 'x' stands here more than once, or at two feeds.",
        ),
        ('[[feed]]\nname = "a"\nformerly = ["../x"]\n', "'../x'"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path, written, problem):
    assert problem in said(tmp_path, written)[0]


def test_a_podcast_of_former_names_with_a_picture_is_fit(tmp_path):
    text = LOGO + PODCAST + 'formerly = ["old", "older"]\npodcast_locked = true\n'

    assert said(tmp_path, text) == []
