"""What was done to a story, what its readers were told, and who was mailed it."""

from dataclasses import dataclass

from dispatch.actions.operations import history
from dispatch.model import Article, Correction, IssueState
from dispatch.store import (
    Tx,
    acts,
    also_in,
    carrying,
    corrections,
    questions,
    refit,
)
from dispatch.store.acts import Act
from dispatch.store.also_in import Place
from dispatch.store.carrying import Carrier
from dispatch.store.questions import Question
from dispatch.text import urls

NEVER_LEFT = frozenset({IssueState.CANCELLED, IssueState.EXPIRED})


@dataclass(frozen=True, slots=True)
class Carried:
    """An issue that covers the story's place, and how many mailboxes took it."""

    issue: Carrier
    accepted: int


@dataclass(frozen=True, slots=True)
class Life:
    """A story's life after it was collected."""

    article: Article
    acts: tuple[Act, ...] = ()
    corrections: tuple[Correction, ...] = ()
    told: tuple[tuple[int, str], ...] = ()
    carried: tuple[Carried, ...] = ()
    elsewhere: tuple[Place, ...] = ()
    asked: tuple[Question, ...] = ()

    def lines(self) -> list[str]:
        """Say it in sentences."""
        return [
            *(_elsewhere(one) for one in self.elsewhere),
            *(f"An editor is asked: {one.detail}" for one in self.asked),
            *(f"{one.at:%Y-%m-%d %H:%M} UTC: {history.done(one)}" for one in self.acts),
            *(history.correction(one, self.told) for one in self.corrections),
            *(_mailed(one) for one in self.carried),
        ]

    def to_json(self) -> dict[str, object]:
        """Say it to a machine."""
        return {
            "edited": sorted(self.article.edited),
            "acts": [history.act_json(one) for one in self.acts],
            "corrections": [
                history.correction_json(one, self.told) for one in self.corrections
            ],
            "mailed": [
                {
                    "issue": one.issue.id,
                    "shown": bool(one.issue.bodies),
                    "accepted": one.accepted,
                }
                for one in self.carried
            ],
            "also_in": [
                {"source": one.source, "name": one.locator, "url": one.url}
                for one in self.elsewhere
            ],
            "questions": [one.id for one in self.asked],
        }


def life(tx: Tx, article: Article) -> Life:
    """Return what became of a story after it was collected."""
    return Life(
        article=article,
        acts=acts.of(tx, article.id),
        corrections=corrections.of(tx, article.id),
        told=corrections.carriers(tx, article.id),
        carried=tuple(
            Carried(one, refit.accepted(tx, one.id, one.bodies))
            for one in carrying.seen(tx, article.id)
        ),
        elsewhere=also_in.of(tx, article.id),
        asked=tuple(one for one in questions.of(tx, article.id) if not one.answer),
    )


def _elsewhere(one: Place) -> str:
    """Say which other source has the story, and under which name."""
    url = f", {urls.shown(one.url)}" if one.url else ""
    return f"Also in {one.source} ({one.locator}{url})."


def _mailed(one: Carried) -> str:
    """Say who got the story in an issue, or why nobody did."""
    issue = one.issue
    if one.accepted:
        boxes = "mailbox" if one.accepted == 1 else "mailboxes"
        return f"Mailed in {issue.id}: {one.accepted:,} {boxes} took it."
    return f"Not mailed in {issue.id}: {_why_not(issue)}."


def _why_not(issue: Carrier) -> str:
    if not issue.composed:
        return "it has no content yet"
    if not issue.bodies:
        return (
            "there was no room, it is on the issue's page"
            if issue.overflows
            else "readers could not see the story when it was made"
        )
    if not issue.shows and issue.state is not IssueState.PAUSED:
        return "the story had gone before it left"
    if issue.state in NEVER_LEFT:
        return f"the issue is {issue.state}"
    return f"the issue is {issue.state}, and nobody has it yet"
