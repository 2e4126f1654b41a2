"""The shipped demo: a few sample readers, and a first issue to look at."""

from dispatch.actions.audience import subscribers
from dispatch.actions.issues import compose
from dispatch.compose.press import Press
from dispatch.model import Clock, Settings
from dispatch.store import Store, issues, subscribers as people
from dispatch.subscribe.tokens import Tokens


def prepare(
    store: Store, press: Press, tokens: Tokens, settings: Settings, *, clock: Clock
) -> str:
    """Subscribe the sample readers and release the first issue; return its id.

    Does so once: not when the site is live, names no sample readers, or has any
    reader or issue already; then, or when there is no story, returns "".
    """
    if not _wanted(settings) or not _empty(store):
        return ""
    newsletter = settings.newsletter[0]
    report = compose.compose_now(store, press, newsletter, clock=clock, send=True)
    if not report.issues:
        return ""
    for reader in settings.sandbox.sample_subscribers:
        subscribers.add(
            store,
            press,
            tokens,
            newsletter,
            reader,
            confirmed=True,
            clock=clock,
            consent="A sample reader of the demo.",
        )
    return report.issues[0].id


def _wanted(settings: Settings) -> bool:
    samples = settings.sandbox.sample_subscribers
    return bool(samples and settings.newsletter) and not settings.site.live


def _empty(store: Store) -> bool:
    with store.read() as tx:
        readers = sum(people.subscription_counts(tx).values())
        return readers == 0 and not issues.recent(tx, 1)
