"""Every page, before anything is done on it: it can be used by everybody, and keeps to itself."""

from __future__ import annotations

import pytest
from accessible import grave_findings, too_wide
from app_pages import LOOKS, PATHS, look_name, settled
from conftest import NewVisit


@pytest.mark.parametrize("path", PATHS)
def test_a_page_can_be_used_by_everybody(new_visit: NewVisit, path: str) -> None:
    found = {}
    for width, height, dark in LOOKS:
        visit = new_visit((width, height), dark=dark)
        page = settled(visit.open(path))
        problems = [*grave_findings(page), *too_wide(page)]
        if problems:
            found[look_name(width, dark)] = problems
        assert visit.requests
    assert found == {}
