"""/metrics for Prometheus: counted from the store at every scrape.

Nothing is remembered between scrapes, so a restart loses nothing and two daemons
on one database say the same. No label ever holds an address.
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import TypeVar

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import dispatch
from dispatch.app import App
from dispatch.model import BounceClass, SourceState
from dispatch.store import Store, articles, bounces, census, sources

Value = TypeVar("Value", bound=StrEnum)


class Metrics:
    """/metrics."""

    def __init__(self, app: App) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(StoreCollector(app.store))

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

    def __init__(self, store: Store) -> None:
        self._store = store

    def collect(self) -> Iterator[Metric]:
        """Yield every metric, all from one transaction."""
        yield _gauge(
            "dispatch_build_info",
            "The running version.",
            ("version",),
            [((dispatch.__version__,), 1)],
        )
        with self._store.read() as tx:
            families = [
                *_of_books(census.books(tx)),
                *_of_sources(sources.states(tx)),
                *_of_bounces(bounces.totals(tx), bounces.intakes(tx)),
                _pairs("issues", "Issues.", "state", census.issues(tx)),
                _pairs("slots", "Settled slots.", "outcome", census.slots(tx)),
                _pairs(
                    "subscriptions",
                    "Subscriptions.",
                    "state",
                    census.subscriptions(tx),
                ),
                _plain("dispatch_articles", "Articles stored.", articles.count(tx)),
            ]
            oldest = census.oldest_due(tx)
            families.append(
                _plain(
                    "dispatch_oldest_due_timestamp_seconds",
                    "Since when the delivery that waits longest is due; 0 for none.",
                    oldest.timestamp() if oldest else 0,
                )
            )
        yield from families


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
