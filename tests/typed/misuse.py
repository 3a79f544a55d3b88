"""What the types refuse: mypy, strict, says so if a line here needs no `type: ignore`."""

from __future__ import annotations

from rollscan import FrameComposer, Look, RollingClip, RollScan, compose, make, still


def misuse(clip: RollingClip) -> None:
    """Values that no name of a setting takes; never run."""
    Look(direction="sideways")  # type: ignore[arg-type]
    Look(loop="twice")  # type: ignore[arg-type]
    Look(slit_width=(1, 2))  # type: ignore[arg-type]
    RollScan(direction="sideways")  # type: ignore[arg-type]
    RollScan(lopp="cut")  # type: ignore[call-arg]
    RollScan(5)  # type: ignore[arg-type]
    make("a.mp4", "a.gif", loop="twice")  # type: ignore[arg-type]
    make("a.mp4", "a.gif", lopp="wrap")  # type: ignore[call-arg]
    still("a.mp4", gif="a.gif")  # type: ignore[call-arg]
    compose([], "roll")  # type: ignore[arg-type]
    RollingClip.open("a.mp4", loop="twice")  # type: ignore[arg-type]
    RollingClip.open("a.mp4", scale="half")  # type: ignore[arg-type]
    FrameComposer([], 25, direction="sideways")  # type: ignore[arg-type]
    clip.write_gif("a.gif", quality="high")  # type: ignore[arg-type]
