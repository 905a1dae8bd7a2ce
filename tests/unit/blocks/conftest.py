"""What the tests of blocks share."""

import pytest


@pytest.fixture
def file(request, tmp_path):
    """The module's `SOURCE` as a file."""
    made = tmp_path / "model.py"
    made.write_text(request.module.SOURCE)
    return made
