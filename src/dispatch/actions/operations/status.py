"""Say how a publication stands: what is, in one reading of the database."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from dispatch.actions.bounces import bounce_alerts
from dispatch.actions.delivery import relay_status
from dispatch.actions.operations.status_report import (
    FeedLine,
    IssueLine,
    NewsletterLine,
    SourceLine,
    StatusReport,
)
from dispatch.collect import hub
from dispatch.compose import due
from dispatch.deliver.route import Routes
from dispatch.model import (
    BounceFate,
    Clock,
    FeedFile,
    FeedFormat,
    NewsletterSettings,
    NewsletterState,
    RelaySettings,
    Settings,
)
from dispatch.store import (
    Store,
    Tx,
    articles,
    bounces,
    census,
    feeds,
    issues,
    newsletters,
    problems,
    push,
    questions,
    readership,
    sources,
    subscribers,
    suppressions,
    tallies,
)

ISSUES = 20  # the newest
WEEK = timedelta(days=7)


def status(
    store: Store,
    settings: Settings,
    *,
    clock: Clock,
    relays: Sequence[RelaySettings] = (),
    routes: Routes | None = None,
) -> StatusReport:
    """Read how everything stands; changes nothing. `relays` are those in use."""
    now = clock.now()
    with store.read() as tx:
        books = census.books(tx)
        standing = relay_status.lines(
            tx, relays, routes or Routes(), zone=settings.site.timezone
        )
        return StatusReport(
            title=settings.site.title,
            live=settings.site.live,
            timezone=settings.site.timezone,
            articles=articles.count(tx),
            need_headline=len(articles.needing_headline(tx)),
            sources=_sources(tx, settings, now=now),
            feeds=_feeds(tx, settings),
            newsletters=tuple(_stand(tx, one, now=now) for one in settings.newsletter),
            issues=tuple(
                IssueLine(issue, tallies.of_issue(tx, issue.id))
                for issue in issues.recent(tx, ISSUES)
            ),
            problems=problems.standing(tx),
            subscriptions=subscribers.subscription_counts(tx),
            suppressed=suppressions.count(tx),
            unknown=books.unknown,
            gap=books.gap,
            relays=standing,
            bounces=bounces.totals(tx, since=now - WEEK),
            refusing=tuple(
                map(bounce_alerts.refused, bounce_alerts.refusing(tx, now=now))
            ),
            bounces_held=bounces.fates(tx).get(BounceFate.HELD, 0),
            questions=sum(one.kind != "storm" for one in questions.standing(tx)),
        )


def _sources(tx: Tx, settings: Settings, *, now: datetime) -> tuple[SourceLine, ...]:
    known = {state.name: state for state in sources.states(tx)}
    counted = articles.count_by_source(tx)
    fresh = census.new_by_source(tx, since=now - WEEK)
    hubs = push.every(tx)
    return tuple(
        SourceLine(
            settings=one,
            articles=counted.get(one.name, 0),
            state=known.get(one.name),
            week=fresh.get(one.name, 0),
            push=hub.words(hubs[one.name], now) if one.name in hubs else "",
        )
        for one in settings.source
    )


def _feeds(tx: Tx, settings: Settings) -> tuple[FeedLine, ...]:
    known = feeds.files(tx)
    return tuple(
        _feed(one.name, [file for file in known if file.feed == one.name])
        for one in settings.feed
    )


def _feed(name: str, files: list[FeedFile]) -> FeedLine:
    order = list(FeedFormat)
    written = sorted(
        (file for file in files if file.sha256),
        key=lambda file: order.index(file.format),
    )
    return FeedLine(
        name=name,
        files=tuple(f"{name}.{file.format}" for file in written),
        entries=max((file.entries for file in written), default=0),
        updated=max((file.changed_at for file in written), default=None),
        error=next((file.error for file in files if file.error), ""),
    )


def _stand(tx: Tx, newsletter: NewsletterSettings, *, now: datetime) -> NewsletterLine:
    state = newsletters.state(tx, newsletter.name)
    paused = state is not None and _paused(state, now)
    until = state.paused_until if state is not None and paused else None
    wanted = readership.by_cadence(tx, newsletter.name)
    return NewsletterLine(
        settings=newsletter,
        active=sum(wanted.values()),
        cadences=wanted,
        next_slot=_next_slot(newsletter, until if paused else now),
        paused_until=until,
        paused=paused,
    )


def _paused(state: NewsletterState, now: datetime) -> bool:
    if state.paused_at is None:
        return False
    return state.paused_until is None or state.paused_until > now


def _next_slot(
    newsletter: NewsletterSettings, after: datetime | None
) -> datetime | None:
    """Return the first slot after a moment; None for a pause without end."""
    if after is None:
        return None
    return due.next_slot(newsletter.schedule, newsletter.timezone, after)
