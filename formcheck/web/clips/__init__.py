"""Clips that somebody brings: taken in, analysed in a process of their own, given back, deleted."""
