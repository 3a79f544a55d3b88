"""Owns what options come to: a Job or a Batch; and jobs and looks written as options."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .checks import brief, is_whole
from .errors import ArgumentError
from .job import OUTPUTS, Job
from .look import Effect, Look, check_belong, named_looks
from .many.inputs import clips_of, is_several
from .many.names import is_pattern
from .many.order import Certificates
from .many.stores import is_url
from .parser import parser, spellings
from .scopes import check_effective

if TYPE_CHECKING:
    from .many.batch import Batch

_LOOK = {field.name for field in fields(Look)}
_STUDIO = ("host", "port", "browser", "keep")
_STRIP = {"slit", "direction", "slit_width"}  # what a strip photograph takes, whatever the effect
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
    given = {name: value for name, value in options.items() if name in _LOOK}
    others = {name: value for name, value in options.items() if name not in _LOOK}
    for name in _MANY:
        if name in others:
            raise ArgumentError(f"{name} is for many clips: leave {spellings()[name]} out")
    if isinstance(others["input"], list | tuple):
        (others["input"],) = others["input"]
    for name in ("input", *OUTPUTS):
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
    check_effective(options, spellings(), job)
    return job


def check_belongs(options: dict[str, Any], effect: Effect) -> None:
    """Raise ArgumentError for an option that is given, but not for this effect."""
    serving = _STRIP if "still" in options else set()
    check_belong([name for name in options if name not in serving], effect)


def studio_of(options: dict[str, Any]) -> dict[str, Any] | None:
    """How to serve the studio, taken out of parsed options; None where it is not asked for."""
    how = {name: options.pop(name) for name in _STUDIO if name in options}
    if options.pop("ui"):
        return how
    for name in how:
        option = spellings()[name]
        raise ArgumentError(f"{option} has no effect without --ui: add that, or leave {option} out")
    return None


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
    """Options, by the dests of the parser, as words of a command line; those of None are not given.

    Raises ArgumentError for a name that is no option's, and a value that no word can say.
    """
    actions = {action.dest: action for action in parser()._actions if action.option_strings}
    words = []
    for name, value in options.items():
        if name not in actions:
            raise ArgumentError(f"there is no option {brief(name)}: rollscan --help lists them")
        spelling = actions[name].option_strings[-1]
        if actions[name].nargs == 0:  # a switch, which turns its usual value over
            if value is not None and not isinstance(value, bool):
                raise ArgumentError(f"{name} is {brief(value)}: give True or False")
            words += [spelling] if value is actions[name].const else []
        elif value is True and actions[name].nargs == "?":  # what it means without a value
            words.append(spelling)
        elif value is not None:
            text = _text(name, value)
            words += [f"{spelling}={text}"] if text.startswith("-") else [spelling, text]
    return words


def command_of(job: Job) -> list[str]:
    """The shortest command line, from "rollscan" on, that makes the same job.

    Raises ArgumentError for a job that none makes: one whose look has a setting of no effect.
    """
    others = {
        field.name: getattr(job, field.name)
        for field in fields(Job)
        if field.name not in ("input", "look") and getattr(job, field.name) != field.default
    }
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
            field.name: getattr(look, field.name)
            for field in fields(Look)
            if getattr(look, field.name) != getattr(named.look, field.name)
        }
        yield {"look": name, **differing}


_SIZES = {"MB": 10**6, "MiB": 2**20, "KB": 10**3, "KiB": 2**10}


def _text(name: str, value: object) -> str:
    """The value of an option as a word that the parser reads as exactly this value."""
    if isinstance(value, list | tuple):
        return {"names": ","}.get(name, ":").join(_text("", part) for part in value)
    if name == "max_bytes" and is_whole(value):
        for unit, size in _SIZES.items():
            if value >= size / 10 and int(float(f"{value / size:g}") * size) == value:
                return f"{value / size:g}{unit}"
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    if isinstance(value, bool) or not isinstance(value, int | str | Path):
        raise ArgumentError(f"{name} is {brief(value)}: give a number or text")
    return str(value)
