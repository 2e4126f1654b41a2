import pytest

from dispatch.compose.templates import LARGEST, Templates
from dispatch.errors import TemplateError
from support.composing import SHIPPED


@pytest.fixture
def folder(tmp_path):
    def write(name, text):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return tmp_path

    write("note/subject.txt", "Hello {{ name }}")
    write("note/body.txt", "Dear {{ name }} & Co.")
    write("note/body.html", "<p>{{ name }}</p>")
    return write


def render(folder, **context):
    return Templates([folder("x/unused.txt", "")]).render("note", context)


def test_a_mail_is_a_folder_of_three_files(folder):
    made = render(folder, name="Ada <ada>")

    assert made.subject == "Hello Ada <ada>"
    assert made.text == "Dear Ada <ada> & Co."
    assert made.html == "<p>Ada &lt;ada&gt;</p>"


def test_a_subject_is_one_clean_line(folder):
    folder("note/subject.txt", "One\n  {{ name }}\n")

    assert render(folder, name="two\u202e").subject == "One two"


def test_the_first_folder_wins_file_by_file(folder, tmp_path):
    own = tmp_path / "own"
    folder("own/note/subject.txt", "Mine")

    made = Templates([own, tmp_path]).render("note", {"name": "Ada"})

    assert (made.subject, made.html) == ("Mine", "<p>Ada</p>")


def test_an_unknown_name_is_an_error_with_file_line_and_name(folder, tmp_path):
    folder("note/body.txt", "first\n\n{{ nmae }}")

    with pytest.raises(TemplateError) as error:
        render(folder, name="Ada")

    assert f"{tmp_path}/note/body.txt, line 3" in str(error.value)
    assert "'nmae' is undefined" in str(error.value)


def test_an_unknown_field_of_a_known_thing_is_an_error_too(folder):
    folder("note/body.txt", "{{ site.titel }}")

    with pytest.raises(TemplateError, match="titel"):
        render(folder, name="Ada", site={"title": "x"})


def test_broken_syntax_is_an_error_with_its_line(folder):
    folder("note/body.html", "<p>\n{% if %}")

    with pytest.raises(TemplateError, match=r"body\.html, line 2"):
        render(folder, name="Ada")
    assert len(Templates([folder("x/unused.txt", "")]).check()) == 1


def test_a_missing_template_says_where_it_was_looked_for(folder, tmp_path):
    with pytest.raises(TemplateError, match=str(tmp_path)):
        Templates([tmp_path]).render("other", {})


@pytest.mark.parametrize(
    "escape",
    [
        "{{ name.__class__.__mro__ }}",
        "{{ ''.__class__ }}",
        "{{ name.format.__globals__ }}",
        "{{ things.append(1) }}",
        "{{ 1 / 0 }}",
    ],
)
def test_a_template_reaches_nothing_it_was_not_given(folder, escape):
    folder("note/body.txt", escape)

    with pytest.raises(TemplateError, match=r"body\.txt"):
        render(folder, name="Ada", things=[])


def test_a_template_that_makes_too_much_is_stopped(folder):
    folder("note/body.txt", "{% for n in range(99999) %}{{ name }}{% endfor %}")

    with pytest.raises(TemplateError, match=f"{LARGEST:,}"):
        render(folder, name="Ada" * 20)


def test_a_mail_may_be_plain_text_alone(folder, tmp_path):
    (tmp_path / "note/body.html").unlink()

    assert render(folder, name="Ada").html == ""


def test_the_shipped_templates_are_sound():
    assert Templates([SHIPPED]).check() == ()
