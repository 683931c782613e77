"""COCO keypoints JSON: the 17 joints of COCO in every frame, for pose tools and label editors.

The format is that of the COCO data set (cocodataset.org, "Data format", keypoint detection). A
visibility of 2 is a joint that is seen, 1 one that the model places without seeing it; 0 would be
one that it does not place, which does not happen.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from formcheck.errors import InputError
from formcheck.interchange.tracks import SEEN
from formcheck.landmarks import Landmark
from formcheck.types import Observation, Pose

__all__ = ["to_coco"]

_JOINTS = (
    Landmark.NOSE,
    Landmark.LEFT_EYE,
    Landmark.RIGHT_EYE,
    Landmark.LEFT_EAR,
    Landmark.RIGHT_EAR,
    Landmark.LEFT_SHOULDER,
    Landmark.RIGHT_SHOULDER,
    Landmark.LEFT_ELBOW,
    Landmark.RIGHT_ELBOW,
    Landmark.LEFT_WRIST,
    Landmark.RIGHT_WRIST,
    Landmark.LEFT_HIP,
    Landmark.RIGHT_HIP,
    Landmark.LEFT_KNEE,
    Landmark.RIGHT_KNEE,
    Landmark.LEFT_ANKLE,
    Landmark.RIGHT_ANKLE,
)
"""In COCO's order."""

_SKELETON = (
    (16, 14),
    (14, 12),
    (17, 15),
    (15, 13),
    (12, 13),
    (6, 12),
    (7, 13),
    (6, 7),
    (6, 8),
    (7, 9),
    (8, 10),
    (9, 11),
    (2, 3),
    (1, 2),
    (1, 3),
    (2, 4),
    (3, 5),
    (4, 6),
    (5, 7),
)
"""COCO's own edges, counted from 1."""


def to_coco(observations: Sequence[Observation], source: str, made_by: str) -> str:
    """The JSON text. An image is a frame; its ``file_name`` is what a tool would extract it as.

    Args:
        observations: The session.
        source: What the clip is called.
        made_by: Name and version of the pose estimator.

    Raises:
        InputError: nobody was ever found.
    """
    images, annotations = [], []
    for number, seen in enumerate(observations, start=1):
        images.append(
            {
                "id": number,
                "file_name": f"{number:06d}.jpg",
                "width": seen.width_px,
                "height": seen.height_px,
                "frame": number - 1,
                "t_s": round(seen.t_s, 6),
            }
        )
        if seen.pose is not None:
            annotations.append({"id": number, "image_id": number, **_annotation(seen.pose)})
    if not annotations:
        raise InputError("nobody was seen in this session, so there is no pose to write")
    plain = {
        "info": {"description": source, "contributor": made_by, "version": "1.0"},
        "licenses": [],
        "images": images,
        "annotations": annotations,
        "categories": [
            {
                "id": 1,
                "name": "person",
                "supercategory": "person",
                "keypoints": [joint.name.lower() for joint in _JOINTS],
                "skeleton": [list(edge) for edge in _SKELETON],
            }
        ],
    }
    return json.dumps(plain, ensure_ascii=False, allow_nan=False) + "\n"


def _annotation(pose: Pose) -> dict[str, Any]:
    places = pose.xy_px[list(_JOINTS)].astype(np.float64)
    visibility = pose.visibility[list(_JOINTS)]
    shown = visibility >= SEEN
    keypoints: list[float] = []
    for (x, y), seen in zip(places, shown, strict=True):
        keypoints += [round(float(x), 2), round(float(y), 2), 2 if seen else 1]
    low, high = places.min(axis=0), places.max(axis=0)
    size = high - low
    return {
        "category_id": 1,
        "keypoints": keypoints,
        "num_keypoints": len(_JOINTS),
        "bbox": [round(float(value), 2) for value in (*low, *size)],
        "area": round(float(size[0] * size[1]), 2),
        "iscrowd": 0,
        "score": round(float(visibility.mean()), 4),
    }
