"""Articles: what a source brings, what is stored, what readers see."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class HeadlineSource(StrEnum):
    """Where a headline came from; only GENERATED ones wait for a human's eye."""

    EXPLICIT = "explicit"  # a header, front matter, a feed's title
    LINE = "line"  # the first line of a plain-text file (rules T5, T6)
    FILENAME = "filename"  # rule T11a
    GENERATED = "generated"  # made from the lede, rule T11c
    EDITED = "edited"  # `dispatch article edit --headline`


class PubStatus(StrEnum):
    """NITF's and ninjs's management status, as far as a newsroom uses it."""

    USABLE = "usable"
    DRAFT = "draft"
    WITHHELD = "withheld"
    CANCELED = "canceled"


class Hold(StrEnum):
    """Why collecting holds an article. Any other reason is an editor's own words."""

    DRAFT = "draft"
    WITHHELD = "withheld"
    HEADLINE = "generated headline"
    TWIN = "maybe the same story"


def section_key(name: str) -> str:
    """Return a section as it is stored and compared: Sports and sports are one."""
    return " ".join(name.split()).lower()


def label_key(name: str) -> str:
    """Return a tag or an author as it is compared: case and spaces do not count."""
    return " ".join(name.split()).casefold()


@dataclass(frozen=True, slots=True)
class Image:
    """A picture, by absolute `url` or by `media` (sha256 hex of a stored file)."""

    url: str = ""
    media: str = ""
    media_type: str = ""
    width: int = 0  # pixels, 0 = unknown
    height: int = 0
    alt: str = ""
    caption: str = ""
    credit: str = ""


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A media file that travels with an article (RSS enclosure, Atom rel=enclosure)."""

    url: str
    media_type: str
    length: int = 0  # bytes, 0 = unknown
    duration: int = 0  # seconds, 0 = unknown


@dataclass(frozen=True, slots=True)
class Media:
    """The bytes of a picture that arrived beside a story, addressed by their hash."""

    sha256: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Content:
    """What readers see of an article. Its hash decides whether an article changed.

    `html` is sanitised, its links absolute. All other texts are plain text,
    unescaped exactly once, NFC. `url` is the article's own page elsewhere, or
    empty: then Dispatch's archive has the page.
    """

    headline: str
    html: str
    headline_source: HeadlineSource = HeadlineSource.EXPLICIT
    summary: str = ""
    deck: str = ""
    bylines: tuple[str, ...] = ()
    section: str = ""
    tags: tuple[str, ...] = ()
    language: str = ""  # BCP 47; empty: the site's
    url: str = ""
    image: Image | None = None
    enclosures: tuple[Enclosure, ...] = ()
    correction: str = ""  # a "Correction:" or "Clarification:" block, rule T15
    origin_title: str = ""  # the feed it was taken from, for RSS source / atom:source
    origin_url: str = ""  # its page
    origin_feed: str = ""  # its own address

    def __post_init__(self) -> None:
        """Write the section as sections are compared, wherever it came from."""
        object.__setattr__(self, "section", section_key(self.section))


@dataclass(frozen=True, slots=True, order=True)
class Alias:
    """One identity an article was seen under.

    `scope` is the source's name, or empty where the key means the same
    everywhere (a canonical URL, a body fingerprint). Kinds: id, guid, path,
    post, tail, url, title, body; `collect.identity` says what each is worth.
    """

    kind: str
    value: str
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a field has the value it has: the rule that fired and how sure it is."""

    field: str
    rule: str
    confidence: float  # 0 … 1
    note: str = ""


@dataclass(frozen=True, slots=True)
class Article:
    """A story as stored.

    `tag_id` is its id for life in every feed (RFC 4151). `updated_at` moves
    with significant changes only, `published_at` never. `baseline` articles
    are published but never mailed.
    """

    id: int
    tag_id: str
    source: str
    content: Content
    published_at: datetime
    updated_at: datetime
    first_seen_at: datetime
    content_hash: str
    revision: int = 1
    guid: str = ""
    baseline: bool = False
    embargo_until: datetime | None = None
    held: str = ""  # the reason, or empty
    withdrawn_at: datetime | None = None
    withdrawn_reason: str = ""
    merged_into: int | None = None
    edited: frozenset[str] = frozenset()  # fields an editor set; collecting leaves them
    unannounced: int = 0  # changes in a row that the source gave no date for


@dataclass(frozen=True, slots=True)
class Selection:
    """Which articles a feed or a newsletter carries. Empty means everything.

    Of each field one value must fit; all fields that are not empty must. A language
    takes its regions in: "de" fits an article in de-AT.
    """

    sections: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Write every value as it is compared."""
        for name, written in (
            ("sections", section_key),
            ("tags", label_key),
            ("authors", label_key),
            ("languages", label_key),
        ):
            values = dict.fromkeys(map(written, getattr(self, name)))
            object.__setattr__(self, name, tuple(values))
