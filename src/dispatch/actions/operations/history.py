"""What became of a story: its revisions, what was done to it, who was told."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from dispatch.model import Article, Correction, CorrectionKind
from dispatch.store import Store, acts, corrections, revisions
from dispatch.store.acts import Act
from dispatch.store.revisions import Revision
from dispatch.text.moments import iso


@dataclass(frozen=True, slots=True)
class History:
    """A story's life, oldest first. `carried` says which issues told a correction."""

    article: Article
    revisions: tuple[Revision, ...]
    acts: tuple[Act, ...]
    corrections: tuple[Correction, ...]
    carried: tuple[tuple[int, str], ...]
    zone: str

    @property
    def ok(self) -> bool:
        """A story has a history."""
        return True

    def lines(self) -> list[str]:
        """Say it in sentences, in the order of time."""
        told = [
            *((one.seen_at, 0, self._revision(one)) for one in self.revisions),
            *((one.at, 1, done(one)) for one in self.acts),
            *((one.noted_at, 2, self._correction(one)) for one in self.corrections),
        ]
        in_order = sorted(told, key=lambda one: (one[0], one[1]))
        return [f"{_local(at, self.zone)}  {words}" for at, _, words in in_order]

    def to_json(self) -> dict[str, object]:
        """Say it to a machine."""
        return {
            "number": self.article.id,
            "id": self.article.tag_id,
            "revisions": [
                {
                    "number": one.number,
                    "at": iso(one.seen_at),
                    "reason": one.reason,
                    "headline": one.headline,
                }
                for one in self.revisions
            ],
            "acts": [act_json(one) for one in self.acts],
            "corrections": [
                correction_json(one, self.carried) for one in self.corrections
            ],
        }

    def _revision(self, one: Revision) -> str:
        before = [r for r in self.revisions if r.number == one.number - 1]
        same = bool(before) and before[0].headline == one.headline
        called = "" if same else f", “{one.headline}”"
        return f"Revision {one.number}: {one.reason or 'changed'}{called}."

    def _correction(self, one: Correction) -> str:
        return correction(one, self.carried)


def history(store: Store, article: Article, *, zone: str) -> History:
    """Return a story's life; times are told in `zone`."""
    with store.read() as tx:
        return History(
            article=article,
            revisions=revisions.of(tx, article.id),
            acts=acts.of(tx, article.id),
            corrections=corrections.of(tx, article.id),
            carried=corrections.carriers(tx, article.id),
            zone=zone,
        )


def done(one: Act) -> str:
    """Say what was done to a story, by whom and why."""
    why = f": {one.reason}" if one.reason else ""
    return f"{one.act[:1].upper()}{one.act[1:]} by {one.by}{why}."


def correction(one: Correction, carried: tuple[tuple[int, str], ...]) -> str:
    """Say what readers of an earlier version are to be told, and where they were."""
    what = {
        CorrectionKind.NOTE: "it says what was wrong",
        CorrectionKind.HEADLINE: f"its headline was “{one.was}”",
        CorrectionKind.TEXT: "more than a fifth of its words changed",
        CorrectionKind.WITHDRAWN: "it was withdrawn",
    }[one.kind]
    issues = [issue for revision, issue in carried if revision == one.revision]
    told = f"told in {', '.join(issues)}" if issues else "the next issue tells it"
    return f"Correction: {what}; {told}."


def act_json(one: Act) -> dict[str, object]:
    """Return an act for a machine."""
    return {"act": one.act, "by": one.by, "reason": one.reason, "at": iso(one.at)}


def correction_json(
    one: Correction, carried: tuple[tuple[int, str], ...]
) -> dict[str, object]:
    """Return a correction for a machine."""
    return {
        "revision": one.revision,
        "kind": one.kind.value,
        "was": one.was,
        "note": one.note,
        "at": iso(one.noted_at),
        "issues": [issue for number, issue in carried if number == one.revision],
    }


def _local(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
