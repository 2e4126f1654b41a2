"""Say why a story is what it is, and where it went or did not go."""

from dataclasses import dataclass, replace
from datetime import datetime

from dispatch.actions.feeds import families
from dispatch.actions.operations import why_findings, why_life
from dispatch.actions.operations.why_life import Life
from dispatch.compose import edits as editors
from dispatch.model import (
    Article,
    Clock,
    Finding,
    NewsletterSettings,
    Selection,
    Settings,
)
from dispatch.store import Store, Tx, articles, edits, placement, repeats
from dispatch.store.placement import Placement


@dataclass(frozen=True, slots=True)
class StoryReport:
    """Why a story's fields are what they are, and where it went or did not go."""

    article: Article
    findings: tuple[Finding, ...]
    places: tuple[Placement, ...]
    absent: tuple[str, ...]  # why it has no place in a newsletter, a sentence each
    feeds: tuple[str, ...]
    life: Life

    @property
    def ok(self) -> bool:
        """Whether the question could be answered."""
        return True

    def lines(self) -> list[str]:
        """Say it in sentences."""
        feeds = ", ".join(self.feeds) or "none"
        return [
            *why_findings.sentences(self.article, self.findings),
            f"Feeds that carry its section: {feeds}.",
            *(_place(one) for one in self.places),
            *self.absent,
            *self.life.lines(),
        ]

    def to_json(self) -> dict[str, object]:
        """Say it to a machine."""
        return {
            "number": self.article.id,
            "headline": self.article.content.headline,
            "findings": [
                {
                    "field": one.field,
                    "rule": one.rule,
                    "confidence": one.confidence,
                    "note": one.note,
                }
                for one in self.findings
            ],
            "feeds": list(self.feeds),
            "newsletters": [
                {
                    "newsletter": one.newsletter,
                    "position": one.position,
                    "issue": one.issue or None,
                    "state": one.state,
                }
                for one in self.places
            ],
            "absent": list(self.absent),
            **self.life.to_json(),
        }


def story(
    store: Store, article: Article, settings: Settings, clock: Clock
) -> StoryReport:
    """Tell why a story is what it is, and where it went."""
    with store.read() as tx:
        findings = articles.findings(tx, article.id)
        places = tuple(
            _dropped(tx, one, article.id)
            for one in placement.of_article(tx, article.id)
        )
        lived = why_life.life(tx, article)
        repeated = repeats.of(tx, article.id)
    settled = {one.newsletter for one in places}
    settled |= {one.newsletter for one in repeated}
    return StoryReport(
        article=article,
        findings=findings,
        places=places,
        absent=(
            *(_repeated(one) for one in repeated),
            *(
                _absence(article, one, clock.now())
                for one in settings.newsletter
                if one.name not in settled
            ),
        ),
        feeds=(
            *(one.name for one in settings.feed if _selected(article, one.selection)),
            *families.of(article, settings),
        ),
        life=lived,
    )


def _repeated(one: repeats.LeftOut) -> str:
    return f"Not in {one.newsletter}: it had this already, as story {one.had}."


def _selected(article: Article, selection: Selection) -> bool:
    return not selection.sections or article.content.section in selection.sections


def _absence(article: Article, newsletter: NewsletterSettings, now: datetime) -> str:
    """Say why a story has no place in a newsletter; the first reason counts."""
    embargo = article.embargo_until
    reasons = (
        (article.merged_into, "it is the same story as another"),
        (article.withdrawn_at, "it is withdrawn"),
        (article.held, f"it is held: {article.held}"),
        (article.baseline, "it was there at the source's first visit"),
        (embargo and embargo > now, "it is under embargo"),
        (article.published_at > now, "it is dated in the future"),
        (
            not _selected(article, newsletter.selection),
            f"section {article.content.section!r} is not among its sections",
        ),
    )
    for applies, reason in reasons:
        if applies:
            return f"Not in {newsletter.name}: {reason}."
    return (
        f"Not in {newsletter.name} yet: the next slot decides, if the story is not "
        "older than `lookback`."
    )


def _dropped(tx: Tx, place: Placement, article: int) -> Placement:
    """Return the place, saying so when editors took the story out of its issue."""
    wanted = editors.fold(edits.of_issue(tx, place.issue)) if place.issue else None
    out = wanted is not None and article in wanted.dropped
    return replace(place, dropped=place.dropped or out)


def _place(place: Placement) -> str:
    if place.dropped and not place.issue:
        return f"Not in {place.newsletter}: an editor dropped it for good."
    if place.dropped:
        issue = f"{place.issue}, which is {place.state}"
        return f"Not in {place.newsletter}: an editor dropped it from issue {issue}."
    if not place.issue:
        return f"In {place.newsletter}: waits for the next issue."
    return f"In {place.newsletter}: issue {place.issue}, which is {place.state}."
