"""Corrections: which changes are material, and how a digest says them.

A story that was mailed is not mailed again because it changed. What a reader of the
old version must know goes into the next issue's corrections block, in a sentence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dispatch.compose import pick, words
from dispatch.compose.story import Setting
from dispatch.model import Article, Choice, Correction, CorrectionKind
from dispatch.text import changes, fingerprints, languages, plain

MATERIAL_SHARE = 0.2  # of the words
LONGEST = 400  # characters of one sentence of a story's own
LONGEST_HEADLINE = 160


@dataclass(frozen=True, slots=True)
class Notice:
    """One correction as templates see it; all plain text.

    `url` is empty for a story that was withdrawn: there is nothing left to read.
    """

    headline: str
    text: str
    url: str
    withdrawn: bool
    language: str
    direction: str
    foreign: bool


@dataclass(frozen=True, slots=True)
class Told:
    """The corrections that an issue carries, and the articles as they are now."""

    found: tuple[Correction, ...] = ()
    articles: Mapping[int, Article] = field(default_factory=dict)


def kind(before: Article, after: Article) -> CorrectionKind | None:
    """Return what readers of `before` should be told, or None for nothing.

    A source that gives its changes no date may change by itself with every visit: of
    such a change only a new headline or a correction counts, never the mere words.
    """
    old, new = before.content, after.content
    if after.withdrawn_at is not None:
        return CorrectionKind.WITHDRAWN if before.withdrawn_at is None else None
    if new.correction and not _same(old.correction, new.correction):
        return CorrectionKind.NOTE
    if not _same(old.headline, new.headline):
        return CorrectionKind.HEADLINE
    by_itself = after.unannounced > before.unannounced
    if not by_itself and changes.share_of_words(old.html, new.html) > MATERIAL_SHARE:
        return CorrectionKind.TEXT
    return None


def find(before: Article, after: Article, kind: CorrectionKind) -> tuple[str, str]:
    """Return the headline that was, if it changed, and the note of a correction."""
    old, new = before.content.headline, after.content.headline
    was = "" if _same(old, new) else old
    if kind is CorrectionKind.WITHDRAWN:
        return was, after.withdrawn_reason
    return was, after.content.correction if kind is CorrectionKind.NOTE else ""


def notices(told: Told, choice: Choice, setting: Setting) -> tuple[Notice, ...]:
    """Return what a digest says, one notice for each article, by their numbers.

    What is no longer so is left out: a withdrawn story that is back, a headline that
    is again what it was, a story that readers may not see. So are other topics.
    """
    rows: dict[int, list[Correction]] = {}
    for one in sorted(told.found, key=lambda one: (one.article, one.revision)):
        rows.setdefault(one.article, []).append(one)
    made = [
        _notice(found, told.articles[number], setting)
        for number, found in rows.items()
        if number in told.articles
        and pick.asked_for(told.articles[number], choice, setting.language)
    ]
    return tuple(one for one in made if one is not None)


def _notice(
    rows: Sequence[Correction], article: Article, setting: Setting
) -> Notice | None:
    withdrawn = article.withdrawn_at is not None
    say = setting.words["corrections"]
    text = _withdrawal(article, say) if withdrawn else _sentences(rows, article, say)
    if not text or article.held or article.merged_into is not None:
        return None
    language = article.content.language or setting.language
    return Notice(
        headline=plain.excerpt(article.content.headline, LONGEST_HEADLINE),
        text=text,
        url="" if withdrawn else setting.links.article(article),
        withdrawn=withdrawn,
        language=language,
        direction=languages.direction(language),
        foreign=languages.is_other(language, setting.language),
    )


def _withdrawal(article: Article, say: Mapping[str, str]) -> str:
    """Return why it was withdrawn, as a sentence."""
    reason = plain.excerpt(article.withdrawn_reason, LONGEST).rstrip(". ")
    if not reason:
        return say["withdrawn"]
    return words.fill(say["withdrawn_because"], {"reason": reason})


def _sentences(
    rows: Sequence[Correction], article: Article, say: Mapping[str, str]
) -> str:
    """Say what was wrong, in the story's words where it has some."""
    headline = article.content.headline
    notes = [one.note for one in rows if one.kind is CorrectionKind.NOTE]
    was = next((one.was for one in rows if one.was), "")
    sentences = []
    if notes and article.content.correction:
        sentences.append(plain.excerpt(article.content.correction, LONGEST))
    if was and not _same(was, headline):
        shown = plain.excerpt(was, LONGEST_HEADLINE)
        sentences.append(words.fill(say["headline"], {"headline": shown}))
    if not sentences and any(one.kind is CorrectionKind.TEXT for one in rows):
        sentences.append(say["text"])
    return " ".join(sentences)


def _same(one: str, other: str) -> bool:
    """Whether two lines have the same words: quotes and case are no change."""
    return fingerprints.words(one) == fingerprints.words(other)
