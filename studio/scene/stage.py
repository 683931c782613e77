"""VTK scenes seen through the camera, off-screen (EGL; Mesa's software rasteriser will do)."""

from __future__ import annotations

import os
import sys
from typing import Any

import cv2
import numpy as np
import vtk
from vtk.util import numpy_support

from studio.arrays import BoolArray, FloatArray, ImageArray, IntArray
from studio.body.actor import Surface
from studio.scene.camera import Camera
from studio.scene.lamps import Lamp
from studio.scene.slabs import Slab

if sys.platform == "linux":
    # The same way of drawing with a screen and without one.
    os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")


class Stage:
    """A scene, drawn larger than the picture and averaged into it."""

    def __init__(
        self, camera: Camera, lamps: list[Lamp], bounce_intensity: float, supersample: float = 2.0
    ) -> None:
        """Sets up the lamps.

        Args:
            camera: its picture's size and lens; ``aim`` may move it.
            lamps: what lights the scene.
            bounce_intensity: light without shadows that the walls throw back.
            supersample: how many pixels are drawn along each side of one in the picture.
        """
        self._lens = _Lens(camera, supersample)
        self._window = vtk.vtkRenderWindow()
        self._window.SetOffScreenRendering(1)
        self._window.SetMultiSamples(0)
        self._window.SetSize(*self._lens.canvas_px)
        self._renderer = vtk.vtkRenderer()
        self._renderer.SetBackground(0.0, 0.0, 0.0)
        self._window.AddRenderer(self._renderer)
        self._slabs: list[tuple[Any, bool]] = []
        self.aim(camera)
        for lamp in lamps:
            self._add_lamp(lamp)
        # A headlight without shadows stands for the light that the walls throw back.
        bounce = vtk.vtkLight()
        bounce.SetLightTypeToHeadlight()
        bounce.SetIntensity(bounce_intensity)
        self._renderer.AddLight(bounce)

    def aim(self, camera: Camera) -> None:
        """Moves the camera; its lens and the size of its picture stay."""
        eye = self._renderer.GetActiveCamera()
        eye.SetPosition(*camera.position_m)
        eye.SetFocalPoint(*camera.target_m)
        eye.SetViewUp(*camera.axes[1])
        eye.SetViewAngle(self._lens.canvas_fov_deg)
        eye.SetClippingRange(0.2, 30.0)

    def draw(self) -> FloatArray:
        """Returns the picture (height, width, 3) in 0..1."""
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
        return self._lens.picture(flat.reshape(height, width, 3)[::-1]) / np.float32(255.0)

    def draw_glow(self) -> FloatArray:
        """Returns what glows by itself (height, width, 3) in 0..1, all else black before it."""
        for actor, glows in self._slabs:
            actor.GetProperty().SetDiffuse(0.0)
            actor.GetProperty().SetAmbient(1.0 if glows else 0.0)
        picture = self.draw()
        for actor, glows in self._slabs:
            actor.GetProperty().SetDiffuse(0.0 if glows else 1.0)
            actor.GetProperty().SetAmbient(0.0)
        return picture

    def coverage(self) -> FloatArray:
        """Returns how much of each pixel (height, width) something drawn covers, 0..1."""
        return self._lens.share(self._depth() < 1.0)

    def add_slab(self, slab: Slab) -> None:
        """Adds a piece of the room."""
        data = vtk.vtkPolyData()
        points = vtk.vtkPoints()
        points.SetData(_floats(slab.vertices_m))
        data.SetPoints(points)
        data.SetPolys(_cells(slab.triangles))
        data.GetPointData().SetNormals(_floats(slab.normals))
        data.GetPointData().SetTCoords(_floats(slab.texture_at))
        actor = self._add_actor(data)
        actor.SetTexture(_texture(slab.texture))
        if slab.glows:
            actor.GetProperty().SetDiffuse(0.0)
        self._slabs.append((actor, slab.glows))

    def _depth(self) -> FloatArray:
        """Depth of what was drawn last, as drawn (rows from the top), 1 where nothing is."""
        width, height = self._window.GetSize()
        depth = vtk.vtkFloatArray()
        self._window.GetZbufferData(0, 0, width - 1, height - 1, depth)
        drawn: FloatArray = numpy_support.vtk_to_numpy(depth).reshape(height, width)[::-1]
        return drawn

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
        source.SetConeAngle(lamp.cone_deg)
        self._renderer.AddLight(source)


