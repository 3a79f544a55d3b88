"""A video file to upright frames of a constant rate, through ffmpeg. Knows no slits."""
