"""Owns the outputs of a job: its targets, and every check that does not read the video."""

from __future__ import annotations

from pathlib import Path

from .checks import check_opencv, either
from .deliver.formats import FORMATS
from .deliver.output import check_writable, is_device
from .deliver.picture import holds_alpha
from .deliver.platforms import load
from .deliver.targets import Style, Target, targets_of
from .errors import ArgumentError, OutputError, SourceError
from .files import same_file_key
from .gif.threads import thread_count
from .job import MOVING, OUTPUTS, Job
from .look import LIVE
from .loop.loops import LOOPS
from .recipe import recipe_in
from .video.input import TRACK, check_readable
from .video.sequence import PictureSequence, is_sequence


def checked_targets(job: Job) -> list[Target]:
    """The moving pictures to write, after every check that does not read the video.

    Raises ArgumentError or OutputError for the first check that fails.
    """
    if job.look.smooth:
        check_opencv("--smooth")
    _check_threads()
    stills = [path for path in (job.poster, job.still, job.looks) if path]
    for name, path in _moving(job).items():
        if path:
            FORMATS[name].check_writable(path)
    for path in stills:
        check_writable(path)
    targets = _targets(job)
    _check_names(job.input, [*(target.path for target in targets), *stills])
    _check_not_lost(targets)
    _check_endings(_moving(job))
    return targets


def agreed_targets(job: Job) -> list[Target]:
    """The moving pictures to write, after a check of the settings alone.

    No file but that of the platforms is read. Raises ArgumentError for the first check that fails.
    """
    targets = _targets(job)
    _check_endings(_moving(job))
    return targets


def style_of(job: Job, asked: str = "") -> Style:
    """The settings with which all moving pictures of a job are written.

    asked: what was asked for, where the look of the job was fitted, see fit.asked_for.
    """
    sized, timed = not (job.scale is None and job.width is None), job.fps is not None
    recipe = job.look.comment_with(asked) if job.recipe else ""
    times = (job.repeat, job.mp4_loops)
    return Style(job.fit, sized, timed, *times, job.quality, job.colors, recipe)


def outputs_of(job: Job) -> dict[str, list[Path]]:
    """The files that a job would write, by the name of the field of the job.

    Neither the video nor the folders of the files are accessed. Raises ArgumentError for settings
    that do not go together.
    """
    files: dict[str, list[Path]] = {}
    for target in agreed_targets(job):
        files.setdefault(target.instead_of or target.format, []).append(target.path)
    stills = {"poster": job.poster, "still": job.still, "looks": job.looks}
    return files | {field: [path] for field, path in stills.items() if path}


def _check_threads() -> None:
    try:
        thread_count()
    except ValueError as error:
        raise ArgumentError(str(error)) from error


def _moving(job: Job) -> dict[str, Path | None]:
    """The files of moving pictures that the job names, by format."""
    return {name: getattr(job, name) for name in MOVING}


def _targets(job: Job) -> list[Target]:
    """The moving pictures to write. Raises ArgumentError if settings do not go together."""
    if not any(getattr(job, name) for name in OUTPUTS):
        raise ArgumentError("no output asked for: add --gif out.gif or --still out.png")
    if job.poster_first and not LOOPS[job.look.loop].cyclic:
        *some, last = [name for name, kind in LOOPS.items() if kind.cyclic]
        raise ArgumentError(
            f"poster_first needs a loop without a beginning, and with loop {job.look.loop!r}"
            f" history begins empty: give --loop {', '.join(some)} or {last}",
            "poster_first",
        )
    if isinstance(job.sound, Path):
        check_readable(job.sound, TRACK)
    known = load(job.platforms) if job.names or job.platforms else {}
    targets = targets_of(_moving(job), job.names, known, job.max_bytes)
    _check_transparent(job, targets)
    return targets


def _check_transparent(job: Job, targets: list[Target]) -> None:
    """Raise ArgumentError where a file cannot hold the transparency of the job's look."""
    if job.look.background == LIVE:
        return
    opaque: list[Path | str] = [
        each.path if each.kind.alpha else each.kind.title
        for each in targets
        if not each.kind.holds_alpha(each.path)
    ]
    opaque += [path for path in (job.poster,) if path and not holds_alpha(path)]
    opaque += [path for path in (job.looks,) if path]
    if opaque:
        able = [f"--{name}" for name, format in FORMATS.items() if format.alpha]
        raise ArgumentError(
            f"background is {job.look.background!r}, and {opaque[0]} cannot be transparent: write"
            f" {either(able)}, or leave --background out",
            "background",
        )


def _check_endings(moving: dict[str, Path | None]) -> None:
    for kind, target in moving.items():
        format = FORMATS[kind]
        if not target or (kind == "gif" and is_device(target)) or format.takes(target):
            continue
        if target.suffix.lower() in format.endings:
            raise ArgumentError(
                f"{target} has no place for the number: give a name as {format.example}", kind
            )
        raise ArgumentError(
            f"{target} ends in {target.suffix!r}: give a name in {either(format.endings)}"
            f"{_other(target)}"
        )


def _check_not_lost(targets: list[Target]) -> None:
    """Raise OutputError if a file whose name is derived would replace one of another program."""
    for target in targets:
        if target.instead_of and target.path.exists():
            try:
                recipe_in(target.path)
            except SourceError as error:
                raise OutputError(
                    f"{target.path} is there already, and no loop of rollscan's: name the output,"
                    f" --{target.format} OUT.{target.format}"
                ) from error
        if target.instead_of:
            check_writable(target.path)


def _other(target: Path) -> str:
    """The end of an error message: the option that writes files of this name."""
    ending = target.suffix.lower()
    for kind, format in FORMATS.items():
        if format.takes(target):
            return f", or say --{kind} {target}"
    return f", or say --still {target}" if ending in (".png", ".jpg", ".jpeg") else ""


def _check_names(source: Path, paths: list[Path]) -> None:
    pictures = PictureSequence(source) if is_sequence(source) else None
    for path in paths:
        if pictures and pictures.takes(path):
            raise OutputError(
                f"{path} would be one of the files that {source} stands for: give another folder"
            )
        if path.exists() and source.exists() and path.samefile(source):
            raise OutputError(f"{path} is the input itself: give the output another name")
    keys = [same_file_key(path) for path in paths]
    for k, path in enumerate(paths):
        if keys[k] in keys[:k]:
            raise ArgumentError(f"{path} is asked for twice: give each output its own name")
