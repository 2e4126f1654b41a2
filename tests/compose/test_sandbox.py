import threading
import time

import pytest

from dispatch.compose import sandbox
from dispatch.compose.templates import Templates
from dispatch.errors import TemplateError

ENDLESS = {
    "a large range": "{% for i in range(10**9) %}{% endfor %}",
    "loops in loops": "{% for a in range(99999) %}{% for b in range(99999) %}"
    "{% endfor %}{% endfor %}",
    "loops in loops that print": "{% for a in range(99999) %}"
    "{% for b in range(99999) %}.{% endfor %}{% endfor %}",
    "loops that choose nothing": "{% for a in range(99999) %}"
    "{% for b in range(99999) if false %}{% endfor %}{% endfor %}",
    "filters in a condition": "{% set r = range(99999) | list %}"
    "{% for a in r if r | select('odd') | list | length < 0 %}{% endfor %}",
    "a macro that calls itself": "{% macro m(n) %}{{ m(n + 1) }}{% endmacro %}"
    "{{ m(1) }}",
    "a macro that calls itself twice": "{% macro m(n) %}{% if n %}{{ m(n - 1) }}"
    "{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}",
    "a file that includes itself": "{% include 'note/body.txt' %}",
    "a block in a loop": "{% for a in range(99999) %}{% set x %}{% for b in "
    "range(99999) %}{{ name }}{% endfor %}{% endset %}{% endfor %}",
}
LARGE = {
    "a long text": "{{ 'a' * 10**9 }}",
    "a long text, the other way": "{{ 10**9 * 'a' }}",
    "a long list": "{{ ([0] * 10**9) | length }}",
    "doubling": "{% set n = namespace(x='ab') %}{% for i in range(60) %}"
    "{% set n.x = n.x ~ n.x %}{% endfor %}",
    "adding": "{% set n = namespace(x='ab') %}{% for i in range(60) %}"
    "{% set n.x = n.x + n.x %}{% endfor %}",
    "lists in lists": "{% set n = namespace(x=[1]) %}{% for i in range(60) %}"
    "{% set n.x = [n.x, n.x] %}{% endfor %}",
    "a power": "{{ 9 ** (9 ** 9) }}",
    "many digits": "{% set n = namespace(x=9) %}{% for i in range(60) %}"
    "{% set n.x = n.x * n.x %}{% endfor %}",
    "a wide column": "{{ '%999999999d' % 1 }}",
    "a wide format": "{{ '{:>999999999}'.format(1) }}",
    "a padded text": "{{ 'a'.ljust(10**9) }}",
    "a number as bytes": "{{ (1).to_bytes(10**9, 'big') }}",
    "a join": "{{ (range(99999) | list) | join('x' * 99999) }}",
    "a replacement": "{{ ('a' * 99999) | replace('a', 'b' * 99999) }}",
    "a wrapped text": "{{ ('a ' * 99999) | wrap(indent='b' * 99999) }}",
    "a macro that writes much": "{% macro m() %}{% for i in range(99999) %}"
    "{{ 'a' * 1000 }}{% endfor %}{% endmacro %}{{ m() | length }}",
    "a whole list": "{{ range(9) | list }}",
}


@pytest.fixture
def render(tmp_path, monkeypatch):
    monkeypatch.setattr(sandbox, "SECONDS", 0.3)
    folder = tmp_path / "note"
    folder.mkdir()

    def write(source):
        (folder / "subject.txt").write_text("Hello")
        (folder / "body.txt").write_text(source, encoding="utf-8")
        return Templates([tmp_path]).render("note", {"name": "Ada", "story": Story()})

    return write


class Story:
    headline = "Bridge closes"


@pytest.mark.parametrize("source", ENDLESS.values(), ids=ENDLESS)
def test_what_does_not_end_is_ended_with_a_sentence(render, source):
    started = time.thread_time()

    with pytest.raises(TemplateError, match=r"body\.txt") as error:
        render(source)

    assert time.thread_time() - started < 4
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize("source", LARGE.values(), ids=LARGE)
def test_what_would_fill_the_memory_is_not_even_made(render, source):
    with pytest.raises(TemplateError, match=r"body\.txt"):
        render(source)


def test_the_sentence_says_where_and_what_would_do(render):
    with pytest.raises(TemplateError) as error:
        render(
            "One\n{% for a in range(99999) %}\n{% for b in range(99999) %}\n"
            "{% endfor %}{% endfor %}"
        )

    assert "body.txt, line " in str(error.value)
    assert "look for a loop or macro that does not end" in str(error.value)


def test_it_ends_in_any_thread_and_the_next_mail_is_made(render):
    said = []

    def work():
        try:
            render(ENDLESS["loops in loops"])
        except TemplateError as error:
            said.append(str(error))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(timeout=20)

    assert len(said) == 1
    assert render("Dear {{ name }}").text == "Dear Ada"


def test_what_mails_need_still_works(render):
    made = render(
        "{% macro line(n) %}{{ n }}. {{ caller() }}{% endmacro %}"
        "{% for n in range(3) %}{% call line(n + 1) %}{{ story.headline ~ '!' }}"
        "{% endcall %} {% endfor %}"
        "{{ [3, 1, 2] | sort | join(', ') }} {{ '%d %%' % 5 }} {{ 2 ** 10 }}"
        " {{ '{:,}'.format(9012) }} {{ ('-' * 5) | upper }}"
    )

    lines = "1. Bridge closes! 2. Bridge closes! 3. Bridge closes!"
    assert made.text == f"{lines} 1, 2, 3 5 % 1024 9,012 -----"
