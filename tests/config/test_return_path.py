import pytest

from dispatch.config import reading


def problems(tmp_path, text):
    return [str(one) for one in reading.read(tmp_path / "config.toml", text).faults]


@pytest.mark.parametrize(
    "value", ["verp", "b+*@bounces.example.org", "one@example.org"]
)
def test_bounces_may_go_to_the_sender_a_place_of_their_own_or_one_address(
    tmp_path, value
):
    assert problems(tmp_path, f'[smtp]\nreturn_path = "{value}"') == []


@pytest.mark.parametrize(
    "value",
    ["*@*.example.org", "b@*.example.org", "**@example.org", f"{'b' * 30}*@x.org"],
)
def test_a_star_stands_once_before_the_at_and_leaves_room_for_the_token(
    tmp_path, value
):
    (problem,) = problems(tmp_path, f'[smtp]\nreturn_path = "{value}"')

    assert "smtp.return_path" in problem


def test_a_sender_too_long_for_a_return_path_is_named(tmp_path):
    letter = '[[newsletter]]\nname = "d"\nschedule = "0 7 * * *"\n'
    letter += f'sender = "{"d" * 39}@example.org"'

    assert "too long for a return path" in problems(tmp_path, letter)[0]
    path = '[smtp]\nreturn_path = "b+*@example.org"\n'
    assert problems(tmp_path, path + letter) == []
