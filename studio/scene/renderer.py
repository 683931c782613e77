"""Draws the room and the people with VTK, off-screen (EGL; Mesa's software rasteriser will do).

The camera is fixed, so the room is drawn once. For each frame only the people are drawn, laid over
the room with soft edges, and their shadows are painted onto the floor: ten times faster on a
processor without a GPU than drawing everything with shadow maps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import vtk
from vtk.util import numpy_support

from studio.arrays import FloatArray, ImageArray, IntArray
from studio.body.actor import Surface
from studio.scene.camera import Camera
from studio.scene.room import Room, Slab, furnish, wall_plane
from studio.scene.shadows import FloorShadows

_SUPERSAMPLE = 2


@dataclass(frozen=True, slots=True)
class Lamp:
    """A lamp.

    Attributes:
        position_m: (3,) where it is.
        colour: RGB 0..1.
        intensity: its share of the light.
    """

    position_m: FloatArray
    colour: tuple[float, float, float]
    intensity: float


def lamps_for(camera: Camera, light: float) -> list[Lamp]:
    """Returns a ceiling lamp and a window, both on the camera's side of the mat."""
    flat = camera.position_m * np.array([1.0, 0.0, 1.0])
    out = flat / np.linalg.norm(flat)
    aside = np.cross(np.array([0.0, 1.0, 0.0]), out)
    ceiling = 0.9 * out + 0.7 * aside + np.array([0.0, 3.1, 0.0])
    window = 3.2 * out - 2.2 * aside + np.array([0.0, 1.9, 0.0])
    return [
        Lamp(ceiling, (1.0, 0.97, 0.92), 0.62 * light),
        Lamp(window, (0.88, 0.93, 1.0), 0.36 * light),
    ]


class _Stage:
    """A VTK scene seen through the camera, drawn at twice the size."""

    def __init__(self, camera: Camera, lamps: list[Lamp], light: float) -> None:
        self._window = vtk.vtkRenderWindow()
        self._window.SetOffScreenRendering(1)
        self._window.SetMultiSamples(0)
        self._window.SetSize(camera.width_px * _SUPERSAMPLE, camera.height_px * _SUPERSAMPLE)
        self._renderer = vtk.vtkRenderer()
        self._renderer.SetBackground(0.0, 0.0, 0.0)
        self._window.AddRenderer(self._renderer)
        self._aim(camera)
        for lamp in lamps:
            self._add_lamp(lamp)
        # A headlight without shadows stands for the light that the walls throw back.
        bounce = vtk.vtkLight()
        bounce.SetLightTypeToHeadlight()
        bounce.SetIntensity(0.30 * light)
        self._renderer.AddLight(bounce)

    def draw(self) -> FloatArray:
        """Returns the picture (height, width, 3) in 0..1, drawn size reduced to picture size."""
        self._window.Render()
        grabber = vtk.vtkWindowToImageFilter()
        grabber.SetInput(self._window)
        grabber.ReadFrontBufferOff()
        grabber.ShouldRerenderOff()
        grabber.SetInputBufferTypeToRGB()
        grabber.Update()
        output = grabber.GetOutput()
        width, height, _ = output.GetDimensions()
        flat = numpy_support.vtk_to_numpy(output.GetPointData().GetScalars())
        return _reduced(flat.reshape(height, width, 3)[::-1]) / np.float32(255.0)

    def coverage(self) -> FloatArray:
        """Returns how much of each pixel (height, width) something drawn covers, 0..1."""
        width, height = self._window.GetSize()
        depth = vtk.vtkFloatArray()
        self._window.GetZbufferData(0, 0, width - 1, height - 1, depth)
        nearer = numpy_support.vtk_to_numpy(depth).reshape(height, width, 1)[::-1] < 1.0
        return _reduced(nearer)[..., 0]

    def add_slab(self, slab: Slab) -> None:
        data = vtk.vtkPolyData()
        points = vtk.vtkPoints()
        points.SetData(_floats(slab.vertices_m))
        data.SetPoints(points)
        data.SetPolys(_cells(slab.triangles))
        data.GetPointData().SetNormals(_floats(slab.normals))
        data.GetPointData().SetTCoords(_floats(slab.texture_at))
        actor = self._add_actor(data)
        actor.SetTexture(_texture(slab.texture))

    def _add_actor(self, data: Any) -> Any:
        mapper = vtk.vtkPolyDataMapper()
        mapper.SetInputData(data)
        actor = vtk.vtkActor()
        actor.SetMapper(mapper)
        look = actor.GetProperty()
        look.SetInterpolationToPhong()
        look.SetAmbient(0.0)
        look.SetDiffuse(1.0)
        self._renderer.AddActor(actor)
        return actor

    def _add_lamp(self, lamp: Lamp) -> None:
        source = vtk.vtkLight()
        source.SetLightTypeToSceneLight()
        source.SetPosition(*lamp.position_m)
        source.SetFocalPoint(0.0, 0.3, 0.0)
        source.SetColor(*lamp.colour)
        source.SetIntensity(lamp.intensity)
        source.SetPositional(True)
        source.SetConeAngle(75)
        self._renderer.AddLight(source)

    def _aim(self, camera: Camera) -> None:
        lens = self._renderer.GetActiveCamera()
        lens.SetPosition(*camera.position_m)
        lens.SetFocalPoint(*camera.target_m)
        lens.SetViewUp(*camera.axes[1])
        lens.SetViewAngle(camera.vertical_fov_deg)
        lens.SetClippingRange(0.2, 30.0)


