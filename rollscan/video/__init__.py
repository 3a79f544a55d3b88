"""Reads a video file, through ffmpeg, as upright frames at a constant rate."""
