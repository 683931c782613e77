"""Draws the room and the people in it.

While the camera stands still the room is drawn once. For each frame only the people, animals and
furniture are drawn, laid over the room with soft edges, and their shadows are painted onto the
floor: ten times faster on a processor without a GPU than drawing everything with shadow maps.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from studio.arrays import FloatArray, IntArray
from studio.body.actor import Surface
from studio.scene.backlight import backlit, window_slabs
from studio.scene.camera import Camera
from studio.scene.furniture import furniture_points_m, furniture_slabs
from studio.scene.lamps import bounce_intensity, lamps_for
from studio.scene.room import Room, furnish, wall_plane
from studio.scene.shadows import FloorShadows
from studio.scene.slabs import CELLS
from studio.scene.stage import PeopleStage, Stage

# The room has few edges: for a camera that moves it is drawn a little coarser, every frame.
_STILL_SUPERSAMPLE, _MOVING_SUPERSAMPLE, _MOVING_CELLS = 2.0, 1.5, 1
# Within one exposure nothing may jump further than this share of the picture's height.
_JUMP_SHARE, _MOST_SUB_FRAMES = 1.0 / 180.0, 6
_EVERY_VERTEX = 23


class Renderer:
    """Draws one room with moving people."""

    def __init__(
        self,
        camera: Camera,
        room: Room,
        seed: int,
        people: list[tuple[IntArray, FloatArray]],
    ) -> None:
        """Draws the room and takes the people in.

        Args:
            camera: the camera.
            room: the room.
            seed: of what the room and the camera leave to chance.
            people: triangles (T, 3) and vertex colours (K, 3) of each person and animal.
        """
        self._camera, self._room_look, self._seed = camera, room, seed
        lamps = lamps_for(camera, room)
        bounce = bounce_intensity(room)
        fineness = _MOVING_SUPERSAMPLE if camera.shake else _STILL_SUPERSAMPLE
        cells = _MOVING_CELLS if camera.shake else CELLS
        self._stage = Stage(camera, lamps, bounce, fineness)
        for slab in furnish(room, camera, seed, cells):
            self._stage.add_slab(slab)
        if room.backlight > 0.0:
            for slab in window_slabs(room, camera, seed):
                self._stage.add_slab(slab)
        self._people = PeopleStage(camera, lamps, bounce)
        for triangles, colours in people:
            self._people.add(triangles, colours)
        for number, piece in enumerate(room.furniture):
            for slab in furniture_slabs(piece, seed + number):
                self._people.add_slab(slab)
        self._furniture_m = [furniture_points_m(piece) for piece in room.furniture]
        self._shadows = FloorShadows(lamps, wall_plane(room, camera))
        self._aimed: Camera | None = None
        nothing: FloatArray = np.zeros((camera.height_px, camera.width_px, 3), np.float32)
        self._room, self._glow = nothing, nothing
        self._aim(0.0)

    def picture(self, surfaces: list[Surface | None], t_s: float = 0.0) -> FloatArray:
        """Returns the picture (height, width, 3), RGB 0..1 and beyond where it is over-exposed.

        Args:
            surfaces: each person and animal in their pose; None while they are away.
            t_s: the time, which says where a camera in the hand is.
        """
        self._aim(t_s)
        solid_m = [surface.vertices_m for surface in surfaces if surface is not None]
        solid_m += self._furniture_m
        backlight = self._room_look.backlight
        if not solid_m:
            return backlit(self._room, self._glow, backlight) if backlight else self._room
        for number, surface in enumerate(surfaces):
            self._people.move(number, surface)
        drawn = self._people.draw()
        # The people are drawn on black: their soft edges are already weighted by coverage.
        behind = 1.0 - self._people.coverage()[..., None]
        shade = self._shadows.shade(solid_m)
        picture: FloatArray = drawn + self._room * shade[..., None] * behind
        return backlit(picture, self._glow * behind, backlight) if backlight else picture

    def exposed(
        self, surfaces_at: Callable[[float], list[Surface | None]], t_s: float, shutter_s: float
    ) -> FloatArray:
        """Returns the picture (height, width, 3) that an open shutter takes, centred on a time.

        Sub-frames are averaged, as many as the motion in the picture needs.

        Args:
            surfaces_at: gives each person and animal at a time, as ``picture`` takes them.
            t_s: the time of the frame.
            shutter_s: how long the shutter is open; 0 freezes all motion.
        """
        if shutter_s <= 0.0:
            return self.picture(surfaces_at(t_s), t_s)
        start_s, end_s = max(0.0, t_s - shutter_s / 2), t_s + shutter_s / 2
        travel_px = self._travel_px((surfaces_at(start_s), start_s), (surfaces_at(end_s), end_s))
        jump_px = _JUMP_SHARE * self._camera.height_px
        count = int(np.clip(np.ceil(travel_px / jump_px), 1, _MOST_SUB_FRAMES))
        if count == 1:
            return self.picture(surfaces_at(t_s), t_s)
        # The middles of equal parts of the exposure.
        times_s = start_s + (end_s - start_s) * (np.arange(count) + 0.5) / count
        taken = [self.picture(surfaces_at(float(u_s)), float(u_s)) for u_s in times_s]
        mean: FloatArray = np.mean(taken, axis=0)
        return mean

    def mask(self, surfaces: list[Surface | None], number: int, t_s: float = 0.0) -> FloatArray:
        """Returns how much of each pixel (height, width) shows one person, 0..1.

        What stands before them cuts it.

        Args:
            surfaces: as ``picture`` takes them.
            number: of the person among them.
            t_s: the time.
        """
        self._aim(t_s)
        if surfaces[number] is None:
            return np.zeros((self._camera.height_px, self._camera.width_px), np.float32)
        for each, surface in enumerate(surfaces):
            self._people.move(each, surface)
        return self._people.visible(number)

    def _aim(self, t_s: float) -> None:
        """Brings all that depends on where the camera is to a time."""
        camera = self._camera.at(t_s, self._seed)
        if camera == self._aimed:
            return
        self._aimed = camera
        self._stage.aim(camera)
        self._people.aim(camera)
        self._shadows.look_from(camera)
        self._room = self._stage.draw()
        if self._room_look.backlight > 0.0:
            self._glow = self._stage.draw_glow()

    def _travel_px(
        self,
        before: tuple[list[Surface | None], float],
        after: tuple[list[Surface | None], float],
    ) -> float:
        """Returns how far anything moves in the picture between two times."""
        cameras = [self._camera.at(t_s, self._seed) for _, t_s in (before, after)]
        room_m = np.array([self._camera.target_m])
        pairs = [(room_m, room_m)]
        for first, second in zip(before[0], after[0], strict=True):
            if first is not None and second is not None:
                pairs.append(
                    (first.vertices_m[::_EVERY_VERTEX], second.vertices_m[::_EVERY_VERTEX])
                )
        moves = [cameras[1].project(b) - cameras[0].project(a) for a, b in pairs]
        return float(np.linalg.norm(np.concatenate(moves), axis=1).max())
