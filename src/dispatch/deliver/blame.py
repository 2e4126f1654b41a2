"""Tell why mail came back, from a server's words: one table, first match wins.

Pure. The enhanced code says most, then the basic code, then known words. In doubt it
is the milder reading: a subscriber is never lost to a mistake of the sender's.
"""

import re
from collections.abc import Callable

from dispatch.deliver import reply as replies
from dispatch.deliver.reply import Fault
from dispatch.model import BounceClass, Reply, Said, Verdict

GONE = 2  # the whole domain is gone: one issue counts for two
NO_MAIL = 556  # RFC 7504

DEAD_CODES = frozenset({"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
SENDER_CODES = frozenset({"5.1.7", "5.1.8"})  # our own address is what they dislike
LOGIN_CODES = replies.LOGIN_CODES

SENDER_WORDS = re.compile(
    r"spamhaus|spamcop|barracuda|block ?list|black ?list|\brbl\b|dnsbl"
    r"|\bspf\b|\bdkim\b|\bdmarc\b|unauthenticated|not authenticated"
    r"|reputation|\bspam\b|unsolicited|\bTSS\d\d\b|\bPTR\b|reverse dns"
    r"|relay(ing)? (access )?denied|unable to relay|not permitted to relay"
    r"|bulk sender|too many (messages|connections|recipients)|rate limit"
    r"|authentication required|access denied|policy",
    re.IGNORECASE,
)
GREY_WORDS = re.compile(r"gr[ea]y[ -]?list", re.IGNORECASE)
FULL_WORDS = re.compile(
    r"over ?quota|quota (exceeded|full)|mailbox (is )?full|full mailbox"
    r"|out of storage|storage (limit|quota)|insufficient (system )?storage|disk full",
    re.IGNORECASE,
)
DEAD_WORDS = re.compile(
    r"user unknown|unknown user|user (was )?not found|no such (user|recipient|mailbox)"
    r"|no such (address|person)|(does not|doesn'?t) exist|no mailbox here"
    r"|(does not|doesn'?t) have an? \S{1,80} account|mailbox (not found|unavailable)"
    r"|unknown (recipient|mailbox|address|local)|recipient (unknown|not found)"
    r"|recipientnotfound|unrouteable address|invalid (recipient|mailbox)"
    r"|not a valid (mailbox|user|recipient)|address (unknown|not found)"
    r"|account (that you tried to reach )?(is|has been) (disabled|closed|inactive)"
    r"|mailbox (is )?disabled|account disabled|host (or domain name )?not found",
    re.IGNORECASE,
)
NULL_MX_WORDS = re.compile(r"null ?mx|does not accept mail", re.IGNORECASE)

Rule = Callable[[Said], bool]


def judge(said: Said) -> Verdict:
    """Return why mail came back. What nobody knows counts as slow: it may pass."""
    return known(said) or Verdict(BounceClass.FULL)


def known(said: Said) -> Verdict | None:
    """Return why mail came back, or None when the words do not say."""
    return next((verdict for applies, verdict in RULES if applies(said)), None)


def judge_reply(reply: Reply) -> Verdict:
    """Return why a server refused a message while we talked to it.

    There the phase tells as much as the words: only at RCPT it was about the reader.
    """
    said = Said(reply.code, reply.enhanced, reply.text)
    match replies.fault(reply):
        case Fault.SENDER:
            return Verdict(BounceClass.SENDER)
        case Fault.MESSAGE:
            return Verdict(BounceClass.MESSAGE)
        case Fault.FULL | Fault.TEMPORARY:
            mild = judge(said).kind
            ours = mild is BounceClass.SENDER
            return Verdict(BounceClass.SENDER if ours else BounceClass.FULL)
        case Fault.RECIPIENT:
            vague = BounceClass.FULL if said.enhanced else BounceClass.DEAD
            return known(said) or Verdict(vague)


def _words(pattern: re.Pattern[str]) -> Rule:
    return lambda said: bool(pattern.search(said.text))


def _subject(said: Said) -> int:
    """Return the middle of the enhanced code, or -1 without one."""
    return int(said.enhanced.split(".")[1]) if said.enhanced else -1


def _is_senders(said: Said) -> bool:
    return (
        said.code in LOGIN_CODES
        or said.enhanced in SENDER_CODES
        or _subject(said) == replies.POLICY
    )


def _is_temporary(said: Said) -> bool:
    return said.enhanced.startswith("4.") or said.code // 100 == 4  # noqa: PLR2004


def _is_gone(said: Said) -> bool:
    null_mx = said.code == NO_MAIL or bool(NULL_MX_WORDS.search(said.text))
    # Exchange says 5.1.10 for a mailbox that is not there; RFC 7505 for a domain.
    return said.enhanced == "5.1.2" or (said.enhanced in {"", "5.1.10"} and null_mx)


def _is_messages(said: Said) -> bool:
    return _subject(said) in {replies.PROTOCOL, replies.CONTENT}


def _is_dead_code(said: Said) -> bool:
    return said.enhanced in DEAD_CODES


def _is_full(said: Said) -> bool:
    return said.enhanced.endswith(".2.2") or said.code == replies.TOO_MUCH


RULES: tuple[tuple[Rule, Verdict], ...] = (
    (_words(GREY_WORDS), Verdict(BounceClass.FULL)),
    (_is_senders, Verdict(BounceClass.SENDER)),
    (_words(SENDER_WORDS), Verdict(BounceClass.SENDER)),
    (
        lambda said: said.enhanced in replies.MESSAGE_CODES,
        Verdict(BounceClass.MESSAGE),
    ),
    (_is_full, Verdict(BounceClass.FULL)),
    (_words(FULL_WORDS), Verdict(BounceClass.FULL)),
    (_is_temporary, Verdict(BounceClass.FULL)),
    (_is_gone, Verdict(BounceClass.DEAD, GONE)),
    # Before 5.5.0: large providers say so of mailboxes that are not there.
    (_words(DEAD_WORDS), Verdict(BounceClass.DEAD)),
    (_is_dead_code, Verdict(BounceClass.DEAD)),
    (_is_messages, Verdict(BounceClass.MESSAGE)),
)
