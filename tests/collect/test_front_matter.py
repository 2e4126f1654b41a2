import pytest
from hypothesis import given, strategies as st

from dispatch.collect import fields, front_matter, headers

YAML = "---\ntitle: The owl\ndate: 2026-03-04 10:00\ntags: [a, b]\n---\n\nStory."
TOML = (
    '+++\ntitle = "The owl"\ndate = 2026-03-04 10:00:00\ntags = ["a", "b"]\n+++\nStory.'
)
JSON = '{"title": "The owl", "date": "2026-03-04 10:00", "tags": ["a", "b"]}\n\nStory.'


@pytest.mark.parametrize("text", [YAML, TOML, JSON], ids=["yaml", "toml", "json"])
def test_three_languages_say_the_same(text):
    found = front_matter.take(text)

    assert found.rest == "Story."
    assert found.values["title"] == ("The owl",)
    assert found.values["tags"] == ("a", "b")
    assert found.values["date"][0].startswith("2026-03-04 10:00")


def test_nothing_becomes_a_date_a_number_or_a_truth():
    found = front_matter.take("---\nid: 007\ntime: 10:00\ndraft: yes\n---\nx")

    assert found.values == {"id": ("007",), "time": ("10:00",), "draft": ("yes",)}


def test_a_title_with_a_colon_is_read_line_by_line():
    found = front_matter.take("---\ntitle: Owls: a history\nauthor: Ana Ruiz\n---\nx")

    assert found.mended
    assert found.problem == ""
    assert found.values["title"] == ("Owls: a history",)
    assert found.values["author"] == ("Ana Ruiz",)


def test_authors_may_be_things_with_names():
    found = front_matter.take("---\nauthors:\n  - name: Ana\n  - Lee\n---\nx")

    assert found.values["authors"] == ("Ana", "Lee")


def test_what_is_beyond_repair_says_so():
    found = front_matter.take("---\n{{{ %%%\n---\nx")

    assert not found.values
    assert "no YAML" in found.problem


@pytest.mark.parametrize(
    "text",
    ["A story.", "---\nProse between two rules.\n---\nMore.", "{not json}", "----\nx"],
)
def test_prose_is_no_front_matter(text):
    assert front_matter.take(text) is None


@pytest.mark.parametrize("nested", ["a: " + "[" * 5000, "a: " + "{x: " * 5000])
def test_hostile_nesting_is_only_a_problem(nested):
    assert front_matter.take(f"---\n{nested}\n---\nx").problem


@given(st.text(max_size=300))
def test_any_front_matter_is_read_or_refused(inside):
    for fence in ("---", "+++"):
        front_matter.take(f"{fence}\n{inside}\n{fence}\nStory.")
    front_matter.take("{" + inside)
    for kind in ("yaml", "toml", "json"):
        front_matter.read(inside, kind)


def test_a_header_block_needs_a_known_key_and_nothing_else():
    assert headers.take("Title: A\nDate: B\n\nStory.").rest == "Story."
    assert headers.take("Note: A\n\nStory.") is None
    assert headers.take("Title: A\nand prose\n\nStory.") is None


def test_hugo_precedence_chooses_the_date():
    found = fields.Fields()

    headers.apply({"lastmod": ("c",), "published": ("b",), "date": ("a",)}, found, "T2")

    assert found.text("date") == "a"
    assert found.text("modified") == "c"


def test_the_first_category_is_the_section_and_the_rest_are_tags():
    found = fields.Fields()

    headers.apply({"categories": ("Arts", "Music"), "tags": ("owls",)}, found, "T2")

    assert found.text("section") == "Arts"
    assert found.many("tags") == ("owls",)


def test_unknown_keys_are_noted():
    found = fields.Fields()

    headers.apply({"mood": ("blue",)}, found, "T2")

    assert [one.note for one in found.findings] == ["“mood” is unknown"]


def test_front_matter_that_never_ends_is_read_to_the_first_blank_line():
    found = front_matter.take("---\ntitle: Owl\n\nThe story.")

    assert (found.values, found.rest, found.mended) == (
        {"title": ("Owl",)},
        "The story.",
        True,
    )
    assert "has no end" in found.problem
    assert front_matter.take("---\nAnd so it goes.\n\nMore.") is None


@pytest.mark.parametrize("line", ["title: [Owl", "title: Owl\n\tand more"])
def test_front_matter_that_lost_something_says_so_though_it_was_read(line):
    found = front_matter.take(f"---\n{line}\nauthor: Ana Ruiz\n---\nx")

    assert found.mended
    assert found.values["author"] == ("Ana Ruiz",)
    assert "front matter is no YAML" in found.problem


def test_broken_json_is_read_line_by_line():
    found = front_matter.take('{\n"title": "Owl",\n"tags": [\n}\n\nThe story.')

    assert found.values["title"] == ("Owl",)
    assert found.mended


def test_truth_in_json_is_a_word():
    assert front_matter.read('{"draft": true, "tags": null}', "json").values == {
        "draft": ("true",)
    }


def test_a_list_where_keys_belong_is_a_problem():
    assert "holds list" in front_matter.read("- a\n- b", "yaml").problem


def test_a_header_may_go_on_in_the_next_line():
    found = headers.take("Summary: The owl\n  has left.\n\nStory.")

    assert found.values == {"Summary": ("The owl has left.",)}


def test_bracketed_and_comma_lists_are_cut():
    found = fields.Fields()

    headers.apply(
        {"tags": ("[a, 'b']",), "authors": ("By Ana Ruiz and Lee Park",)}, found, "T2"
    )

    assert found.many("tags") == ("a", "b")
    assert found.many("bylines") == ("Ana Ruiz", "Lee Park")