class PeopleStage(Stage):
    """People, animals and furniture, without the shadows they throw on themselves."""

    def __init__(self, camera: Camera, lamps: list[Lamp], bounce_intensity: float) -> None:
        super().__init__(camera, lamps, bounce_intensity)
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

    def visible(self, number: int) -> FloatArray:
        """Returns how much of each pixel (height, width) shows one person as last moved, 0..1."""
        actor = self._people[number][1]
        self._window.Render()
        everything = self._depth()
        shown = actor.GetVisibility()
        actor.SetVisibility(False)
        self._window.Render()
        nearer: BoolArray = everything < self._depth()
        actor.SetVisibility(shown)
        return self._lens.share(nearer)


class _Lens:
    """Turns what is drawn through a pinhole into the camera's picture.

    Attributes:
        canvas_px: width and height of what is drawn.
        canvas_fov_deg: its angle of view from top to bottom.
    """

    def __init__(self, camera: Camera, supersample: float) -> None:
        self._size_px = (camera.width_px, camera.height_px)
        self._supersample = supersample
        full = [round(side * supersample) for side in self._size_px]
        self.canvas_px = (full[0], full[1])
        self.canvas_fov_deg = camera.vertical_fov_deg
        self._sources: tuple[FloatArray, FloatArray] | None = None
        if camera.distortion:
            self._bend(camera, full)

    def picture(self, drawn: ImageArray) -> FloatArray:
        """Returns what is drawn (H, W, 3) as the picture (height, width, 3), bytes as floats."""
        if self._sources is not None:
            return self._reduced(cv2.remap(drawn, *self._sources, cv2.INTER_LINEAR))
        return self._reduced(drawn)

    def share(self, drawn: BoolArray) -> FloatArray:
        """Returns the share of each pixel (height, width) for which something drawn holds."""
        if self._sources is None:
            return self._reduced(drawn[..., None])[..., 0]
        bent = cv2.remap(drawn.astype(np.float32), *self._sources, cv2.INTER_LINEAR)
        return self._reduced(bent[..., None])[..., 0]

    def _bend(self, camera: Camera, full: list[int]) -> None:
        """Enlarges the canvas to all that the bent picture shows, and finds what is seen where."""
        rows, columns = np.indices((full[1], full[0]))
        pixels = (np.stack([columns, rows], axis=-1) + 0.5) / self._supersample
        middle = np.array(self._size_px) / 2
        straight = camera.straightened(pixels) - middle
        reach = np.abs(straight).reshape(-1, 2).max(axis=0) + 1.0
        canvas = 2 * np.ceil(np.maximum(reach, middle) * self._supersample).astype(int)
        self.canvas_px = (int(canvas[0]), int(canvas[1]))
        half = canvas[1] / 2 / self._supersample / camera.focal_px
        self.canvas_fov_deg = float(2.0 * np.degrees(np.arctan(half)))
        sources = (straight * self._supersample + canvas / 2 - 0.5).astype(np.float32)
        self._sources = (sources[..., 0].copy(), sources[..., 1].copy())

    def _reduced(self, drawn: Any) -> FloatArray:
        """Averages drawn pixels (H, W, C) into picture pixels."""
        if self._supersample != int(self._supersample):
            small: FloatArray = cv2.resize(
                drawn.astype(np.float32), self._size_px, interpolation=cv2.INTER_AREA
            )
            return small
        step = int(self._supersample)
        width, height = self._size_px
        total = np.zeros((height, width, drawn.shape[2]), np.float32)
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
