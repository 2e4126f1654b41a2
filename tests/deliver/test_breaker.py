from dispatch.deliver.breaker import Breaker


def blamed(breaker, domains, *, all_of_us=False):
    return [breaker.blamed(domain, all_of_us=all_of_us) for domain in domains]


def test_five_refusals_of_one_domain_spare_that_domain_once():
    told = blamed(Breaker(), ["a.example"] * 7)

    assert [spare for spare, _ in told] == [False] * 4 + [True, False, False]
    assert not any(stop for _, stop in told)


def test_an_accepted_message_disproves_it():
    breaker = Breaker()
    blamed(breaker, ["a.example"] * 4)
    breaker.accepted("a.example")

    assert blamed(breaker, ["a.example"]) == [(False, 0)]


def test_mail_to_others_does_not_disprove_what_one_domain_says():
    breaker = Breaker()
    blamed(breaker, ["a.example"] * 4)
    breaker.accepted("b.example")

    assert blamed(breaker, ["a.example"]) == [(True, 0)]


def test_refusals_of_many_domains_in_a_row_are_the_relays():
    domains = [f"{n % 4}.example" for n in range(10)]

    assert blamed(Breaker(), domains)[-1] == (False, 10)


def test_words_that_mean_everybody_need_no_many_domains():
    assert blamed(Breaker(), ["a.example"] * 10, all_of_us=True)[-1] == (False, 10)


def test_a_relay_that_puts_off_ten_in_a_row_is_busy():
    breaker = Breaker()

    assert [breaker.busy() for _ in range(10)] == [False] * 9 + [True]
    breaker.accepted("a.example")
    assert not breaker.busy()
