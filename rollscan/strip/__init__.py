"""The strip photograph: the slits of the frames of a video, side by side."""

FITTED, FILM, MOVING = STRIPS = ("fit", "film", "moving")  # how long it is, see --strip
