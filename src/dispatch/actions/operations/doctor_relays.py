"""Try every relay of the config, live or not: connect, log in, and hang up."""

from collections.abc import Iterator
from datetime import datetime

from dispatch.actions.delivery import relay_test
from dispatch.actions.delivery.relay_test import Trial
from dispatch.actions.delivery.rounds import Channel
from dispatch.model import Diagnosis, RelaySettings, Settings
from dispatch.text import urls


def look(settings: Settings, channel: Channel, now: datetime) -> Iterator[Diagnosis]:
    """Yield how a relay answers. No letter is sent."""
    title = settings.site.title
    report = relay_test.try_relays([channel], now=now, title=title, sender="")
    for trial in report.trials:
        yield _diagnosis(channel.relay, trial, settings)


def _diagnosis(relay: RelaySettings, trial: Trial, settings: Settings) -> Diagnosis:
    about = f"Relay {relay.name}"
    words = " ".join(line.strip() for line in trial.lines())
    says = words.removeprefix(f"{relay.name}: ")
    here = relay.local or urls.is_loopback(relay.host)
    if trial.error:
        if settings.site.live or not here:
            return Diagnosis("fail", about, says)
        if relay.where == settings.sandbox.smtp:
            says = f"{relay.where} is the mail catcher, which `dispatch run` starts."
        return Diagnosis("warn", about, says)
    if not trial.encryption and not here:
        return Diagnosis("warn", about, f"{says} Everybody on the way can read it.")
    return Diagnosis("ok", about, says)
