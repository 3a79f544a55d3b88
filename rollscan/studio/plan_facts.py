"""Owns the description of a plan for the page: the file shown, and what is left to the plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..deliver.targets import Take
from ..job import Job
from ..look import Look
from ..outputs import checked_targets
from ..video.facts import Facts

if TYPE_CHECKING:
    from ..plan import Plan


def checked_plan(job: Job, facts: Facts, takes: Sequence[Take]) -> Plan:
    """The plan of a job. Raises RollscanError where its effect cannot compose the clip."""
    # This imports NumPy, in a thread and while the first frames are decoded.
    from ..plan import plan_of, video_for

    plan = plan_of(job, facts, video_for(job, checked_targets(job), facts), takes)
    for shot in plan.shots:
        shot.check()
    return plan


def look_in(words: list[str]) -> str | None:
    """The name of the look in the words of a command line; None if there is none."""
    return words[words.index("--look") + 1] if "--look" in words else None


def out(plan: Plan) -> dict[str, Any]:
    """The file of a plan that is shown, for the page.

    It has the size `w` and `h` in pixels, the rate `fps`, `seconds` and `frames` of all its loops,
    `place`, the name of its platform if any, `sounds`, whether a file of this part may have sound,
    `most`, the bytes that it may have, if limited, and `frame`, which is x, y, width and height of
    the part of the composed picture that it shows, as shares of the picture. What is given up for
    the limit is left to the estimate.
    """
    shot = plan.shots[0]
    shown, loops, place, size, limit = shot.shown, 1, None, shot.shown.size, None
    for file in shot.files[:1]:
        target, shown, loops = file.target, file.shown, file.part.loops
        place, size = target.platform and target.platform.name, target.kind.size_of(shown)
        limit = target.kind.most_bytes(shown, target.max_bytes, target.platform, loops)
    return {
        "w": size[0],
        "h": size[1],
        "fps": shown.fps,
        "seconds": loops * shown.seconds,
        "frames": loops * len(shown),
        "place": place,
        "sounds": any(file.target.sounds for file in shot.files),
        "most": limit,
        "frame": [n / shot.extent.size[k % 2] for k, n in enumerate(shown.fitted.frame)],
    }


def comes_to(plan: Plan) -> dict[str, Any]:
    """The values that options leave to the plan, of the file shown, by the options' names."""
    shot = plan.shots[0]
    shown = shot.files[0].part.shown if shot.files else shot.shown
    file = out(plan)
    left, top, width, height = file["frame"]
    middle = [round(left + width / 2, 3), round(top + height / 2, 3)]
    return {"width": file["w"], "fps": file["fps"], "length": shown.seconds, "focus": middle}


def fitted(asked: Look, found: Look, names: Sequence[str]) -> dict[str, Any]:
    """The settings that were set to the clip, of those with these names, by name."""
    return {
        name: getattr(found, name) for name in names if getattr(found, name) != getattr(asked, name)
    }
