"""Without torch only the tests of plain tables and texts run; and a torchvision built for another torch is hidden."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for trace_helpers

_PLAIN = ("test_torch_table.py", "test_target.py", "test_no_torch.py")
_HAS_TORCH = importlib.util.find_spec("torch") is not None

collect_ignore = (
    [] if _HAS_TORCH else [p.name for p in Path(__file__).parent.glob("test_*.py") if p.name not in _PLAIN]
)


def _torchvision_works() -> bool:
    try:
        import torchvision  # noqa: F401
    except (ImportError, RuntimeError):
        return False
    return True


@pytest.fixture(scope="session", autouse=True)
def usable_libraries(tmp_path_factory: pytest.TempPathFactory):
    """transformers imports torchvision where it finds one, and fails with it where it does not fit this torch."""
    if not _HAS_TORCH or importlib.util.find_spec("torchvision") is None or _torchvision_works():
        yield
        return
    for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
        del sys.modules[name]
    folder = tmp_path_factory.mktemp("site")
    (folder / "sitecustomize.py").write_text("import sys\nsys.modules['torchvision'] = None\n")
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(folder), before]))
    sys.modules["torchvision"] = None  # type: ignore[assignment]
    yield
    del sys.modules["torchvision"]
    if before is None:
        del os.environ["PYTHONPATH"]
    else:
        os.environ["PYTHONPATH"] = before
