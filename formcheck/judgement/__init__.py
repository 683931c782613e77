"""Verdicts from numbers: the rule API, the phases, the cues and the engine."""
