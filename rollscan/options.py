"""Owns what options come to: a Job or a Batch; and jobs and looks written as options."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .checks import brief
from .errors import ArgumentError
from .job import COMPOSED, MOVING, OUTPUTS, STRIP, Job, settings
from .limits import Limits
from .look import Look, check_belong, named_looks
from .many.inputs import clips_of, is_several
from .many.names import is_pattern
from .many.order import Certificates
from .many.stores import is_url
from .parser import spellings
from .setting import Need, settings_of

if TYPE_CHECKING:
    from .many.batch import Batch

_STUDIO = ("host", "port", "browser", "keep")
_TLS = tuple(f"tls_{field.name}" for field in fields(Certificates))  # how a cluster is joined
_MANY = (  # how many clips are done
    *("recursive", "jobs", "resume", "report", "cluster", *_TLS, "public_only"),
)


def is_many(options: dict[str, Any]) -> bool:
    """Whether parsed options ask for more than one job: by an INPUT, an output or an option."""
    inputs = options["input"]
    outputs = [options[name] for name in OUTPUTS if name in options]
    return bool(inputs) and (
        len(inputs) > 1
        or any(name in options for name in _MANY)
        or any(is_url(name) or is_several(name) for name in inputs)
        or any(is_url(name) or is_pattern(name) for name in outputs)
    )


def batch_of(options: dict[str, Any], tell: Callable[[str], None] | None = None) -> Batch:
    """The jobs that parsed options ask for, one for each clip; see job_of.

    tell: is told, in one line each, what was found in folders and is not taken.
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
    addresses = (*(clip.input for clip in clips), *outputs.values())
    if public_only and not any(map(is_url, addresses)):
        raise ArgumentError(
            "public_only has no effect without an address: give one, or leave public_only out",
            "public_only",
        )
    one = {name: value for name, value in options.items() if name not in _MANY}
    how = job_of({**one, "input": [clips[0].input]})
    return Batch(
        clips,
        outputs,
        how,
        look=options.get("look"),
        resume=resume,
        public_only=public_only,
        here=cluster == "local",
    )


def job_of(options: dict[str, Any]) -> Job:
    """The job that parsed options ask for; those given win over a look's settings.

    Their input is a name, or a list of one.
    """
    if not options["input"]:
        if isinstance(track := options.get("sound"), Path):
            raise ArgumentError(f"no INPUT: --sound takes {track} as its own, put the video before")
        raise ArgumentError("no INPUT: name the video (rollscan --help lists the options)")
    known = Look.declared()
    given = {name: value for name, value in options.items() if name in known}
    others = {name: value for name, value in options.items() if name not in known}
    for name in _MANY:
        if name in others:
            raise ArgumentError(f"{name} is for many clips: leave {spellings()[name]} out")
    if isinstance(others["input"], list | tuple):
        (others["input"],) = others["input"]
    for name in ("input", *OUTPUTS):  # of many clips they may be addresses: not for a Job to judge
        if name in others:
            others[name] = Path(others[name])
    look = Look()
    if "look" in others:
        look = Look.named(others.pop("look"))
    elif "like" in others:
        look = Look.of(others.pop("like"))
    look = look.over(**given)
    check_belongs(options, look.effect)
    job = Job(look=look, **others)
    check_effective(options, job)
    return job


def check_belongs(options: Mapping[str, Any], effect: str) -> None:
    """Raise ArgumentError for an option that is given, but not for this effect."""
    serving = STRIP if "still" in options else ()
    check_belong([name for name in options if name not in serving], effect)


def check_effective(given: Mapping[str, Any], job: Job) -> None:
    """Raise ArgumentError for the first option given that changes nothing in the job.

    given: by the settings of a Job and a Look. Those for other effects: see check_belongs.
    """
    for name, each in settings().items():
        for need in each.needs:
            if name in given and need.of != "effect" and not _is_met(need, job):
                value = "on" if given[name] is True else given[name]
                raise ArgumentError(
                    f"{each.option} is {value}, which has no effect without {_needed(need)}: add"
                    f" that, or leave {each.option} out"
                )


