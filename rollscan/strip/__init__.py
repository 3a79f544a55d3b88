"""The strip photograph: the slits of the frames of a video, side by side."""

from ..composers.directions import Direction

FITTED, FILM, MOVING = STRIPS = ("fit", "film", "moving")  # how long it is, see --strip
USUAL: Direction = "left"  # the direction, where none is given
REVERSED = ("right", "down")  # the directions with which the latest comes first
