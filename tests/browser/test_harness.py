"""The instruments themselves: what they read is what is there."""

from __future__ import annotations

import itertools

from app_server import AppServer, wait_until
from fake_camera import FPS, FakeCamera, read_counter
from visit import Visit

from formcheck.media.reader import VideoReader

OPEN_CAMERA = "() => navigator.mediaDevices.getUserMedia({video: true}).then(() => {})"
BEEP = """() => new Promise((done) => {
    const context = new AudioContext(), tone = context.createOscillator();
    tone.connect(context.destination);
    tone.start(context.currentTime + 0.5);
    tone.stop(context.currentTime + 0.9);
    setTimeout(done, 1400);
})"""


def test_every_picture_of_the_clip_says_its_number(fake_camera: FakeCamera) -> None:
    with VideoReader(fake_camera.film) as reader:
        read = [read_counter(frame.image_rgb) for frame in reader]
    assert read == list(range(fake_camera.frames))


def test_the_camera_plays_the_clip_at_its_rate(visit: Visit, fake_camera: FakeCamera) -> None:
    page = visit.open()
    page.evaluate(OPEN_CAMERA)
    page.wait_for_timeout(4000)
    shown = visit.probe("shown")
    counters = [counter for counter, _ in shown]
    unreadable = counters.count(-1)
    assert unreadable <= 0.01 * len(counters)
    seen_s = (shown[-1][1] - shown[0][1]) / 1000
    steps = [(b - a) % fake_camera.frames for a, b in itertools.pairwise(counters)]
    assert sum(steps) / seen_s > 0.97 * FPS
    assert sum(step == 1 for step in steps) > 0.6 * len(steps)


def test_a_sound_is_heard_from_its_beginning_to_its_end(visit: Visit) -> None:
    page = visit.open()
    page.mouse.click(5, 5)
    page.evaluate(BEEP)
    (sound,) = visit.probe("sounds")
    assert 250 < sound[1] - sound[0] < 700


def test_what_the_app_holds_is_counted(app: AppServer, visit: Visit) -> None:
    visit.open()
    wait_until(lambda: app.held().connections > 0, 10.0)
    held = app.held()
    assert held.threads > 1
    assert held.memory_mb > 50
    assert held.children == ()
