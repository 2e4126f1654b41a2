from hypothesis import given, strategies as st

from dispatch.deliver import route
from dispatch.model import NewsletterSettings, RelaySettings

RELAYS = (
    RelaySettings(failover="ses"),
    RelaySettings(name="ses", senders=("example.org", "desk@news.example")),
    RelaySettings(name="old", failover="default", senders=("@old.example",)),
)
LETTERS = (
    NewsletterSettings("daily", "n@example.org", "", relay="old"),
    NewsletterSettings("weekly", "n@example.org", ""),
)
ROUTES = route.routes(RELAYS, LETTERS)


def test_the_newsletters_own_choice_comes_first():
    assert ROUTES.relay_of("daily", "n@example.org") == "old"


def test_then_the_address_then_the_domain_then_the_default():
    assert ROUTES.relay_of("weekly", "n@EXAMPLE.org") == "ses"
    assert ROUTES.relay_of("", "Desk@news.example") == "ses"
    assert ROUTES.relay_of("", "other@news.example") == "default"
    assert ROUTES.relay_of("", "x@old.example") == "old"
    assert ROUTES.relay_of("", "x@sub.example.org") == "default"


def test_a_relay_that_is_down_gives_way_to_its_stand_in_and_that_to_its_own():
    assert ROUTES.relay_of("daily", "", down={"old"}) == "default"
    assert ROUTES.relay_of("daily", "", down={"old", "default"}) == "ses"


def test_when_all_are_down_each_keeps_its_mail():
    down = {"old", "default", "ses"}

    assert ROUTES.relay_of("daily", "", down=down) == "old"
    assert ROUTES.relay_of("weekly", "n@example.org", down={"ses"}) == "ses"


def test_stand_ins_in_a_circle_end():
    circle = route.routes(
        [RelaySettings(failover="b"), RelaySettings(name="b", failover="default")], ()
    )

    assert circle.relay_of("", "", down={"default", "b"}) == "default"


def test_a_relay_that_is_not_in_use_is_not_asked():
    catcher = route.routes([RelaySettings(name="catcher")], LETTERS)

    assert catcher.relay_of("daily", "n@example.org") == "catcher"


def test_a_single_relay_takes_everything():
    assert route.routes([RelaySettings()], ()).serves("default") is None


@given(
    st.sampled_from(["daily", "weekly", ""]),
    st.sampled_from(["n@example.org", "desk@news.example", "a@b.example", ""]),
    st.sets(st.sampled_from(["default", "ses", "old"])),
)
def test_every_message_has_exactly_one_relay(newsletter, sender, down):
    takers = [
        name
        for name in ROUTES.relays
        if ROUTES.serves(name, down=down)(newsletter, sender)
    ]

    assert len(takers) == 1
