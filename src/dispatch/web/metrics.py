"""/metrics for Prometheus: counted from the store, not added up in memory.

So a restart loses nothing, and two daemons on one database say the same. A count that
takes long, of millions of deliveries, is told again for a while instead of made anew.
No label ever holds an address.
"""

import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import TypeVar

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import dispatch
from dispatch.actions.delivery import relay_status
from dispatch.actions.delivery.relay_status import RelayLine
from dispatch.app import App
from dispatch.model import BounceClass, SourceState
from dispatch.store import articles, bounces, census, sources

Value = TypeVar("Value", bound=StrEnum)

QUICK = 0.05  # seconds: a count that takes no longer is made at every scrape
SHARE = 20  # a slower one is good for so many times as long: a twentieth of a core


class Metrics:
    """/metrics."""

    def __init__(self, app: App) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(StoreCollector(app))

    def routes(self) -> list[Route]:
        """Return the one address."""
        return [Route("/metrics", self.scrape)]

    def scrape(self, _request: Request) -> Response:
        """Everything, in Prometheus's text format."""
        return Response(
            generate_latest(self._registry),
            headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"},
        )


class StoreCollector(Collector):
    """Turns one consistent view of the store into metrics."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._store = app.store
        self._lock = threading.Lock()
        self._counted: tuple[Metric, ...] = ()
        self._good_until = 0.0

    def collect(self) -> Iterator[Metric]:
        """Yield every metric, all from one transaction."""
        with self._lock:  # who scrapes meanwhile gets the same count
            began = time.monotonic()
            if began >= self._good_until:
                self._counted = tuple(self._count())
                took = time.monotonic() - began
                longer = SHARE * took if took > QUICK else 0.0
                self._good_until = began + longer
            counted = self._counted
        yield from counted

    def _count(self) -> Iterator[Metric]:
        yield _gauge(
            "dispatch_build_info",
            "The running version.",
            ("version",),
            [((dispatch.__version__,), 1)],
        )
        with self._store.read() as tx:
            yield from _of_books(census.books(tx))
            yield from _of_sources(sources.states(tx))
            yield from _of_bounces(bounces.totals(tx), bounces.intakes(tx))
            yield _pairs("issues", "Issues.", "state", census.issues(tx))
            yield _pairs("slots", "Settled slots.", "outcome", census.slots(tx))
            yield _pairs(
                "subscriptions", "Subscriptions.", "state", census.subscriptions(tx)
            )
            yield _plain("dispatch_articles", "Articles stored.", articles.count(tx))
            zone = self._app.settings.site.timezone
            yield from _of_relays(
                relay_status.lines(
                    tx, self._app.relays_used, self._app.routes, zone=zone
                )
            )
            oldest = census.oldest_due(tx)
            yield _plain(
                "dispatch_oldest_due_timestamp_seconds",
                "Since when the delivery that waits longest is due; 0 for none.",
                oldest.timestamp() if oldest else 0,
            )
            yield _plain(
                "dispatch_counted_timestamp_seconds",
                "When all this was counted: a large ledger is not at every scrape.",
                tx.now().timestamp(),
            )


def _of_books(books: census.Books) -> Iterator[Metric]:
    yield _gauge(
        "dispatch_deliveries",
        "Deliveries by kind of mail and state.",
        ("kind", "state"),
        [((str(k), str(s)), n) for (k, s), n in sorted(books.deliveries.items())],
    )
    yield _plain(
        "dispatch_accounting_gap",
        "Recipients planned minus recipients in any state. Must be 0.",
        books.gap,
    )
    yield _plain(
        "dispatch_delivery_unknown",
        "Deliveries of which nobody knows whether they arrived.",
        books.unknown,
    )


def _of_relays(lines: Sequence[RelayLine]) -> Iterator[Metric]:
    yield _gauge(
        "dispatch_relay_waiting",
        "Deliveries that wait for a relay.",
        ("relay",),
        [((one.name,), one.waiting) for one in lines],
    )
    yield _gauge(
        "dispatch_relay_failures",
        "Times that a relay failed in a row.",
        ("relay",),
        [((one.name,), one.rest.failures if one.rest else 0) for one in lines],
    )
    yield _gauge(
        "dispatch_relay_next_try_timestamp_seconds",
        "Until when a relay that failed is left alone.",
        ("relay",),
        [((one.name,), one.rest.until.timestamp()) for one in lines if one.rest],
    )
    yield _gauge(
        "dispatch_relay_done_timestamp_seconds",
        "When what waits for a relay will be out, and what it is bound by.",
        ("relay", "bottleneck"),
        [
            ((one.name, one.estimate.bottleneck), one.estimate.done_at.timestamp())
            for one in lines
            if one.waiting and one.estimate.done_at
        ],
    )
    yield _gauge(
        "dispatch_relay_refusing_domains",
        "Domains that refuse our mail through a relay.",
        ("relay",),
        [((one.name,), len(one.domains)) for one in lines],
    )


def _of_sources(states: Iterable[SourceState]) -> Iterator[Metric]:
    listed = sorted(states, key=lambda state: state.name)
    yield _gauge(
        "dispatch_source_last_success_timestamp_seconds",
        "When a source was last read without error.",
        ("source",),
        [
            ((state.name,), state.last_success_at.timestamp())
            for state in listed
            if state.last_success_at
        ],
    )
    yield _gauge(
        "dispatch_source_failures",
        "Visits to a source that failed in a row.",
        ("source",),
        [((state.name,), state.failures) for state in listed],
    )


def _of_bounces(
    kinds: Mapping[BounceClass, int], outcomes: Mapping[str, int]
) -> Iterator[Metric]:
    yield _gauge(
        "dispatch_bounces",
        "Deliveries that came back, by whose fault it was.",
        ("class",),
        [((str(kind),), kinds.get(kind, 0)) for kind in BounceClass],
    )
    yield _gauge(
        "dispatch_bounce_reports",
        "Mails and posts that were taken in, by what became of them.",
        ("outcome",),
        [((outcome,), number) for outcome, number in sorted(outcomes.items())],
    )


def _pairs(
    name: str, text: str, label: str, counted: Mapping[tuple[str, Value], int]
) -> Metric:
    """Return counts by newsletter and one more label."""
    rows = [((newsletter, str(v)), n) for (newsletter, v), n in sorted(counted.items())]
    return _gauge(f"dispatch_{name}", text, ("newsletter", label), rows)


def _plain(name: str, text: str, value: float) -> Metric:
    return _gauge(name, text, (), [((), value)])


def _gauge(
    name: str,
    text: str,
    labels: tuple[str, ...],
    rows: Iterable[tuple[tuple[str, ...], float]],
) -> Metric:
    family = GaugeMetricFamily(name, text, labels=labels)
    for values, number in rows:
        family.add_metric(values, number)
    return family
