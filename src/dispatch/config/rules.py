"""Which rule holds for which key of config.toml; `literals` and `places` have them."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from dispatch.config import literals, newsletter_sections, places
from dispatch.config.faults import Fault, UnfitError, shorten


def faults(
    file: str, table: str, at: str, values: Mapping[str, Any]
) -> Iterator[Fault]:
    """Yield what is wrong with the values of one table; `at` is its name."""
    for key, value in values.items():
        rule = RULES.get(f"{ALIKE.get(table, table)}.{key}")
        try:
            if rule is not None:
                rule(value)
        except UnfitError as unfit:
            yield unfit.at(file, f"{at}.{key}")
        except ValueError as error:
            yield Fault(file, f"{at}.{key}", _sentence(value, str(error)))


def _sentence(value: object, reason: str) -> str:
    """Make sure that a message names the value and ends like a sentence."""
    text = reason if str(value) in reason else f"{shorten(value)}: {reason}"
    return text if text.endswith((".", "!", '"')) else f"{text}."


ALIKE = {"relay": "smtp"}  # tables of the same settings
RULES: Mapping[str, literals.Rule] = {
    "site.title": partial(literals.filled, literals.anything),
    "site.url": partial(literals.filled, places.site_url),
    "site.home": places.web,
    "site.language": partial(literals.filled, literals.language),
    "site.timezone": partial(literals.filled, literals.zone),
    "site.contact": places.mailbox,
    "site.complaints": places.mailbox,
    "site.logo": places.web,
    "site.accent": partial(literals.filled, literals.colour),
    "store.url": places.database,
    "operators.mail": places.mailboxes,
    "operators.webhook": places.web,
    "operators.heartbeat": places.web,
    "source.name": literals.name,
    "source.url": places.web,
    "source.language": literals.language,
    "source.timezone": literals.zone,
    "source.settle": partial(literals.lasting, "0s", "1d"),
    "source.ignore": literals.texts,
    "source.every": partial(literals.lasting, "1m", "7d"),
    "source.priority": partial(literals.between, -1000, 1000),
    "source.key": literals.ghost_key,
    "source.host": places.relay_host,
    "source.port": partial(literals.between, 1, places.HIGHEST_PORT),
    "source.mailbox": partial(literals.filled, literals.anything),
    "source.senders": partial(literals.each, places.trusted_sender),
    "source.authserv": places.host,
    "fetch.allow_private": partial(literals.each, places.own_network),
    "fetch.proxy": places.web,
    "feeds.hubs": places.hubs,
    "feed.name": literals.name,
    "feed.formerly": partial(literals.each, literals.name),
    "feed.sections": literals.texts,
    "feed.tags": literals.texts,
    "feed.authors": literals.texts,
    "feed.sources": literals.texts,
    "feed.languages": literals.texts,
    "feed.limit": partial(literals.between, 1, 500),
    "feed.window": partial(literals.lasting, "0s", "366d"),
    "feed.podcast_category": partial(
        literals.shaped,
        literals.CATEGORY,
        "a podcast category",
        'Write one of Apple\'s, as in "News" or "News > Politics".',
    ),
    "feed.podcast_image": places.web,
    "feed.podcast_guid": partial(
        literals.shaped,
        literals.UUID,
        "a podcast:guid",
        "Copy it from the feed that the podcast had, or leave the line out.",
    ),
    "smtp.name": literals.name,
    "smtp.host": partial(literals.filled, places.relay_place),
    "smtp.port": partial(literals.between, 1, places.HIGHEST_PORT),
    "smtp.token_command": literals.texts,
    "smtp.token_url": places.token_url,
    "smtp.connections": partial(literals.between, 1, 100),
    "smtp.messages_per_connection": partial(literals.between, 1, 100_000),
    "smtp.connection_lifetime": partial(literals.lasting, "10s", "1d"),
    "smtp.rate": partial(literals.each, literals.rate),
    "smtp.domain_rates": partial(literals.each, places.domain_rate),
    "smtp.quiet": literals.hours,
    "smtp.warm_up": partial(literals.lasting, "0s", "366d"),
    "smtp.warm_up_start": literals.day,
    "smtp.warm_up_first": partial(literals.between, 1, 10_000_000),
    "smtp.senders": partial(literals.each, places.sending_place),
    "smtp.failover": literals.named,
    "smtp.return_path": partial(literals.filled, places.return_path),
    "smtp.helo": places.host,
    "smtp.timeout": partial(literals.lasting, "5s", "1h"),
    "bounces.listen": places.listen,
    "bounces.unsubscribe": places.starred,
    "bounces.hooks": literals.texts,
    "bounces.host": places.relay_host,
    "bounces.port": partial(literals.between, 1, places.HIGHEST_PORT),
    "bounces.mailbox": partial(literals.filled, literals.anything),
    "bounces.every": partial(literals.lasting, "1m", "1d"),
    "dkim.domain": partial(literals.filled, places.host),
    "dkim.selector": partial(literals.filled, places.host),
    "dkim.until": literals.day,
    "store.min_free": partial(literals.between, 0, 1_000_000),
    "newsletter.name": literals.name,
    "newsletter.sender": partial(literals.filled, places.sender),
    "newsletter.schedule": literals.schedule,
    "newsletter.reply_to": places.mailbox,
    "newsletter.timezone": literals.zone,
    "newsletter.sections": literals.texts,
    "newsletter.relay": literals.named,
    "newsletter.section": newsletter_sections.check,
    "newsletter.not_if_in": literals.texts,
    "newsletter.min_articles": partial(literals.between, 1, 200),
    "newsletter.max_articles": partial(literals.between, 1, 200),
    "newsletter.lookback": partial(literals.lasting, "0s", "366d"),
    "newsletter.max_lateness": partial(literals.lasting, "1m", "31d"),
    "newsletter.expires": partial(literals.lasting, "10m", "31d"),
    "newsletter.proof_to": places.mailboxes,
    "newsletter.proof": partial(literals.lasting, "0s", "1d"),
    "newsletter.undo": partial(literals.lasting, "0s", "1d"),
    "newsletter.canary": partial(literals.between, 0, 10_000),
    "newsletter.canary_wait": partial(literals.lasting, "0s", "7d"),
    "web.listen": partial(literals.filled, places.listen),
    "web.admin_listen": places.listen,
    "web.trusted_proxies": partial(literals.each, places.proxy_network),
    "sandbox.smtp": partial(literals.filled, places.listen),
    "sandbox.listen": partial(literals.filled, places.listen),
    "sandbox.sample_subscribers": places.mailboxes,
}
