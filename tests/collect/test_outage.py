from dispatch.collect.outage import Contact, is_ours


def lost(count, *, nearby=False, steady=True):
    return [
        Contact(f"lost{n}.example", reached=False, nearby=nearby, steady=steady)
        for n in range(count)
    ]


def well(count):
    return [Contact(f"well{n}.example", reached=True) for n in range(count)]


def test_when_nearly_every_host_is_lost_at_once_the_fault_is_ours():
    assert is_ours(lost(3))
    assert is_ours([*lost(9), *well(1)])
    assert not is_ours([*lost(8), *well(2)])
    assert not is_ours(well(5))
    assert not is_ours([])


def test_of_one_or_two_hosts_only_a_failure_near_us_is_a_sign():
    assert not is_ours(lost(2))
    assert is_ours(lost(1, nearby=True))
    assert is_ours(lost(2, nearby=True))
    assert not is_ours([*lost(1, nearby=True), *well(1)])


def test_hosts_that_were_lost_before_say_nothing():
    assert not is_ours(lost(9, steady=False))
    assert not is_ours([*lost(9, steady=False), *lost(2)[:1], *well(1)])
    assert is_ours([*lost(5, steady=False), *lost(3)])


def test_a_host_that_comes_back_proves_the_network():
    back = Contact("back.example", reached=True, steady=False)

    assert not is_ours([*lost(9), back])


def test_many_sources_of_one_host_are_one_host():
    many = [Contact("one.example", reached=False)] * 40

    assert not is_ours(many)
    assert is_ours([*many, *lost(2)])
