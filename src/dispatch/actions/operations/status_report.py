"""What `dispatch status` shows: for a machine, and what in it needs a human."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

from dispatch.actions.delivery.relay_status import RelayLine
from dispatch.model import (
    BounceClass,
    Cadence,
    Issue,
    NewsletterSettings,
    SourceSettings,
    SourceState,
    SubscriptionState,
    Tally,
)
from dispatch.store.problems import SourceProblem
from dispatch.text import urls
from dispatch.text.moments import iso

BOOKS = "The books do not balance: {:,} deliveries are missing. Please report this."
UNKNOWN = "Deliveries of unknown end: {:,}. See: dispatch unknown list"
BOUNCES = (
    "Bounces that are held, because much of a domain came back at once: {:,}. See: "
    "dispatch bounce list"
)
HELD = (
    "It is held. {why} Take it in: dispatch source release {name} - or record it and "
    "mail nothing of it: dispatch source discard {name}"
)
GONE = (
    "It says that it is gone for good (410), so it is not asked any more. Mend its "
    "address or take it out of config.toml; to ask once more: dispatch collect "
    "--source {name}"
)
MOVED = "It moved to {} for good: write that into config.toml when you can."
QUESTIONS = "Questions that wait for an editor: {:,}. See: dispatch article questions"
HEADLINES = (
    "Stories with a generated headline: {:,}. See: dispatch article list "
    "--needs-headline"
)


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One source of the config. `state` is None before its first visit."""

    settings: SourceSettings
    articles: int
    state: SourceState | None
    week: int = 0  # articles that came in during the last seven days
    push: str = ""  # how it stands with its hub, in a sentence; empty: it has none

    @property
    def error(self) -> str:
        """What went wrong at the last visit; empty when nothing did."""
        return self.state.error if self.state else ""

    @property
    def next_at(self) -> datetime | None:
        """When it is asked again; None for a folder, and for one that is gone."""
        if self.state is None or self.settings.kind == "folder" or self.state.gone_at:
            return None
        return self.state.next_at

    @property
    def word(self) -> str:
        """How it stands, in a word or two."""
        if self.state is None:
            return "new"
        if self.state.held_at:
            return "held"
        if self.state.gone_at:
            return "gone for good"
        times = self.state.failures
        said = "failed once" if times == 1 else f"failed {times} times"
        return said if times else "well"

    def sentences(self) -> list[str]:
        """Say what is wrong or worth knowing, and what to type about it."""
        if self.state is None:
            return []
        name, state = self.settings.name, self.state
        to = state.courtesy.moved_to
        found = [
            HELD.format(name=name, why=state.held_why) if state.held_at else "",
            GONE.format(name=name) if state.gone_at else _failed(state),
            MOVED.format(urls.shown(to)) if to else "",
            state.remark,
            self.push,
        ]
        return [sentence for sentence in found if sentence]


def _failed(state: SourceState) -> str:
    """Say what is wrong, and since when, if it is not the first time."""
    if not state.error or state.failures < 2 or state.failing_since is None:  # noqa: PLR2004 - once more than once
        return state.error
    return f"{state.error} Since {state.failing_since:%Y-%m-%d %H:%M} UTC."


@dataclass(frozen=True, slots=True)
class FeedLine:
    """One feed of the config; no `updated` before it was first published."""

    name: str
    files: tuple[str, ...]
    entries: int
    updated: datetime | None
    error: str


@dataclass(frozen=True, slots=True)
class NewsletterLine:
    """One newsletter of the config. `next_slot` is None while it is paused."""

    settings: NewsletterSettings
    active: int
    cadences: Mapping[Cadence, int]  # how often those want mail
    next_slot: datetime | None
    paused_until: datetime | None
    paused: bool


@dataclass(frozen=True, slots=True)
class IssueLine:
    """One issue and its books."""

    issue: Issue
    tally: Tally


