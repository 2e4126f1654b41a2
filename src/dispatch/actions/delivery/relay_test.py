"""Try a relay: connect, log in, and hand over one letter if asked; tell it in words.

The letter is outside the books: it belongs to no mailing, and nothing is planned.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from dispatch.actions.delivery.rounds import Channel, Session
from dispatch.deliver import reply as replies
from dispatch.errors import RelayError
from dispatch.model import Envelope, Phase, RelaySettings, Reply

SUBJECT = "A test of the relay {name}"
TEXT = """\
This letter was sent to try the mail relay "{name}" ({where}) of {title}.

It came through. Nothing else was done, and nobody else got it.
"""
STAGES = {
    Phase.MAIL: "It does not take mail from {sender}",
    Phase.RCPT: "It does not take mail for {to}",
    Phase.DATA: "It wants no message",
    Phase.BODY: "The connection was lost while the message was sent",
    Phase.DOT: "It did not take the message",
}

Sign = Callable[[bytes, RelaySettings], bytes]


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of trying one relay. `error` says why it cannot be used."""

    name: str
    where: str
    seconds: float = 0.0
    encryption: str = ""
    mechanism: str = ""
    extensions: tuple[str, ...] = ()
    error: str = ""
    sender: str = ""
    to: str = ""
    reply: Reply | None = None

    @property
    def ok(self) -> bool:
        """Whether it could be used, and took the letter if there was one."""
        taken = self.reply is None or replies.positive(self.reply.code)
        return not self.error and taken

    def lines(self) -> list[str]:
        """Tell it in words, one step a line."""
        if self.error:
            return [f"{self.name}: {self.error}"]
        privacy = (
            f"encrypted with {self.encryption}" if self.encryption else "in the clear"
        )
        login = f"logged in with {self.mechanism}" if self.mechanism else "no login"
        took = f"{self.seconds:.2f} s"
        told = [f"{self.name}: {self.where} answers, {privacy}, {login} ({took})."]
        if self.extensions:
            told.append(f"  It offers {', '.join(self.extensions)}.")
        if self.reply is not None:
            told.append(f"  {self._letter(self.reply)}")
        return told

    def _letter(self, reply: Reply) -> str:
        words = " ".join(reply.text.split())
        said = f"{reply.code} {words}" if reply.code else words or "no answer"
        if replies.positive(reply.code):
            return f"The letter to {self.to} was taken: {said}."
        stage = STAGES.get(reply.phase, "It failed")
        what = stage.format(sender=self.sender or "nobody", to=self.to)
        return f"{what}: {said}."

    def to_json(self) -> dict[str, object]:
        """Say it to a machine."""
        return {
            "name": self.name,
            "where": self.where,
            "ok": self.ok,
            "seconds": round(self.seconds, 3),
            "encryption": self.encryption,
            "login": self.mechanism,
            "extensions": list(self.extensions),
            "error": self.error,
            "code": self.reply.code if self.reply else None,
            "reply": self.reply.text if self.reply else "",
        }


@dataclass(frozen=True, slots=True)
class RelayTestReport:
    """What came of every relay that was tried."""

    trials: tuple[Trial, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether all of them can be used."""
        return all(trial.ok for trial in self.trials)

    def lines(self) -> list[str]:
        """Tell it in words."""
        return [line for trial in self.trials for line in trial.lines()]

    def to_json(self) -> dict[str, object]:
        """Say it to a machine."""
        return {"relays": [trial.to_json() for trial in self.trials]}


def try_relays(
    channels: Sequence[Channel],
    *,
    now: datetime,
    title: str,
    sender: str,
    to: str = "",
    sign: Sign = lambda message, _relay: message,
) -> RelayTestReport:
    """Connect to each relay, and hand a letter from `sender` to `to` over, if any."""
    return RelayTestReport(
        tuple(
            _try(one, now=now, title=title, sender=sender, to=to, sign=sign)
            for one in channels
        )
    )


def _try(
    channel: Channel, *, now: datetime, title: str, sender: str, to: str, sign: Sign
) -> Trial:
    relay = channel.relay
    started = time.monotonic()
    try:
        opened = channel.connect()
    except RelayError as error:
        return Trial(relay.name, relay.where, error=str(error))
    trial = Trial(
        relay.name,
        relay.where,
        time.monotonic() - started,
        opened.encryption,
        opened.mechanism,
        opened.extensions,
        sender=_return_path(relay, sender),
        to=to,
    )
    try:
        if to:
            letter = _letter(relay, now=now, title=title, sender=sender, to=to)
            message = sign(letter, relay)
            return replace(trial, reply=_hand_over(opened, trial, message))
        return trial
    finally:
        opened.quit()


def _hand_over(opened: Session, trial: Trial, message: bytes) -> Reply:
    envelope = Envelope(trial.sender, trial.to)
    return opened.transact(envelope, message, lambda: True)


def _return_path(relay: RelaySettings, sender: str) -> str:
    """Return where bounces of this letter go: never to a delivery's own address."""
    wanted = relay.return_path
    return sender if wanted == "verp" or "*" in wanted else wanted


def _letter(
    relay: RelaySettings, *, now: datetime, title: str, sender: str, to: str
) -> bytes:
    """Return the letter as it is handed over, dots stuffed."""
    letter = EmailMessage(policy=SMTP)
    letter["From"] = sender
    letter["To"] = to
    letter["Subject"] = SUBJECT.format(name=relay.name)
    letter["Date"] = format_datetime(now)
    host = sender.rpartition("@")[2]
    letter["Message-ID"] = f"<relay-test.{int(now.timestamp() * 1_000_000)}@{host}>"
    letter["Auto-Submitted"] = "auto-generated"
    words = {"name": relay.name, "where": relay.where, "title": title}
    letter.set_content(TEXT.format(**words), cte="quoted-printable")
    return letter.as_bytes().replace(b"\r\n.", b"\r\n..")
