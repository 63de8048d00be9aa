from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pages_made
import pytest
from served import Served, served
from visited import Visitor, visiting

WEIGHTS = """Ticker,Name,Weight
NVDA,NVIDIA CORP,40%
VST,VISTRA CORP,25%
PG,PROCTER & GAMBLE,25%
,CASH,10%
"""


@pytest.fixture(scope="session")
def growth() -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the result of the American example, with levels of severity."""
    path = pages_made.ROOT / "examples" / "us-growth" / "holdings.csv"
    return pages_made.stressed(path)


@pytest.fixture(scope="session")
def weights_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file that has weights alone."""
    path = tmp_path_factory.mktemp("weights") / "weights.csv"
    path.write_text(WEIGHTS, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def weights(weights_file: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return its result, with levels of severity."""
    return pages_made.stressed(weights_file)


@pytest.fixture(scope="session")
def drafted(weights_file: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what was read of it, and where it was placed."""
    return pages_made.read(weights_file)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Run the service."""
    with served(tmp_path_factory.mktemp("served")) as service:
        yield service


@pytest.fixture
def visitor(service: Served) -> Iterator[Visitor]:
    """Return a browser without scripts, and the key of its forms."""
    with visiting(service.address) as visitor:
        yield visitor
