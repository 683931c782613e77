"""Which tabs a file was handed out to that Streamlit keeps in memory (``st.download_button``).

Streamlit serves such a file to whoever knows its address, a hash of what is in it. It knows which
tab shows it, though not in public: a test says so when that changes.
"""

from __future__ import annotations

import asyncio
from pathlib import PurePosixPath

from streamlit import runtime

__all__ = ["holders_of"]

_PATIENCE_S = 2.0
"""While a page is drawn anew, its files belong to nobody for a moment."""
_STEP_S = 0.1


async def holders_of(name: str) -> frozenset[str]:
    """The tabs that show a file; none when there is no such file.

    Args:
        name: Last part of its address.
    """
    waited_s = 0.0
    while not (tabs := _holders(PurePosixPath(name).stem)) and waited_s < _PATIENCE_S:
        await asyncio.sleep(_STEP_S)
        waited_s += _STEP_S
    return tabs


def _holders(file_id: str) -> frozenset[str]:
    if not runtime.exists():
        return frozenset()
    manager = runtime.get_instance().media_file_mgr
    with manager._lock:
        shown = manager._files_by_session_and_coord
        return frozenset(tab for tab, files in shown.items() if file_id in files.values())
