"""Composers, which turn the frames of a video into composed frames. They know no files."""