@dataclass(frozen=True, slots=True)
class StatusReport:
    """Everything `dispatch status` shows."""

    title: str
    live: bool
    timezone: str
    articles: int
    need_headline: int
    sources: tuple[SourceLine, ...]
    feeds: tuple[FeedLine, ...]
    newsletters: tuple[NewsletterLine, ...]
    issues: tuple[IssueLine, ...]
    problems: tuple[SourceProblem, ...]
    subscriptions: Mapping[SubscriptionState, int]
    suppressed: int
    unknown: int
    gap: int
    relays: tuple[RelayLine, ...] = ()
    bounces: Mapping[BounceClass, int] = field(default_factory=dict)  # last seven days
    bounces_held: int = 0
    refusing: tuple[str, ...] = ()  # who refuses our mail as such, and what to mend
    questions: int = 0  # about stories; a held source is told with the source

    @property
    def ok(self) -> bool:
        """Whether the status could be read: what it says may still be bad."""
        return True

    def lines(self) -> list[str]:
        """Say what needs a human, most urgent first."""
        failing = [one.settings.name for one in self.sources if one.error]
        held = [one.settings.name for one in self.sources if one.word == "held"]
        findings = (
            (self.gap, BOOKS.format(self.gap)),
            (self.bounces_held, BOUNCES.format(self.bounces_held)),
            (self.unknown, UNKNOWN.format(self.unknown)),
            (held, f"Held until somebody decides, see below: {', '.join(held)}."),
            (failing, f"Could not be read at the last visit: {', '.join(failing)}."),
            (self.questions, QUESTIONS.format(self.questions)),
            (self.need_headline, HEADLINES.format(self.need_headline)),
            (self.problems, f"Problems with what sources hold: {len(self.problems)}."),
        )
        relays = [
            words
            for relay in self.relays
            if not relay.well
            for words in relay.sentences()
        ]
        told = [sentence for applies, sentence in findings if applies]
        return [*relays, *self.refusing, *told]

    def progress(self) -> list[str]:
        """Say of the relays that work how far they are."""
        return [
            words for relay in self.relays if relay.well for words in relay.sentences()
        ]

    def to_json(self) -> dict[str, object]:
        """Say it in the shape that is promised to machines."""
        return {
            "live": self.live,
            "articles": self.articles,
            "need_headline": self.need_headline,
            "sources": [_source(one) for one in self.sources],
            "feeds": [
                {
                    **asdict(one),
                    "files": list(one.files),
                    "updated": iso(one.updated),
                }
                for one in self.feeds
            ],
            "newsletters": [_newsletter(one) for one in self.newsletters],
            "issues": [_issue(one) for one in self.issues],
            "problems": [
                {"source": one.source, "where": one.where, "what": one.what}
                for one in self.problems
            ],
            "subscriptions": {
                state.value: self.subscriptions.get(state, 0)
                for state in SubscriptionState
            },
            "suppressed_addresses": self.suppressed,
            "unknown": self.unknown,
            "gap": self.gap,
            "relays": [relay_json(relay) for relay in self.relays],
            "relay_error": " ".join(one.rest.why for one in self.relays if one.rest),
            "bounces": {
                "held": self.bounces_held,
                "refusing": list(self.refusing),
                "last_week": {
                    kind.value: self.bounces.get(kind, 0) for kind in BounceClass
                },
            },
            "questions": self.questions,
        }


def _source(line: SourceLine) -> dict[str, object]:
    state = line.state
    told = {
        "name": line.settings.name,
        "kind": line.settings.kind,
        "articles": line.articles,
        "last_week": line.week,
        "state": line.word,
        "last_success": iso(state.last_success_at) if state else None,
        "last_attempt": iso(state.last_attempt_at) if state else None,
        "next": iso(line.next_at),
        "next_why": state.next_why if state and line.next_at else "",
        "error": line.error,
        "failures": state.failures if state else 0,
        "remark": state.remark if state else "",
        "held": state.held_why if state and state.held_at else "",
        "push": line.push,
    }
    if line.settings.kind == "folder":  # looked at in every round
        del told["next"], told["next_why"]
    return told


def _newsletter(line: NewsletterLine) -> dict[str, object]:
    return {
        "name": line.settings.name,
        "title": line.settings.title,
        "active": line.active,
        "cadences": {cadence.value: n for cadence, n in line.cadences.items()},
        "next_slot": iso(line.next_slot),
        "paused": line.paused,
        "paused_until": iso(line.paused_until),
    }


def _issue(line: IssueLine) -> dict[str, object]:
    issue = line.issue
    return {
        "id": issue.id,
        "newsletter": issue.newsletter,
        "slot": iso(issue.slot),
        "state": issue.state.value,
        "subject": issue.subject,
        "held_reason": issue.held_reason,
        **asdict(line.tally),
    }


def relay_json(line: RelayLine) -> dict[str, object]:
    """Return how a relay stands for a machine."""
    rest = line.rest
    return {
        "name": line.name,
        "where": line.where,
        "waiting": line.waiting,
        "planned": line.planned,
        "accepted": line.accepted,
        "issues": list(line.issues),
        "stand_in": line.stand_in,
        "refuses_since": iso(rest.since) if rest else None,
        "error": rest.why if rest else "",
        "failures": rest.failures if rest else 0,
        "next_try": iso(rest.until) if rest else iso(line.waits_until),
        "waits_for": line.waits_for,
        "gives_up": iso(line.gives_up_at),
        "done": iso(line.estimate.done_at) if line.waiting else None,
        "bottleneck": line.estimate.bottleneck,
        "per_second": round(line.estimate.per_second, 3),
        "refusing_domains": {one.domain: one.rest.why for one in line.domains},
        "words": line.sentences(),
    }