class _PeopleStage(_Stage):
    """The people alone, without the shadows they throw on themselves."""

    def __init__(self, camera: Camera, lamps: list[Lamp], light: float) -> None:
        super().__init__(camera, lamps, light)
        self._people: list[tuple[Any, Any]] = []

    def add(self, triangles: IntArray, colours: FloatArray) -> None:
        """Adds a person's mesh."""
        data = vtk.vtkPolyData()
        data.SetPolys(_cells(triangles))
        scalars = numpy_support.numpy_to_vtk((colours * 255).astype(np.uint8), deep=True)
        data.GetPointData().SetScalars(scalars)
        actor = self._add_actor(data)
        actor.GetProperty().SetSpecular(0.08)
        actor.GetProperty().SetSpecularPower(12)
        self._people.append((data, actor))

    def move(self, number: int, surface: Surface | None) -> None:
        """Puts a person in a pose; None takes them out of the picture."""
        data, actor = self._people[number]
        actor.SetVisibility(surface is not None)
        if surface is None:
            return
        points = vtk.vtkPoints()
        points.SetData(_floats(surface.vertices_m))
        data.SetPoints(points)
        data.GetPointData().SetNormals(_floats(surface.normals))
        data.Modified()


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
            seed: of what the room leaves to chance.
            people: triangles (T, 3) and vertex colours (K, 3) of each person.
        """
        lamps = lamps_for(camera, room.light)
        stage = _Stage(camera, lamps, room.light)
        for slab in furnish(room, camera, seed):
            stage.add_slab(slab)
        self._room = stage.draw()
        self._people = _PeopleStage(camera, lamps, room.light)
        for triangles, colours in people:
            self._people.add(triangles, colours)
        positions_m = [lamp.position_m for lamp in lamps]
        self._shadows = FloorShadows(camera, positions_m, wall_plane(room, camera))

    def picture(self, surfaces: list[Surface | None]) -> FloatArray:
        """Returns the picture (height, width, 3), RGB 0..1, with each person in their pose."""
        present = [surface for surface in surfaces if surface is not None]
        if not present:
            return self._room
        for number, surface in enumerate(surfaces):
            self._people.move(number, surface)
        drawn = self._people.draw()
        # The people are drawn on black: their soft edges are already weighted by coverage.
        behind = 1.0 - self._people.coverage()[..., None]
        shade = self._shadows.shade([surface.vertices_m for surface in present])
        picture: FloatArray = drawn + self._room * shade[..., None] * behind
        return picture


def _reduced(drawn: Any) -> FloatArray:
    """Averages blocks of drawn pixels (H, W, C) into picture pixels."""
    step = _SUPERSAMPLE
    total = np.zeros((drawn.shape[0] // step, drawn.shape[1] // step, drawn.shape[2]), np.float32)
    for row in range(step):
        for column in range(step):
            total += drawn[row::step, column::step]
    averaged: FloatArray = total / np.float32(step * step)
    return averaged


def _floats(values: FloatArray) -> Any:
    return numpy_support.numpy_to_vtk(np.ascontiguousarray(values, dtype=np.float32), deep=True)


def _cells(triangles: IntArray) -> Any:
    cells = vtk.vtkCellArray()
    flat = np.ascontiguousarray(triangles, dtype=np.int64).ravel()
    cells.SetData(3, numpy_support.numpy_to_vtkIdTypeArray(flat, deep=True))
    return cells


def _texture(picture: ImageArray) -> Any:
    height, width, _ = picture.shape
    image = vtk.vtkImageData()
    image.SetDimensions(width, height, 1)
    flat = np.ascontiguousarray(picture.reshape(-1, 3))
    image.GetPointData().SetScalars(numpy_support.numpy_to_vtk(flat, deep=True))
    texture = vtk.vtkTexture()
    texture.SetInputData(image)
    texture.InterpolateOn()
    texture.MipmapOn()
    texture.RepeatOn()
    return texture
