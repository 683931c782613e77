"""Frames in and out: video files, cameras, traces."""
