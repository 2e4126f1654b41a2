"""Files as newsrooms write them: whatever the shape, no credit leaks into the words.

Each file is invented. Beside it stands what a careful editor would read out of it;
a field that is not named is not looked at.
"""

from dataclasses import dataclass, field

import pytest

from dispatch.collect import class_years, credit, newsroom
from dispatch.collect.newsroom import Kind

LEDE = (
    "The town library will open its doors on Sundays from April on, after two years "
    "in which readers asked for it at every meeting of the council."
)
SECOND = (
    "“We counted the letters and there were four hundred of them,” said Marta Quiroga "
    "’91, who has led the library since its roof was mended."
)
THIRD = (
    "The council pays for a guard, and volunteers will shelve the books that return."
)
BODY = f"{LEDE}\n\n{SECOND}\n\n{THIRD}\n"


@dataclass(frozen=True)
class Copy:
    """A file, and what is to be read out of it."""

    text: str
    kind: Kind = Kind.TEXT
    reads: dict = field(default_factory=dict)


FILES = {
    "credit first": Copy(
        f"Courtesy of Ivo Brandt\n\n{BODY}", reads={"credit": "Courtesy of Ivo Brandt"}
    ),
    "credit on the line above the lede": Copy(
        f"Courtesy of Ivo Brandt\n{BODY}", reads={"credit": "Courtesy of Ivo Brandt"}
    ),
    "credit with a class year": Copy(
        f"Courtesy of Ivo Brandt '07\n\n{BODY}",
        reads={"credit": "Courtesy of Ivo Brandt\u00a0’07"},
    ),
    "credit of a house": Copy(
        f"Courtesy of the Harbour Museum\n\n{BODY}",
        reads={"credit": "Courtesy of the Harbour Museum"},
    ),
    "slashed credit": Copy(
        f"Ivo Brandt/Photo by\n\n{BODY}", reads={"credit": "Photo by Ivo Brandt"}
    ),
    "credit of a role": Copy(
        f"Ivo Brandt, Staff Photographer\n\n{BODY}",
        reads={"credit": "Ivo Brandt, Staff Photographer"},
    ),
    "credit of an agency": Copy(
        f"AP Photo/Ivo Brandt\n\n{BODY}", reads={"credit": "AP Photo/Ivo Brandt"}
    ),
    "credit in brackets": Copy(
        f"(Photo: Ivo Brandt)\n\n{BODY}", reads={"credit": "Photo: Ivo Brandt"}
    ),
    "credit between headline and byline": Copy(
        "Library opens on Sundays at last\n\nPhoto by Ivo Brandt\n\n"
        f"By Ann Lee\n\n{BODY}",
        reads={
            "headline": "Library opens on Sundays at last",
            "credit": "Photo by Ivo Brandt",
            "bylines": "Ann Lee",
        },
    ),
    "credit after the byline": Copy(
        f"By Ann Lee\nStaff Reporter\n\nIllustration by Ivo Brandt\n\n{BODY}",
        reads={"bylines": "Ann Lee", "credit": "Illustration by Ivo Brandt"},
    ),
    "status above the credit": Copy(
        f"Status: ready\nCourtesy of Ivo Brandt\n\n{BODY}",
        reads={"status": "ready", "credit": "Courtesy of Ivo Brandt"},
    ),
    "status, blank line, credit": Copy(
        f"Status: ready\n\nCourtesy of Ivo Brandt\n\n{BODY}",
        reads={"status": "ready", "credit": "Courtesy of Ivo Brandt"},
    ),
    "headers and a credit": Copy(
        "Title: Sundays at the library\nBy: Ann Lee\nPhoto: Ivo Brandt\n\n" + BODY,
        reads={"headline": "Sundays at the library", "bylines": "Ann Lee"},
    ),
    "a mark where the picture goes": Copy(
        f"[image]\n\nPhoto by Ivo Brandt\n\nLibrary opens on Sundays at last\n\n{BODY}",
        reads={
            "headline": "Library opens on Sundays at last",
            "credit": "Photo by Ivo Brandt",
        },
    ),
    "two credits": Copy(
        f"Photo by Ivo Brandt\nGraphic by Ann Lee\n\n{BODY}",
        reads={"credit": "Photo by Ivo Brandt"},
    ),
    "a placeholder": Copy(
        f"Courtesy of NAME\n\n{BODY}", reads={"headline": None, "credit": ""}
    ),
    "credit at the end of a text of one line to a paragraph": Copy(
        f"Library opens on Sundays at last\n{LEDE}\n{SECOND}\n{THIRD}\n",
        reads={"headline": "Library opens on Sundays at last"},
    ),
    "credit with trailing spaces and a tab": Copy(
        f"\n\n  Courtesy of  Ivo\tBrandt  \n\n{BODY}",
        reads={"credit": "Courtesy of Ivo Brandt"},
    ),
    "credit in bold": Copy(
        f"**Photo by Ivo Brandt**\n\n# Sundays at last\n\n{BODY}",
        Kind.MARKDOWN,
        {"headline": "Sundays at last", "credit": "Photo by Ivo Brandt"},
    ),
    "setext title below a credit": Copy(
        f"*Photo by Ivo Brandt*\n\nSundays at last\n===============\n\n{BODY}",
        Kind.MARKDOWN,
        {"headline": "Sundays at last", "credit": "Photo by Ivo Brandt"},
    ),
    "reStructuredText title": Copy(
        f"===============\nSundays at last\n===============\n\n{BODY}",
        reads={"headline": "Sundays at last"},
    ),
    "front matter, then a credit": Copy(
        f"---\ntitle: Sundays: at last\n---\n\nCourtesy of Ivo Brandt\n\n{BODY}",
        Kind.MARKDOWN,
        {"headline": "Sundays: at last", "credit": "Courtesy of Ivo Brandt"},
    ),
    "credit below a picture in HTML": Copy(
        '<figure><img src="a.jpg"></figure><p>Photo by Ivo Brandt</p><h1>Sundays</h1>'
        f"<p>{LEDE}</p><p>{SECOND}</p>",
        Kind.HTML,
        {"headline": "Sundays", "credit": "Photo by Ivo Brandt"},
    ),
    "Word, as pasted": Copy(
        "<p>Courtesy of Ivo Brandt</p><p><strong>Library opens on Sundays</strong></p>"
        f"<p>By Ann Lee</p><p>{LEDE}</p><p>{SECOND}</p>",
        Kind.WORD,
        {
            "headline": "Library opens on Sundays",
            "credit": "Courtesy of Ivo Brandt",
            "bylines": "Ann Lee",
        },
    ),
    "a headline of two words": Copy(
        f"Letters policy\n\n{BODY}", reads={"headline": "Letters policy"}
    ),
    "a column whose first line ends in a comma": Copy(
        f"All week, all day,\n\n{BODY}", reads={"headline": None}
    ),
    "tagline at the end": Copy(
        f"Courtesy of Ivo Brandt\n\n{BODY}\n\nContact Ann Lee at ann@paper.example.\n",
        reads={"bylines": "Ann Lee", "credit": "Courtesy of Ivo Brandt"},
    ),
    "dateline": Copy(
        f"Photo by Ivo Brandt\n\nPORT ELLEN, Ky. — {BODY}",
        reads={"dateline": "PORT ELLEN", "credit": "Photo by Ivo Brandt"},
    ),
    "Windows line ends and a byte order mark": Copy(
        "Courtesy of Ivo Brandt\r\n\r\n".replace("\r", "") + BODY,
        reads={"credit": "Courtesy of Ivo Brandt"},
    ),
    "Spanish": Copy(
        "Foto de Ivo Brandt\n\nLa biblioteca abre los domingos\n\nPor Ana Núñez\n\n"
        "La biblioteca del pueblo abrirá sus puertas los domingos desde abril, después "
        "de dos años en los que los lectores lo pidieron en cada pleno del concejo.\n",
        reads={
            "headline": "La biblioteca abre los domingos",
            "credit": "Foto de Ivo Brandt",
            "bylines": "Ana Núñez",
        },
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_what_is_read_out_of_an_odd_file(name):
    copy = FILES[name]

    fields = newsroom.read(copy.text, copy.kind).fields

    for key, expected in copy.reads.items():
        if expected is not None:
            assert fields.text(key) == expected, key


@pytest.mark.parametrize("name", FILES)
def test_no_credit_leaks_into_headline_summary_or_text(name):
    copy = FILES[name]

    story = newsroom.read(copy.text, copy.kind)

    for place in (
        story.fields.text("headline"),
        story.fields.text("summary"),
        story.fields.text("deck"),
        story.html,
    ):
        assert "Brandt" not in place
        assert "NAME" not in place
    assert story.fields.text("headline")
    assert story.fields.text("summary")
    assert story.html.count("<p>") >= (1 if name == "Spanish" else 2)


@pytest.mark.parametrize(
    "first",
    [
        "Courtesy calls begin Monday at the port",
        "Photo by photo, the archive grows on the wall",
        "Art by the River returns for its tenth year",
        "Ann Lee and Ivo Brandt win the harbour race",
        "Photographer finds a city in her own backyard",
    ],
)
def test_a_headline_that_begins_like_a_credit_is_a_headline(first):
    fields = newsroom.read(f"{first}\n\n{BODY}", Kind.TEXT).fields

    assert fields.text("headline") == first
    assert not fields.text("credit")


def test_class_years_survive_every_kind():
    for kind, text in (
        (Kind.TEXT, BODY),
        (Kind.MARKDOWN, BODY),
        (Kind.HTML, f"<p>{LEDE}</p><p>{SECOND}</p>"),
        (Kind.WORD, f"<p>{LEDE}</p><p>{SECOND}</p>"),
    ):
        assert "Quiroga\u00a0’91" in newsroom.read(text, kind).html
    assert class_years.glue("Quiroga ’91") == "Quiroga\u00a0’91"
    assert credit.match("Quiroga ’91") is None
