import pytest

from support import commands, ports


@pytest.fixture
def desk(tmp_path, capsys):
    """A publication with one story, not live."""
    folder = tmp_path / "courier"
    folder.mkdir()
    made = commands.Desk(folder, capsys)
    made.configure(commands.CONFIG.format(smtp=ports.free_port()))
    made.write("council/library.txt")
    return made
