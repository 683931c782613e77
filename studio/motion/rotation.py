"""Rotation matrices, in degrees. All act on column vectors in the world frame."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from studio.arrays import FloatArray


def about(axis: FloatArray | tuple[float, float, float], angle_deg: float) -> FloatArray:
    """Returns the rotation (3, 3) about an axis through the origin, right-handed."""
    direction = unit(np.asarray(axis, dtype=np.float64))
    matrix: FloatArray = Rotation.from_rotvec(direction * np.radians(angle_deg)).as_matrix()
    return matrix


def about_x(angle_deg: float) -> FloatArray:
    """Rotation about +x: positive tips an upright person forward."""
    return about((1.0, 0.0, 0.0), angle_deg)


def about_y(angle_deg: float) -> FloatArray:
    """Rotation about +y: positive turns a person to their left."""
    return about((0.0, 1.0, 0.0), angle_deg)


def about_z(angle_deg: float) -> FloatArray:
    """Rotation about +z: positive tips an upright person to their right."""
    return about((0.0, 0.0, 1.0), angle_deg)


def unit(vector: FloatArray) -> FloatArray:
    """Returns the vector at length one."""
    scaled: FloatArray = vector / np.linalg.norm(vector)
    return scaled


def basis(primary: FloatArray, hint: FloatArray) -> FloatArray:
    """Returns the frame (3, 3) whose first axis is ``primary`` and second lies towards ``hint``."""
    first = unit(primary)
    second = unit(hint - first * (hint @ first))
    return np.stack([first, second, np.cross(first, second)], axis=1)


def carry(
    rest_direction: FloatArray, rest_hint: FloatArray, direction: FloatArray, hint: FloatArray
) -> FloatArray:
    """Returns the rotation that takes a rest direction with its hint onto the wanted ones."""
    rotation: FloatArray = basis(direction, hint) @ basis(rest_direction, rest_hint).T
    return rotation


def between(start: FloatArray, end: FloatArray, share: float) -> FloatArray:
    """Returns the rotation a share (0..1) of the shortest way from ``start`` to ``end``."""
    way = Rotation.from_matrix(start.T @ end).as_rotvec()
    matrix: FloatArray = start @ Rotation.from_rotvec(way * share).as_matrix()
    return matrix


def swing(start: FloatArray, end: FloatArray, share: float) -> FloatArray:
    """Returns a share of the shortest rotation that takes direction ``start`` to ``end``."""
    axis = np.cross(start, end)
    sine = float(np.linalg.norm(axis))
    if sine < 1e-9:
        return np.eye(3)
    angle_deg = float(np.degrees(np.arctan2(sine, start @ end)))
    return about(axis, angle_deg * share)


def twist_deg(rotation: FloatArray, axis: FloatArray) -> float:
    """Returns how far a rotation turns about an axis (its twist, -180..180)."""
    quaternion = Rotation.from_matrix(rotation).as_quat()
    along = float(quaternion[:3] @ axis)
    angle = float(np.degrees(2.0 * np.arctan2(along, quaternion[3])))
    return (angle + 180.0) % 360.0 - 180.0
