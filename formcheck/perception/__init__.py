"""Observations from pixels: pose estimators behind one protocol."""
