"""How clips are filmed: what is drawn is where the camera says, and every flaw is repeatable."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("scipy")
pytest.importorskip("vtk")

from studio.arrays import FloatArray, IntArray
from studio.body.actor import Surface
from studio.scenario import Scenario, ScenarioError, read
from studio.scene.camera import Camera
from studio.scene.film import Film, FilmLook, frame_times
from studio.scene.furniture import Furniture, furniture_points_m, furniture_slabs
from studio.scene.pet import Pet, PetOnStage
from studio.scene.renderer import Renderer
from studio.scene.room import Room

SMALL = Camera(width_px=320, height_px=180, vertical_fov_deg=40.0)
TINY = Camera(width_px=160, height_px=90)
EMPTY = Room(props=False)
RED = (0.95, 0.1, 0.1)


def ball(centre_m: tuple[float, float, float], radius_m: float = 0.05) -> Surface:
    around, up = np.meshgrid(np.linspace(0, 2 * np.pi, 25), np.linspace(-np.pi / 2, np.pi / 2, 13))
    normals = np.stack([np.cos(up) * np.cos(around), np.sin(up), np.cos(up) * np.sin(around)], -1)
    normals = normals.reshape(-1, 3)
    return Surface(np.array(centre_m) + radius_m * normals, normals)


def ball_mesh(colour: tuple[float, float, float] = RED) -> tuple[IntArray, FloatArray]:
    grid = np.arange(13 * 25).reshape(13, 25)
    a, b, c, d = grid[:-1, :-1], grid[:-1, 1:], grid[1:, 1:], grid[1:, :-1]
    triangles = np.concatenate([np.stack(t, -1).reshape(-1, 3) for t in ((a, c, b), (a, d, c))])
    return triangles, np.tile(np.array(colour), (13 * 25, 1))


def renderer(camera: Camera, room: Room = EMPTY, balls: int = 1, seed: int = 3) -> Renderer:
    return Renderer(camera, room, seed, [ball_mesh()] * balls)


def centre_px(weight: NDArray[Any]) -> NDArray[np.float64]:
    rows, columns = np.indices(weight.shape)
    middle = [(columns + 0.5) * weight, (rows + 0.5) * weight]
    return np.array([part.sum() / weight.sum() for part in middle])


def reddish(picture: FloatArray) -> NDArray[np.float64]:
    red, green, _ = np.moveaxis(picture, -1, 0)
    return np.asarray((red > 0.02) & (green < 0.45 * red), dtype=np.float64)


def test_a_camera_on_a_tripod_is_itself_at_any_time() -> None:
    assert SMALL.at(3.7, seed=1) is SMALL


def test_a_hand_holds_the_camera_about_where_it_should_be() -> None:
    held = replace(SMALL, shake=1.0)
    moments = [held.at(t_s, seed=4) for t_s in np.arange(0.0, 60.0, 0.0625)]
    assert moments[8] == held.at(0.5, seed=4) != held.at(0.5, seed=5)
    assert all(moment.shake == 0.0 for moment in moments)
    shift_m = np.array([moment.position_m for moment in moments]) - SMALL.position_m
    turn = np.array([moment.axes[2] for moment in moments]) @ SMALL.axes[2]
    turn_deg = np.degrees(np.arccos(np.clip(turn, -1.0, 1.0)))
    assert 0.005 < np.abs(shift_m).max() < 0.06
    assert 1.0 < turn_deg.max() < 4.0
    half = replace(SMALL, shake=0.5).at(1.0, seed=4).position_m - SMALL.position_m
    assert half == pytest.approx(0.5 * (moments[16].position_m - SMALL.position_m), abs=1e-6)


def test_a_hand_trembles() -> None:
    held = replace(SMALL, shake=1.0)
    times_s = np.arange(0.0, 20.0, 0.02)
    points = [held.at(t_s, seed=4).project(np.array([0.0, 0.4, 0.0])) for t_s in times_s]
    power = np.abs(np.fft.rfft(np.diff(np.array(points)[:, 1]))) ** 2
    frequency_hz = np.fft.rfftfreq(len(times_s) - 1, 0.02)
    assert power[(frequency_hz > 2.9) & (frequency_hz < 8.1)].sum() > 0.5 * power.sum()


@pytest.mark.parametrize("distortion", [-0.35, -0.15, 0.0, 0.15])
def test_the_lens_bends_one_way_as_it_does_the_other(distortion: float) -> None:
    camera = replace(SMALL, distortion=distortion, roll_deg=5.0)
    pixels = np.array([[0.5, 0.5], [160.0, 90.0], [319.5, 3.0], [40.0, 170.0]])
    assert camera.project(camera.position_m + 3.0 * camera.rays(pixels)) == pytest.approx(pixels)


def test_a_barrel_lens_draws_corners_nearer_to_the_middle() -> None:
    straight = np.array([[319.0, 1.0]])
    points = SMALL.position_m + SMALL.rays(straight)
    bent = replace(SMALL, distortion=-0.15).project(points)
    shares = [np.linalg.norm(pixels - [160.0, 90.0]) for pixels in (bent, straight)]
    assert 0.85 < shares[0] / shares[1] < 0.92


@pytest.mark.drawing
@pytest.mark.parametrize(
    "camera",
    [
        SMALL,
        replace(SMALL, distortion=-0.15),
        replace(SMALL, distortion=0.12, roll_deg=8.0),
        replace(SMALL, shake=2.0),
        replace(SMALL, shake=1.0, distortion=-0.3, yaw_deg=40.0),
        replace(SMALL, width_px=180, height_px=320, vertical_fov_deg=65.0, distortion=-0.1),
    ],
    ids=["plain", "barrel", "pincushion", "held", "held barrel", "upright"],
)
def test_what_is_drawn_is_where_the_camera_says(camera: Camera) -> None:
    t_s, stage = 1.3, renderer(camera)
    still = camera.at(t_s, seed=3)
    width, height = camera.width_px, camera.height_px
    for share_x, share_y in ((0.5, 0.5), (0.1, 0.15), (0.92, 0.5), (0.85, 0.9)):
        ray = still.rays(np.array([share_x * width, share_y * height]))
        x, y, z = still.position_m + 1.4 * ray
        there, expected = ball((x, y, z), 0.03), still.project(np.array([x, y, z]))
        for seen in (stage.mask([there], 0, t_s), reddish(stage.picture([there], t_s))):
            assert np.abs(centre_px(seen) - expected).max() < 0.7


@pytest.mark.drawing
def test_what_stands_nearer_hides_and_what_stands_behind_does_not() -> None:
    # The camera looks along -x.
    exerciser, size = ball((0.0, 0.4, 0.0), 0.15), (0.8, 0.9, 0.2)
    shared: dict[str, Any] = {"size_m": size, "heading_deg": 90.0}
    free = renderer(SMALL).mask([exerciser], 0)
    hidden = renderer(SMALL, replace(EMPTY, furniture=(Furniture("box", (0.6, 0.0), **shared),)))
    before = renderer(SMALL, replace(EMPTY, furniture=(Furniture("box", (-0.6, 0.0), **shared),)))
    assert hidden.mask([exerciser], 0).max() == 0.0
    assert not reddish(hidden.picture([exerciser])).any()
    assert np.array_equal(before.mask([exerciser], 0), free)
    beside = renderer(SMALL, replace(EMPTY, furniture=(Furniture("chair", (0.5, 0.1)),)))
    assert 0.05 * free.sum() < beside.mask([exerciser], 0).sum() < 0.95 * free.sum()


@pytest.mark.drawing
def test_people_hide_each_other_by_distance_not_by_order() -> None:
    near, far = ball((0.5, 0.4, 0.15), 0.15), ball((-0.5, 0.4, 0.0), 0.15)
    stage, alone = renderer(SMALL, balls=2), renderer(SMALL)
    for order, number in (([near, far], 1), ([far, near], 0)):
        whole = alone.mask([far], 0)
        seen = stage.mask(order, number)
        assert np.array_equal(stage.mask(order, 1 - number), alone.mask([near], 0))
        assert 0.0 < seen.sum() < 0.6 * whole.sum()
        assert (seen <= whole).all()


@pytest.mark.drawing
def test_a_window_behind_the_people_darkens_them_and_glows() -> None:
    person = ball((0.0, 0.3, 0.0), 0.25)
    pictures, inner = [], renderer(TINY).mask([person], 0) == 1.0
    for backlight in (0.0, 0.5, 1.0):
        pictures.append(renderer(TINY, replace(EMPTY, backlight=backlight)).picture([person]))
    shades = [picture[inner].mean() for picture in pictures]
    assert shades[1] < 0.85 * shades[0]
    assert shades[2] < 0.7 * shades[0]
    white = [(picture.min(axis=-1) >= 1.0).mean() for picture in pictures]
    assert white[0] == 0.0
    assert white[2] > 0.03


@pytest.mark.drawing
def test_a_dim_room_is_darker_and_grainier_but_not_black() -> None:
    rooms = [replace(EMPTY, light=light) for light in (1.0, 0.25)]
    clean = [renderer(TINY, room).picture([None]) for room in rooms]
    assert 0.3 < clean[1].mean() / clean[0].mean() < 0.7
    grain = []
    for room, picture in zip(rooms, clean, strict=True):
        film = Film(FilmLook(flicker=0.0), 160, 90, 1, room.sensor_gain)
        grain.append((film.expose(picture) - film.expose(picture).astype(float)).std())
    assert grain[1] > 1.4 * grain[0]


@pytest.mark.drawing
def test_an_open_shutter_smears_what_moves_and_nothing_else() -> None:
    stage = renderer(SMALL)

    def flying(t_s: float) -> list[Surface | None]:
        return [ball((0.0, 0.4, 4.0 * (t_s - 1.0)), 0.05)]

    def resting(t_s: float) -> list[Surface | None]:
        return flying(1.0)

    frozen = stage.picture(flying(1.0), 1.0)
    assert np.array_equal(stage.exposed(flying, 1.0, 0.0), frozen)
    assert np.array_equal(stage.exposed(resting, 1.0, 1 / 30), frozen)
    smeared = stage.exposed(flying, 1.0, 1 / 30)
    # Above the floor, where there is no shadow.
    gone = [np.abs(p - stage.picture([None]))[:105].max(axis=(0, 2)) for p in (frozen, smeared)]
    columns = [np.ptp(np.nonzero(change > 0.05)[0]) for change in gone]
    travel_px = SMALL.focal_px * (4.0 / 30) / 2.6
    assert columns[1] - columns[0] == pytest.approx(travel_px, rel=0.35)


@pytest.mark.drawing
def test_the_same_seed_draws_the_same_picture() -> None:
    camera = replace(TINY, shake=1.0, distortion=-0.15)
    room = Room(backlight=0.4, furniture=(Furniture("bench", (0.6, 0.4)),))
    pictures = [
        Film(FilmLook(), 160, 90, seed).expose(
            renderer(camera, room, seed=seed).picture([ball((0.0, 0.4, 0.0))], 0.8)
        )
        for seed in (3, 3, 4)
    ]
    assert np.array_equal(pictures[0], pictures[1])
    assert not np.array_equal(pictures[0], pictures[2])


def test_lost_frames_are_lost_at_random_but_never_the_first() -> None:
    every = [frame / 30 for frame in range(300)]
    assert frame_times(FilmLook(), 10.0, 30, seed=1) == every
    lossy = FilmLook(dropped_ratio=0.3)
    kept = frame_times(lossy, 10.0, 30, seed=1)
    assert kept == frame_times(lossy, 10.0, 30, seed=1) != frame_times(lossy, 10.0, 30, seed=2)
    assert set(kept) < set(every)
    assert kept == sorted(kept)
    assert 0.6 < len(kept) / len(every) < 0.8
    hopeless = FilmLook(dropped_ratio=1.0)
    assert all(frame_times(hopeless, 1.0, 30, seed=s) == [0.0] for s in range(5))


def test_mains_light_runs_down_the_picture_in_waves() -> None:
    look = FilmLook(blur_px=0.1, grain=0.0, flicker=0.0, mains_flicker=0.1, mains_hz=2.0)
    grey = np.full((90, 160, 3), 0.5)
    film = Film(replace(look, mains_bands=1.0), 160, 90, seed=1)
    first, later = (film.expose(grey, t_s)[:, 0, 0].astype(float) for t_s in (0.0, 0.125))
    assert np.ptp(first) == pytest.approx(0.1 * 255, abs=3)
    assert np.abs(np.roll(first, 90 // 4) - later).max() <= 2.0
    still = Film(replace(look, mains_flicker=0.0), 160, 90, seed=1)
    assert np.ptp(still.expose(grey, 0.125)) == 0


@pytest.mark.parametrize("kind", ["box", "bench", "chair"])
def test_furniture_fills_the_size_it_was_given(kind: str) -> None:
    piece = Furniture(kind, (1.0, -0.5), (0.8, 0.5, 0.4), heading_deg=90.0)
    for points in (furniture_points_m(piece), furniture_slabs(piece, 1)[0].vertices_m):
        assert points.min(axis=0) == pytest.approx([0.8, 0.0, -0.9])
        assert points.max(axis=0) == pytest.approx([1.2, 0.5, -0.1])


def test_a_pet_walks_its_path_there_and_back_on_the_floor() -> None:
    pet = PetOnStage(Pet(((0.0, 0.0), (0.0, 1.2), (0.9, 1.2)), speed_m_per_s=0.6, size_m=0.4))
    # 1.2 m, a quarter turn at 120 deg/s, 0.9 m, a half turn, 0.9 m back.
    for t_s, place in (
        (0.0, (0.0, 0.0)),
        (1.0, (0.0, 0.6)),
        (2.75 + 1.5, (0.9, 1.2)),
        (2.75 + 3.0 + 1.5, (0.0, 1.2)),
    ):
        vertices = pet.at(t_s).vertices_m
        middle = (vertices.min(axis=0) + vertices.max(axis=0)) / 2
        assert np.hypot(*(middle[[0, 2]] - place)) < 0.12
        assert vertices[:, 1].min() == pytest.approx(0.0, abs=0.02)
        assert 0.35 < vertices[:, 1].max() < 0.6
    normals = pet.at(1.0).normals
    assert np.linalg.norm(normals, axis=1) == pytest.approx(1.0)


def test_paws_that_carry_stay_where_they_are() -> None:
    pet = PetOnStage(Pet(((0.0, 0.0), (0.0, 3.0)), speed_m_per_s=0.5))
    before, after = pet.at(2.0).vertices_m, pet.at(2.02).vertices_m
    down = (before[:, 1] < 0.001) & (after[:, 1] < 0.001)
    slip_m = np.linalg.norm(after[down] - before[down], axis=1)
    assert down.sum() > 20
    assert np.median(slip_m) < 0.003  # the animal itself moves 0.01 m


def test_a_scenario_says_all_of_it() -> None:
    table = {
        "name": "clip",
        "exercise": "plank",
        "seed": 1,
        "duration_s": 1.0,
        "labels": {"does": "none"},
        "camera": {"shake": 1, "distortion": -0.15, "width_px": 360, "height_px": 640},
        "room": {
            "backlight": 0.5,
            "furniture": [{"kind": "chair", "at_m": [0.5, 1], "size_m": [0.4, 0.9, 0.4]}],
        },
        "film": {"shutter_s": 0.0167, "dropped_ratio": 0.1, "mains_flicker": 0.05, "crf": 34},
        "pets": [{"path": [[0, 1], [1, 2]], "size_m": 0.3}],
    }
    scenario = read(Scenario, table)
    assert scenario.room.furniture == (Furniture("chair", (0.5, 1.0), (0.4, 0.9, 0.4)),)
    assert scenario.pets == (Pet(((0.0, 1.0), (1.0, 2.0)), size_m=0.3),)
    with pytest.raises(ScenarioError, match="colur"):
        read(Scenario, table | {"pets": [{"path": [[0, 1]], "colur": [1, 2, 3]}]})
