import pytest

from dispatch import config, resources
from dispatch.actions.operations import proofs
from dispatch.compose.press import Press
from dispatch.compose.templates import Templates
from dispatch.model import Links, SiteSettings


@pytest.fixture
def press(tmp_path):
    folders = resources.template_folders(tmp_path, "email")
    site = SiteSettings()
    return Press(site, Links(site.url), Templates(folders))


def own(tmp_path, name, text):
    file = tmp_path / "templates" / "email" / name
    file.parent.mkdir(parents=True)
    file.write_text(text)


def test_the_shipped_templates_render(press):
    assert proofs.render_all(press, ()) == ()


def test_every_newsletter_of_the_demo_renders(press):
    letters = config.load(resources.shipped("config.toml")).newsletter

    assert proofs.render_all(press, letters) == ()


@pytest.mark.parametrize(
    "kind", ["digest", "confirm", "welcome", "goodbye", "correction", "alert", "test"]
)
def test_an_unknown_name_in_any_mail_is_told_once(press, tmp_path, kind):
    own(tmp_path, f"{kind}/body.txt", "One line\n{{ site.mascot }}\n")

    found = proofs.render_all(press, ())

    assert len(found) == 1
    assert f"{kind}/body.txt, line 2" in found[0]
    assert "mascot" in found[0]
