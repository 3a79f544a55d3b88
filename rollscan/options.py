"""Owns the conversion of parsed options to a Job or a Batch, and of jobs and looks to options."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .checks import brief, is_url
from .deliver.formats import FORMATS
from .errors import ArgumentError
from .fit import fittable
from .job import ALL, AUTO, COMPOSED, MOVING, OUTPUTS, STRIP, Job, settings
from .limits import Limits
from .look import (
    Look,
    NamedLook,
    check_effect_has,
    is_set_to_clips,
    known_looks,
    named_looks,
)
from .loop.loops import Match
from .many.inputs import clips_of, is_several
from .many.names import is_pattern
from .many.order import Certificates
from .parser import spellings
from .setting import Need, settings_of
from .strip import FITTED
from .strip import MOVING as MOVING_STRIP

if TYPE_CHECKING:
    from .many.batch import Batch

_STUDIO = ("host", "port", "browser", "keep")
_TLS = tuple(f"tls_{field.name}" for field in fields(Certificates))  # for joining a cluster
_BATCH = (  # the options for a batch of clips
    *("recursive", "jobs", "resume", "report", "sheet", "cluster", *_TLS, "public_only"),
)
_PART = ("start", "end")  # a part that is chosen by hand, of which AUTO takes all
_MATCHED = tuple(settings_of(Match))  # how long a match is, unless a length is asked for


def is_many(options: dict[str, Any]) -> bool:
    """Whether an INPUT, an output or another of the parsed options makes it a batch."""
    inputs = options["input"]
    outputs = [options[name] for name in OUTPUTS if name in options]
    return bool(inputs) and (
        len(inputs) > 1
        or any(name in options for name in _BATCH)
        or any(is_url(name) or is_several(name) for name in inputs)
        or any(is_url(name) or is_pattern(name) for name in outputs)
    )


def batch_of(options: dict[str, Any], tell: Callable[[str], None] | None = None) -> Batch:
    """The batch that parsed options ask for: one job for each clip, see job_of.

    tell: is called with one line for each file in a folder that is not taken as a clip.
    """
    from .many.batch import Batch

    resume, cluster = options.get("resume", False), options.get("cluster", "local")
    outputs = {name: options[name] for name in OUTPUTS if name in options}
    public_only = options.get("public_only", False)
    clips = clips_of(
        options["input"],
        recursive=options.get("recursive", False),
        public_only=public_only,
        tell=tell,
    )
    if "sheet" in options:
        _check_sheet(options["sheet"], outputs.get("still"))
    addresses = (*(clip.input for clip in clips), *outputs.values())
    if public_only and not any(map(is_url, addresses)):
        raise ArgumentError(
            "public_only has no effect without an address: give one, or leave public_only out",
            "public_only",
        )
    job_options = {name: value for name, value in options.items() if name not in _BATCH}
    job = job_of({**job_options, "input": [clips[0].input]})
    return Batch(
        clips,
        outputs,
        job,
        look=options.get("look"),
        resume=resume,
        public_only=public_only,
        here=cluster == "local",
    )


def _check_sheet(sheet: str, strips: str | None) -> None:
    """Raise ArgumentError for a sheet of strip photographs that are not here, or not made.

    strips: where they are written to; None if they are not.
    """
    from .deliver.picture import check_ending  # imports NumPy

    check_ending(sheet)
    if strips is None or is_url(strips):
        raise ArgumentError(
            "sheet has no effect without strip photographs in a folder of this machine: give"
            " --still FOLDER/, or leave --sheet out",
            "sheet",
        )
    if is_url(sheet):
        raise ArgumentError(f"sheet is {sheet}: give the name of a file of this machine", "sheet")


def job_of(options: dict[str, Any]) -> Job:
    """The job that parsed options ask for. They override the settings of a look.

    options: by the names of settings; "input" is a name, or a list with one name. Raises
    ArgumentError for an option that is missing, is for a batch, or would have no effect.
    """
    if not options["input"]:
        if isinstance(track := options.get("sound"), Path):
            raise ArgumentError(f"no INPUT: --sound takes {track} as its own, put the video before")
        raise ArgumentError("no INPUT: name the video (rollscan --help lists the options)")
    known = Look.declared()
    given = {name: value for name, value in options.items() if name in known}
    others = {name: value for name, value in options.items() if name not in known}
    for name in _BATCH:
        if name in others:
            raise ArgumentError(f"{name} is for many clips: leave {spellings()[name]} out")
    if isinstance(others["input"], list | tuple):
        (others["input"],) = others["input"]
    for name in ("input", *OUTPUTS):  # unchecked, as in a batch they may be URLs
        if name in others:
            others[name] = Path(others[name])
    if "like" in others:
        others["look"] = Look.of(others.pop("like"))
    job = Job(**others)  # its length depends on whether a look was chosen by name
    if job.slits:
        given.setdefault("slit", job.slits[0])
    look = job.look.over(**given)
    fits = (name for name in fittable(look) if name not in given) if job.fits else ()
    job = job.over(look=look, fits=tuple(fits))
    if job.looks:
        named_looks()  # a mistake in the user's file is told before any work
    else:  # that the look is not fitted is told by `fits`
        job = job.over(fit_look=True)
    if "fit_look" in options and not ("look" in options or job.looks):
        raise ArgumentError("fit_look has no effect without --look or --looks", "fit_look")
    if "fit_look" in options and not (job.looks or is_set_to_clips(options["look"])):
        raise ArgumentError(
            f"fit_look has no effect with --look {options['look']}, a look of your own, which is"
            " taken as it is: leave --no-fit out",
            "fit_look",
        )
    if job.looks and job.fit_look and not job.fits and given.get("smooth") is False:
        raise ArgumentError(
            "smooth: --no-smooth has no effect on the sheet of --looks: give --no-fit, which shows"
            " looks as they are written",
            "smooth",
        )
    check_for_effect(options, job.look.effect)
    check_effective(options, job)
    return job


def check_for_effect(options: Mapping[str, Any], effect: str) -> None:
    """Raise ArgumentError for an option that only other effects have, unless a strip uses it."""
    serving = STRIP if "still" in options else ()
    check_effect_has([name for name in options if name not in serving], effect)


def check_effective(given: Mapping[str, Any], job: Job) -> None:
    """Raise ArgumentError for the first of the given options that has no effect on the job.

    given: values by the names of settings of a Job and a Look. Options of other effects are not
    found here, but by check_for_effect.
    """
    for name, setting in settings().items():
        for need in setting.needs:
            if name in given and need.of != "effect" and not _is_fulfilled(need, job):
                value = "on" if given[name] is True else given[name]
                raise ArgumentError(
                    f"{setting.option} is {value}, which has no effect without"
                    f" {_fulfilling_options(need)}: add that, or leave {setting.option} out"
                )
    _check_length(given)
    _check_strip(given, job)


def _check_strip(given: Mapping[str, Any], job: Job) -> None:
    """Raise ArgumentError for options of strip photographs that do not go together."""
    composes = any(getattr(job, name) for name in COMPOSED)
    if len(job.slits) > 1 and (composes or not job.still):
        raise ArgumentError(
            f"--slit is given {len(job.slits)} times, and only a strip photograph has several"
            " slits: give one, or --still without other outputs"
        )
    if job.slits and job.look.slit != job.slits[0]:
        raise ArgumentError("slit and slits are given: give one of the two")
    if composes:
        return
    measures = job.strip == MOVING_STRIP or job.pace is not None
    if "slit_width" in given and measures:
        raise ArgumentError(
            "slit_width has no effect with --strip moving or --pace, which tell how wide the slices"
            " are: leave --slit-width out",
            "slit_width",
        )
    if "slit_width" in given and given.get("smooth") and job.strip == FITTED:
        raise ArgumentError(
            "slit_width has no effect with --smooth, where each column shows a moment of its own:"
            " leave --slit-width out",
            "slit_width",
        )


def _check_length(given: Mapping[str, Any]) -> None:
    """Raise ArgumentError if the length and another of the given options contradict each other."""
    length = given.get("length")
    if length is None or length == ALL:
        return
    rivals = _PART if length == AUTO else _MATCHED
    for name in rivals:
        if name in given:
            rival = " ".join(words_of({name: given[name]}))
            asked = " ".join(words_of({"length": length}))
            raise ArgumentError(f"{asked} contradicts {rival}: leave one of them out", "length")


def _is_fulfilled(need: Need, job: Job) -> bool:
    """Whether the job fulfils a condition of a setting."""
    if need.of == "names":
        return bool(job.names)
    if need.of == "writes":
        return not _written_kinds(job).isdisjoint(need.values)
    return getattr(job.look if need.of in ("effect", "loop") else job, need.of) in need.values


def _fulfilling_options(need: Need) -> str:
    """The options that would fulfil a condition, for an error message."""
    option = {"writes": "--{}", "names": "--for", "sound": "--sound"}.get(
        need.of, f"--{need.of} {{}}"
    )
    alternatives = [option.format(value) for value in need.values or ("",)]
    alternatives += [need.also] if need.also else []
    return " or ".join(filter(None, [", ".join(alternatives[:-1]), alternatives[-1]]))


def _written_kinds(job: Job) -> set[str]:
    """The outputs that the job writes, with the formats that its platforms take instead."""
    requested = {name for name in (*COMPOSED, "still") if getattr(job, name)}
    moving = {kind: Path(FORMATS[kind].example) for kind in requested.intersection(MOVING)}
    if not (job.names and moving):
        return requested
    from .outputs import agreed_targets  # not needed for a job without a platform

    renamed = job.over(**moving)  # the outputs of a batch may be patterns
    return requested.difference(moving) | {target.format for target in agreed_targets(renamed)}


def studio_of(options: dict[str, Any]) -> dict[str, Any] | None:
    """Remove the options for serving the studio and return them; None if --ui is not given."""
    serving = {name: options.pop(name) for name in _STUDIO if name in options}
    if options.pop("ui"):
        return serving
    for name in serving:
        option = spellings()[name]
        raise ArgumentError(f"{option} has no effect without --ui: add that, or leave {option} out")
    return None


def limits_of(options: dict[str, Any]) -> Limits:
    """Remove the options for limits, and return the Limits that they set."""
    names = [name for name in settings_of(Limits) if name in options]
    return Limits(**{name: options.pop(name) for name in names})


def looks_table() -> str:
    """A table of the looks: the name, what it shows, what to film for it, and its options."""
    looks = (
        "\n  ".join(filter(None, (name, look.shows, _film(look), as_options(look.look))))
        for name, look in named_looks().items()
    )
    hint = "--look sets a look to your clip; --no-fit does not. --looks sheet.png shows all on it."
    return "\n\n".join([*looks, hint])


def _film(look: NamedLook) -> str:
    return look.film and f"film: {look.film}"


def as_options(look: Look) -> str:
    """The look as options of a command line: "--slit-width auto --loop boomerang"."""
    return " ".join(words_of(look.settings))


def words_of(options: Mapping[str, Any]) -> list[str]:
    """The words of a command line that give these options.

    options: values by the names of settings of a Job and a Look, and "look", the name of a look.
    None means that an option is not given. Raises ArgumentError for a name that has no option, and
    for a value that is not valid.
    """
    words: list[str] = []
    repeated = {settings()[name].repeats for name in options if name in settings()}
    for name, value in options.items():
        if name == "look":
            words += [] if value is None else ["--look", str(value)]
        elif name in repeated:
            continue
        elif name in settings() and (once := settings().get(settings()[name].repeats)):
            words += [word for each in value for word in once.words(each)]
        elif name in settings() and settings()[name].option:
            words += settings()[name].words(value)
        else:
            raise ArgumentError(f"there is no option {brief(name)}: rollscan --help lists them")
    return words


def command_of(job: Job) -> list[str]:
    """The words of the shortest command line that makes the same job; the first is "rollscan".

    Raises ArgumentError if no command line makes it, as its look has a setting without effect.
    """
    others = {name: value for name, value in job.settings.items() if settings()[name].option}
    commands = []
    for given in _options_for(job):
        options = {**others, **given}
        if "look" in given and options.get("length") == AUTO:  # which it is with a look
            del options["length"]
        try:
            same = job_of({"input": job.input, **options}) == job
        except ArgumentError:
            continue
        if same:
            commands.append(words_of(options))
    if not commands:
        raise ArgumentError("no options make this look: some of its settings have no effect")
    name = str(job.input)
    if name.startswith("-") and name != "-":
        name = f"./{name}"
    return ["rollscan", name, *min(commands, key=lambda words: len(" ".join(words)))]


def _options_for(job: Job) -> Iterator[dict[str, Any]]:
    """Sets of options for a look: all its settings, or those that differ from a named look.

    Where the look is to be fitted, those that could be and are not to be are given, too.
    """
    look = job.look
    yield look.settings
    kept = set(fittable(look)) - set(job.fits) if job.fits else ()
    as_written = {} if job.fits or job.looks else {"fit_look": False}
    for name, named in known_looks().items():
        differing = {
            setting: getattr(look, setting)
            for setting in Look.declared()
            if (setting in kept and not named.own)
            or getattr(look, setting) != getattr(named.look, setting)
        }
        yield {"look": name, **({} if named.own else as_written), **differing}
