"""The small movements of a person who tries to hold still: breath, sway and tremor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.arrays import FloatArray


class Wander:
    """A smooth random signal, the same for the same seed whatever order times are asked in."""

    def __init__(
        self, seed: int, name: str, amplitude: float, band_hz: tuple[float, float]
    ) -> None:
        # The name keeps the signals of one person independent of each other.
        generator = np.random.default_rng([seed, *name.encode()])
        count = 7
        self._rate_hz: FloatArray = generator.uniform(*band_hz, count)
        self._phase: FloatArray = generator.uniform(0.0, 2.0 * np.pi, count)
        weights: FloatArray = generator.normal(0.0, 1.0, count)
        self._weights = amplitude * np.sqrt(2.0) * weights / np.linalg.norm(weights)

    def at(self, t_s: float) -> float:
        """Returns the signal at a time; its standard deviation is the amplitude."""
        waves = np.sin(2.0 * np.pi * self._rate_hz * t_s + self._phase)
        return float(self._weights @ waves)


@dataclass(frozen=True, slots=True)
class Stir:
    """The small movements at one moment.

    Attributes:
        breath: how full the chest is, -1..1.
        sway_m: (3,) drift of the body over its supports.
        roll_deg: rocking about the long axis.
        bend_deg: unsteadiness of the hip line, breathing included.
        nod_deg: of the head.
        knee_deg: of the knees.
    """

    breath: float
    sway_m: FloatArray
    roll_deg: float
    bend_deg: float
    nod_deg: float
    knee_deg: float


class Life:
    """Breath, sway and tremor of one person."""

    def __init__(self, seed: int, strength: float = 1.0) -> None:
        """Sets the signals up.

        Args:
            seed: which person.
            strength: 1 is someone who works moderately; 0 is a statue.
        """
        slow, tremor = (0.15, 0.7), (6.0, 10.0)
        self._strength = strength
        generator = np.random.default_rng([seed, 1])
        self._breath_hz = float(generator.uniform(0.22, 0.30))
        self._breath_phase = float(generator.uniform(0.0, 2.0 * np.pi))
        amounts = {
            "sway_x": 0.0030,
            "sway_z": 0.0040,
            "roll": 0.5,
            "bend": 0.35,
            "nod": 1.2,
            "knee": 0.4,
        }
        self._slow = {
            name: Wander(seed, name, amount * strength, slow) for name, amount in amounts.items()
        }
        shakes = {"sway_x": 0.0004, "sway_z": 0.0004, "roll": 0.05, "bend": 0.10, "nod": 0.12}
        self._tremor = {
            name: Wander(seed, f"{name} tremor", amount * strength, tremor)
            for name, amount in shakes.items()
        }

    def at(self, t_s: float) -> Stir:
        """Returns the small movements at a time."""
        breath = float(np.sin(2.0 * np.pi * self._breath_hz * t_s + self._breath_phase))

        def both(name: str) -> float:
            return self._slow[name].at(t_s) + self._tremor[name].at(t_s)

        return Stir(
            breath=breath,
            sway_m=np.array([both("sway_x"), 0.0, both("sway_z")]),
            roll_deg=both("roll"),
            bend_deg=both("bend") + 0.5 * self._strength * breath,
            nod_deg=both("nod"),
            knee_deg=self._slow["knee"].at(t_s),
        )
