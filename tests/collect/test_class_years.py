import pytest
from hypothesis import given, strategies as st

from dispatch.collect import class_years


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Ana Ruiz ’07 said", "Ana Ruiz\u00a0’07 said"),
        ("Ana Ruiz '07, a poet", "Ana Ruiz\u00a0’07, a poet"),
        ("Ana Ruiz ‘07.", "Ana Ruiz\u00a0’07."),
        ("Lee Park ’07 MBA ’12", "Lee Park\u00a0’07 MBA\u00a0’12"),
        ("Núñez ’07’s", "Núñez\u00a0’07’s"),
        ("the summer of '69", "the summer of ’69"),
        ("the ’90s", "the ’90s"),
        ("said ‘yes’ 12 times", "said ‘yes’ 12 times"),
        ("the Class of ’07", "the Class of ’07"),
    ],
)
def test_class_years_are_tied_to_names(typed, shown):
    assert class_years.glue(typed) == shown


@given(st.text(alphabet="AaÉé ’'‘07.\u00a0-", max_size=60))
def test_tying_twice_is_tying_once(text):
    once = class_years.glue(text)

    assert class_years.glue(once) == once
    assert len(once) == len(text)
