"""TRC: marker positions, as OpenSim, Pose2Sim and Sports2D read them.

The picture is a plane: x to the right, **y up** (from the bottom edge of the picture), z is 0.
Tab-separated text; what was not seen is left empty. The columns are described by OpenSim's
documentation, "Marker (.trc) Files".
"""

from __future__ import annotations

import numpy as np

from formcheck.interchange.tracks import Tracks, evenly, metres_per_px, rate_hz
from formcheck.landmarks import Landmark

__all__ = ["to_trc"]


def to_trc(tracks: Tracks, name: str, stature_m: float | None = None) -> str:
    """The text of a TRC file.

    Args:
        tracks: The landmarks.
        name: File name that stands inside.
        stature_m: Height of the person: positions in metres, else in pixels.

    Raises:
        InputError: pixels can't be turned into metres.
    """
    scale = 1.0 if stature_m is None else metres_per_px(tracks, stature_m)
    unit, decimals = ("px", 2) if stature_m is None else ("m", 5)
    up = np.stack([tracks.xy_px[..., 0], tracks.height_px - tracks.xy_px[..., 1]], axis=-1)
    t_s, positions = evenly(tracks.t_s, up * scale)
    rate = f"{rate_hz(t_s):.6f}"
    markers = [_marker(landmark) for landmark in Landmark]
    axes = [f"{axis}{k}" for k in range(1, len(markers) + 1) for axis in "XYZ"]
    head = [
        ["PathFileType", "4", "(X/Y/Z)", name],
        [
            "DataRate",
            "CameraRate",
            "NumFrames",
            "NumMarkers",
            "Units",
            "OrigDataRate",
            "OrigDataStartFrame",
            "OrigNumFrames",
        ],
        [rate, rate, str(len(t_s)), str(len(markers)), unit, rate, "1", str(len(t_s))],
        ["Frame#", "Time", *(cell for marker in markers for cell in (marker, "", ""))],
        ["", "", *axes],
        [],
    ]
    zero = f"{0.0:.{decimals}f}"
    rows = []
    for k, (at_s, frame) in enumerate(zip(t_s, positions, strict=True)):
        cells = [str(k + 1), f"{at_s:.6f}"]
        for x, y in frame:
            seen = np.isfinite(x)
            cells += [f"{x:.{decimals}f}", f"{y:.{decimals}f}", zero] if seen else ["", "", ""]
        rows.append(cells)
    return "".join("\t".join(cells) + "\n" for cells in (*head, *rows))


def _marker(landmark: Landmark) -> str:
    """E.g. ``LShoulder``, as marker sets are commonly called."""
    side, _, rest = landmark.name.partition("_")
    if side in ("LEFT", "RIGHT"):
        return side[0] + rest.title().replace("_", "")
    return landmark.name.title().replace("_", "")
