"""Composers: frames of a video to composed frames, one after another. They know no files."""
