import pytest


def test_templates_are_copied_beside_the_config_and_never_over_ones_own(desk):
    own = desk.folder / "templates" / "email"
    (own / "digest").mkdir(parents=True)
    (own / "digest" / "subject.txt").write_text("Mine")

    said = desk.call("templates", "copy", "digest", "confirm/body.txt").out

    assert (own / "digest" / "subject.txt").read_text() == "Mine"
    assert (own / "digest" / "front-page" / "body.html").is_file()
    assert (own / "confirm" / "body.txt").is_file()
    assert not (own / "confirm" / "body.html").exists()
    assert "digest/subject.txt: is there already" in said
    assert desk.call("templates", "check").out.endswith("all is well.\n")


@pytest.mark.parametrize("kind", ["digset", "../web", "/etc"])
def test_only_shipped_templates_are_copied(desk, kind):
    assert "no such mail template" in desk.call("templates", "copy", kind, code=2).err


def test_templates_check_names_file_line_and_remedy_in_every_design(desk):
    own = desk.folder / "templates" / "email" / "digest" / "front-page"
    own.mkdir(parents=True)
    (own / "body.html").write_text("One\n{{ story.headlin }}\n")

    assert desk.call("check").out.endswith("all is well.\n")  # nobody uses it
    said = desk.call("templates", "check", "--json", code=1).json

    (problem,) = said["problems"]
    assert "front-page/body.html, line 2" in problem["problem"]
    assert problem["remedy"]


def test_a_subject_that_is_no_template_is_found_by_check(desk):
    desk.configure(
        desk.config.read_text().replace(
            "[[newsletter]]", '[[newsletter]]\nsubject = "{{ lead.headlin }}"', 1
        )
    )

    said = desk.call("check", code=1).out

    assert "newsletter.daily.subject" in said
    assert "headlin" in said
