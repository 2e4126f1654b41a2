import pytest

from dispatch.actions.audience import subscribers as people
from dispatch.actions.bounces import bounce_desk
from dispatch.actions.operations import status
from dispatch.errors import UsageError
from dispatch.model import Settings
from support import bounced
from support.audience import TOKENS

ADA = "ada@example.net"
DOMAIN = "gmail.example"
GONE = "550 5.1.2 no such domain"


@pytest.fixture
def held(store, clock):
    """Two issues of which much of a domain came back."""
    names = [f"reader-{n}@{DOMAIN}" for n in range(8)]
    bounced.readers(store, *names, ADA)
    for _ in range(2):
        issue = bounced.issue(store, clock)
        bounced.come_back(store, clock, issue, *names)
        bounced.decide(store, clock)
    return names


def states(store, names):
    return {bounced.state(store, name) for name in names}


def test_what_came_back_is_listed_with_what_waits_first(store, clock, held):
    said = bounce_desk.listing(store, clock=clock)

    assert said.sentences[0].startswith(f"Held: 8 of 8 at {DOMAIN} refused daily-")
    assert f"If it was: dispatch bounce apply --domain {DOMAIN}." in said.sentences[0]
    assert f"reader-7@{DOMAIN}" in said.sentences[2]
    assert "dead 5.1.1, held: one of many: 550 5.1.1" in said.sentences[2]
    assert said.facts["held"][0]["of"] == 8
    assert len(said.facts["bounces"]) == 16


def test_who_refuses_our_mail_as_such_is_named_with_what_to_mend(store, clock):
    names = [f"reader-{n}@{DOMAIN}" for n in range(4)]
    bounced.readers(store, *names, ADA)
    issue = bounced.issue(store, clock)
    bounced.come_back(store, clock, issue, *names, said="550 5.7.26 unauthenticated")
    said = bounce_desk.listing(store, clock=clock, zone="Europe/Berlin")

    assert said.sentences[0] == (
        f"4 of 4 at {DOMAIN} refused {issue}, 5.7.26: “550 5.7.26 unauthenticated”; "
        "nobody was removed. Fix: check the DNS records of SPF, DKIM and DMARC, and "
        "that our mail is signed."
    )
    assert said.facts["refusing"] == [said.sentences[0]]
    assert status.status(store, Settings(), clock=clock).lines() == [said.sentences[0]]
    other = bounce_desk.listing(store, clock=clock, domain="other.example")
    assert other.sentences == ("Nothing came back.",)


def test_a_listing_has_pages_and_may_be_of_one_domain(store, clock, held):
    first = bounce_desk.listing(store, clock=clock, limit=10)
    second = bounce_desk.listing(
        store, clock=clock, limit=10, after=first.facts["next"]
    )

    assert len(second.facts["bounces"]) == 6
    assert second.facts["next"] is None
    nothing = bounce_desk.listing(store, clock=clock, domain="other.example")
    assert nothing.sentences == ("Nothing came back.",)


def test_held_bounces_count_once_an_operator_says_so(store, clock, held):
    said = bounce_desk.apply(store, clock=clock, domain=DOMAIN)

    assert said.facts == {"counted": 16, "suspended": 8}
    assert states(store, held) == {"suspended"}
    assert bounced.decide(store, clock).held == 0  # nobody holds them again


def test_applying_what_is_held_hurries_nothing_that_just_came(store, clock, held):
    issue = bounced.issue(store, clock)
    bounced.come_back(store, clock, issue, ADA, said=GONE)

    assert bounce_desk.apply(store, clock=clock).facts["counted"] == 16
    assert bounced.state(store, ADA) == "active"


def test_applying_one_domain_decides_about_no_other(store, clock, held):
    issue = bounced.issue(store, clock)
    bounced.come_back(store, clock, issue, ADA, said=GONE)
    bounce_desk.apply(store, clock=clock, domain=DOMAIN)

    assert bounced.state(store, ADA) == "active"


def test_held_bounces_that_are_forgiven_never_count(store, clock, held):
    said = bounce_desk.forgive(store, clock=clock, domain=DOMAIN)

    assert said.sentences == ("16 bounces forgiven; 0 readers are active again.",)
    issue = bounced.issue(store, clock)
    bounced.come_back(store, clock, issue, held[0])
    bounced.decide(store, clock)
    assert states(store, held) == {"active"}


def test_all_that_is_held_is_forgiven_and_nothing_else(store, clock, held):
    issue = bounced.issue(store, clock)
    bounced.come_back(store, clock, issue, ADA, said=GONE)
    bounced.decide(store, clock)
    bounce_desk.forgive(store, clock=clock)

    assert bounced.state(store, ADA) == "suspended"
    assert states(store, held) == {"active"}


def test_who_was_suspended_for_it_is_active_again(store, clock, held):
    bounce_desk.apply(store, clock=clock)
    said = bounce_desk.forgive(store, clock=clock, domain=DOMAIN)

    assert said.facts["reactivated"] == 8
    assert states(store, held) == {"active"}


def test_one_reader_is_forgiven_by_address(store, clock, held):
    bounce_desk.apply(store, clock=clock)
    bounce_desk.forgive(store, clock=clock, address=held[3].upper())

    assert bounced.state(store, held[3]) == "active"
    assert bounced.state(store, held[4]) == "suspended"


def test_a_reader_who_left_meanwhile_stays_away(store, clock, held):
    bounce_desk.apply(store, clock=clock)
    people.unsubscribe(store, TOKENS, held[0], clock=clock)
    bounce_desk.forgive(store, clock=clock, domain=DOMAIN)

    assert bounced.state(store, held[0]) == "unsubscribed"


@pytest.mark.parametrize(
    ("address", "said"), [("ada", "needs an @"), ("x@y.example", "is not known")]
)
def test_an_address_that_nobody_has_is_wrong_usage(store, clock, address, said):
    with pytest.raises(UsageError, match=said):
        bounce_desk.forgive(store, clock=clock, address=address)


def test_reactivating_a_reader_forgets_what_came_back(store, clock):
    bounced.readers(store, ADA)
    bounced.come_back(store, clock, bounced.issue(store, clock), ADA, said=GONE)
    bounced.decide(store, clock)
    people.reactivate(store, TOKENS, ADA, clock=clock)
    assert bounced.state(store, ADA) == "active"

    bounced.come_back(store, clock, bounced.issue(store, clock), ADA)
    bounced.decide(store, clock)

    assert bounced.state(store, ADA) == "active"  # one new issue, not three
