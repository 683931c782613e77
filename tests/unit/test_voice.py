from __future__ import annotations

import builtins
import sys
import threading
import types
import wave
from pathlib import Path

import numpy as np
import pytest

from formcheck.presentation.voice import (
    SAMPLE_RATE_HZ,
    RecordingSpeaker,
    SilentSpeaker,
    SoundDeviceSpeaker,
    open_speaker,
    recording,
    samples,
    slug,
)

PHRASES = [
    line.strip()
    for line in (Path(__file__).parents[2] / "tools" / "voice_phrases.txt")
    .read_text("utf-8")
    .splitlines()
    if line.strip() and not line.startswith("#")
]


def active_level_db(wave_data: np.ndarray) -> float:
    size = int(0.05 * SAMPLE_RATE_HZ)
    blocks = wave_data[: wave_data.size // size * size].reshape(-1, size).astype(float) / 32768
    rms = np.sqrt((blocks**2).mean(axis=1))
    return float(10 * np.log10((rms[rms > rms.max() / 18] ** 2).mean()))


@pytest.mark.parametrize("text", PHRASES)
def test_every_phrase_has_a_sound_recording(text):
    path = recording(text)
    assert path is not None
    data = samples(path)
    assert 0.25 < data.size / SAMPLE_RATE_HZ < 2.5
    assert active_level_db(data) == pytest.approx(-18.0, abs=2.0)
    assert 0.1 < np.abs(data).max() / 32768 < 0.95
    # Trimmed: the voice starts within 50 ms, so a cue is heard when it is due.
    loud = np.flatnonzero(np.abs(data) > 0.01 * np.abs(data.astype(int)).max())
    assert loud[0] < 0.05 * SAMPLE_RATE_HZ
    assert path.stat().st_size < 100_000


def test_all_recordings_are_equally_loud_and_in_the_list():
    levels = [active_level_db(samples(recording(text))) for text in PHRASES]
    assert max(levels) - min(levels) < 2.0
    names = {path.stem for path in recording(PHRASES[0]).parent.glob("*.wav")}
    assert names == {slug(text) for text in PHRASES}
    assert len(names) == len(PHRASES)


def test_slugs():
    assert slug("I can't see you well") == "i-cant-see-you-well"
    assert slug("Look down, neck long") == "look-down-neck-long"
    assert slug("Turn side-on to me") == "turn-side-on-to-me"
    assert recording("Nobody says this") is None
    assert recording("../voice") is None
    assert recording("") is None


def test_a_recording_of_another_format_is_refused(tmp_path):
    path = tmp_path / "x.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(SAMPLE_RATE_HZ)
        out.writeframes(b"\0" * 8)
    with pytest.raises(ValueError, match="mono"):
        samples(path)


class FakeStream:
    def __init__(self, **options):
        self.options = options
        self.calls = []

    def start(self):
        self.calls.append("start")

    def stop(self):
        self.calls.append("stop")

    def close(self):
        self.calls.append("close")

    def pull(self, n_frames: int) -> np.ndarray:
        out = np.full((n_frames, 1), 77, np.int16)
        self.options["callback"](out, n_frames, None, None)
        return out[:, 0]


@pytest.fixture
def fake():
    streams = []
    error = type("PortAudioError", (Exception,), {})

    def output_stream(**options):
        streams.append(FakeStream(**options))
        return streams[-1]

    return types.SimpleNamespace(OutputStream=output_stream, PortAudioError=error, streams=streams)


def test_a_phrase_is_played_to_the_sample_and_then_there_is_silence(fake):
    speaker = SoundDeviceSpeaker(fake)
    stream = fake.streams[0]
    assert stream.options["samplerate"] == SAMPLE_RATE_HZ
    assert not stream.pull(256).any()
    assert speaker.say("Rest now")
    data = samples(recording("Rest now"))
    played = np.concatenate([stream.pull(500) for _ in range(data.size // 500 + 2)])
    assert np.array_equal(played[: data.size], data)
    assert not played[data.size :].any()


def test_one_voice_at_a_time_and_late_cues_are_dropped(fake):
    speaker = SoundDeviceSpeaker(fake)
    assert speaker.say("Rest now")
    assert not speaker.say("Lift your hips")
    fake.streams[0].pull(SAMPLE_RATE_HZ * 3)
    assert speaker.say("Lift your hips")
    assert not speaker.say("Nobody says this")


def test_an_urgent_phrase_cuts_in(fake):
    speaker = SoundDeviceSpeaker(fake)
    assert speaker.say("Only one person in view, please")
    fake.streams[0].pull(100)
    assert speaker.say("Rest now", urgent=True)
    data = samples(recording("Rest now"))
    assert np.array_equal(fake.streams[0].pull(data.size), data)


def test_closing_stops_at_once_and_twice_does_no_harm(fake):
    speaker = SoundDeviceSpeaker(fake)
    speaker.say("Rest now")
    speaker.close()
    speaker.close()
    assert fake.streams[0].calls == ["start", "stop", "close"]
    assert not fake.streams[0].pull(100).any()
    assert not speaker.say("Rest now")


def test_speaking_from_threads_says_one(fake):
    speaker = SoundDeviceSpeaker(fake)
    said = []
    threads = [
        threading.Thread(target=lambda: said.append(speaker.say("Rest now"))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said.count(True) == 1


def test_without_the_library_it_says_so(monkeypatch):
    real = builtins.__import__

    def broken(name, *args, **kwargs):
        if name == "sounddevice":
            raise OSError("PortAudio library not found")
        return real(name, *args, **kwargs)

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(builtins, "__import__", broken)
    speaker, sentence = open_speaker()
    assert isinstance(speaker, SilentSpeaker)
    assert sentence is not None
    assert sentence.startswith("No sound: the PortAudio library is not installed")
    assert not speaker.say("Rest now")
    speaker.close()


def test_without_a_device_it_says_so(monkeypatch, fake):
    def no_device(**options):
        raise fake.PortAudioError("Error querying device -1")

    monkeypatch.setitem(
        sys.modules,
        "sounddevice",
        types.SimpleNamespace(OutputStream=no_device, PortAudioError=fake.PortAudioError),
    )
    speaker, sentence = open_speaker()
    assert isinstance(speaker, SilentSpeaker)
    assert sentence is not None
    assert "no audio output device" in sentence


def test_with_a_device_it_speaks(monkeypatch, fake):
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    speaker, sentence = open_speaker()
    assert isinstance(speaker, SoundDeviceSpeaker)
    assert sentence is None


def test_this_machine_gets_some_speaker():
    speaker, sentence = open_speaker()
    assert (sentence is None) == isinstance(speaker, SoundDeviceSpeaker)
    speaker.close()


def test_the_recording_speaker_remembers():
    speaker = RecordingSpeaker()
    assert speaker.say("Rest now")
    speaker.close()
    assert speaker.said == ["Rest now"]
    assert speaker.closed


def test_everything_that_is_ever_said_has_a_recording():
    from formcheck.judgement import cues, guide
    from formcheck.judgement.registry import load_exercises
    from formcheck.kinematics import view
    from formcheck.types import Reason

    said = {
        guide.GET_READY,
        *guide.COUNTDOWN,
        guide.STARTS,
        guide.FINISHED,
        guide.BEGIN,
        guide.SET_FINISHED,
        *guide.NUMBERS,
        *cues.CLOCK_TEXTS,
        cues.REST,
    }
    said |= {value.advice for value in vars(view).values() if isinstance(value, Reason)}
    for exercise in load_exercises().values():
        said |= set(exercise.easier.values())
        for check in exercise.checks:
            said |= {check.cue, check.cue_again, check.praise}
        if exercise.own_range is not None:
            own = exercise.own_range
            said |= {own.low_cue, own.high_cue, own.rest_cue}
    said.discard("")
    assert {text for text in said if recording(text) is None} == set()
