import pytest

from support import smtp


@pytest.fixture(scope="session")
def tls(tmp_path_factory):
    """A certificate for 127.0.0.1, and a server's context that shows it."""
    return smtp.certificate(tmp_path_factory.mktemp("tls"))