def _is_met(need: Need, job: Job) -> bool:
    """Whether what a setting takes to have an effect is there."""
    if need.of == "names":
        return bool(job.names)
    if need.of == "writes":
        return not _written(job).isdisjoint(need.values)
    return getattr(job.look, need.of) in need.values


def _needed(need: Need) -> str:
    """What would meet a need, as it is typed."""
    typed = {"writes": "--{}", "names": "--for"}.get(need.of, f"--{need.of} {{}}")
    words = [typed.format(value) for value in need.values or ("",)]
    words += [need.also] if need.also else []
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _written(job: Job) -> set[str]:
    """What the job writes: the outputs asked for, or in their stead the formats of its places."""
    asked = {name for name in (*COMPOSED, "still") if getattr(job, name)}
    moving = {kind: Path(f"clip.{kind}") for kind in asked.intersection(MOVING)}
    if not (job.names and moving):
        return asked
    from .outputs import agreed_targets  # which a job without a place can do without

    named = job.over(**moving)  # whatever they are called: many clips have patterns
    return asked.difference(moving) | {target.format for target in agreed_targets(named)}


def studio_of(options: dict[str, Any]) -> dict[str, Any] | None:
    """How to serve the studio, taken out of parsed options; None where it is not asked for."""
    how = {name: options.pop(name) for name in _STUDIO if name in options}
    if options.pop("ui"):
        return how
    for name in how:
        option = spellings()[name]
        raise ArgumentError(f"{option} has no effect without --ui: add that, or leave {option} out")
    return None


def limits_of(options: dict[str, Any]) -> Limits:
    """The limits that parsed options set, taken out of them; the others are the defaults."""
    names = [name for name in settings_of(Limits) if name in options]
    return Limits(**{name: options.pop(name) for name in names})


def looks_table() -> str:
    """The looks for people: each one's name, what it shows, what to film for it, its options."""
    looks = (
        f"{name}\n  {look.shows}\n  film: {look.film}\n  {as_options(look.look)}"
        for name, look in named_looks().items()
    )
    hint = "Add --smooth for history without torn edges. --looks sheet.png shows all on your clip."
    return "\n\n".join([*looks, hint])


def as_options(look: Look) -> str:
    """The look as one would type it: "--slit-width auto --loop boomerang"."""
    return " ".join(words_of(look.settings))


def words_of(options: Mapping[str, Any]) -> list[str]:
    """Options, by the settings of a Job and a Look, as words of a command line.

    look: the name of a look. Those of None are not given. Raises ArgumentError for a name that is
    no option's, and for a value that no word can say.
    """
    words = []
    for name, value in options.items():
        if name == "look":
            words += [] if value is None else ["--look", str(value)]
        elif name in settings() and settings()[name].option:
            words += settings()[name].words(value)
        else:
            raise ArgumentError(f"there is no option {brief(name)}: rollscan --help lists them")
    return words


def command_of(job: Job) -> list[str]:
    """The shortest command line, from "rollscan" on, that makes the same job.

    Raises ArgumentError for a job that none makes: one whose look has a setting of no effect.
    """
    others = {name: value for name, value in job.settings.items() if name not in ("input", "look")}
    found = []
    for given in _ways_to(job.look):
        options = {**others, **given}
        try:
            same = job_of({"input": job.input, **options}) == job
        except ArgumentError:
            continue
        if same:
            found.append(words_of(options))
    if not found:
        raise ArgumentError("no options make this look: some of its settings have no effect")
    name = str(job.input)
    if name.startswith("-") and name != "-":
        name = f"./{name}"
    return ["rollscan", name, *min(found, key=lambda words: len(" ".join(words)))]


def _ways_to(look: Look) -> Iterator[dict[str, Any]]:
    """The options that may make a look: its settings alone, or what differs from a named look."""
    yield look.settings
    for name, named in named_looks().items():
        differing = {
            setting: value
            for setting, value in vars(look).items()
            if value != vars(named.look)[setting]
        }
        yield {"look": name, **differing}
