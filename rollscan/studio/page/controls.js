// Owns the panel of settings: a row for each, in the words of the command line. The state is truth.

import { el } from "./dom.js";

const ARROWS = { up: "↑", down: "↓", left: "←", right: "→", out: "↕" };
const named = (names) => Object.fromEntries(names.map((name) => [name, name]));

// Each row: the option's name, what it is called, and how it is set. `if` says when it is shown.
const is = (effect) => (value) => value("effect") === effect;
const loops = (loop) => (value) => value("loop") === loop;
const isVideo = (...formats) => (value) => formats.some((format) => value(format));
export const SECTIONS = {
  effect: [
    { name: "effect", choices: { roll: "Roll", displace: "Displace", scan: "Scan" }, wide: true },
    { name: "direction", choices: ARROWS, if: (value) => value("effect") !== "displace" },
    { name: "slit", min: 0, max: 1, step: 0.005, if: is("roll"), point: 0 },
    { name: "moves", choices: { stay: "stays", there: "there", back: "and back" }, if: is("roll") },
    { name: "slit", label: "to", min: 0, max: 1, step: 0.005, if: is("roll"), point: 1 },
    { name: "slit_width", min: 1, max: 32, step: 1, auto: "auto", if: is("roll") },
    { name: "feather", min: 0, max: 48, step: 1, if: is("roll") },
    { name: "map", choices: named(["up", "down", "left", "right", "out", "in", "radial"]),
      swatches: true, if: is("displace") },
    { name: "depth", unit: "s", min: 0.05, max: 4, step: 0.05, if: is("displace") },
    { name: "sweep", unit: "s", min: 0.2, max: 10, step: 0.1, auto: null, if: is("scan") },
    { name: "line", colour: "#ffffff", if: is("scan") },
  ],
  loop: [
    { name: "loop", wide: true,
      choices: { cut: "Cut", wrap: "Wrap", boomerang: "There & back", crossfade: "Fade",
        match: "Match" } },
    { name: "fade", unit: "s", min: 0.05, max: 3, step: 0.05, if: loops("crossfade") },
    { name: "min_loop", label: "at least", unit: "s", min: 0.5, max: 20, step: 0.1,
      if: loops("match") },
    { name: "max_loop", label: "at most", unit: "s", min: 0.5, max: 30, step: 0.1,
      if: loops("match") },
    { name: "speed", unit: "×", min: 0.25, max: 4, step: 0.05 },
  ],
  more: [
    { name: "rgb", unit: "s", min: 0, max: 0.5, step: 0.01 },
    { name: "smooth", label: "smooth", hint: "no torn edges", if: (value) => value("effect") !== "scan" },
    { name: "steady", hint: "no shaking hand" },
    { name: "deflicker", hint: "even light" },
  ],
  out: [
    { name: "width", unit: "px", min: 64, max: 1280, step: 2, auto: null },
    { name: "fps", min: 5, max: 50, step: 1, auto: null },
    { name: "quality", min: 1, max: 100, step: 1, auto: null, if: isVideo("gif", "webp") },
    { name: "colors", min: 2, max: 256, step: 1, if: isVideo("gif") },
    { name: "max_bytes", label: "at most", unit: "MB", min: 0.1, max: 20, step: 0.1, auto: null,
      times: 1e6, if: isVideo("gif", "webm", "webp") },
    { name: "fit", choices: { crop: "crop", pad: "pad" }, if: (value) => value("names")?.length },
  ],
};

/** A number as short as it is exact. */
const brief = (number) => String(Number(Number(number).toFixed(3)));

/** The settings of one section, as rows in an element. */
export class Controls {
  /** shown(name): what "auto" comes to now, where that is known. */
  constructor(place, rows, state, shown) {
    this.state = state;
    this.shown = shown;
    this.rows = rows.map((row) => this.#row(row));
    place.append(...this.rows.map(({ element }) => element));
  }

  /** Show what the options are now, and what is wrong with one of them. */
  update(wrong) {
    for (const row of this.rows) {
      row.element.hidden = !(row.if?.(this.state.value) ?? true);
      row.update();
      const said = wrong?.field === row.name && !row.point ? wrong.error : "";
      row.element.classList.toggle("wrong", Boolean(said));
      row.error.textContent = said;
    }
  }

  #row(row) {
    const label = row.label ?? row.name.replaceAll("_", " ");
    const error = el("p", { className: "error" });
    let made;
    if (row.choices) made = this.#choice(row, label);
    else if (row.hint) made = this.#switch(row, label);
    else if (row.colour) made = this.#colour(row, label);
    else made = this.#number(row, label);
    made.element.classList.add("row");
    made.element.append(error);
    return { ...row, ...made, error };
  }

  #choice(row, label) {
    const value = () => this.#read(row) ?? (this.state.value("effect") === "scan" ? "down" : "up");
    const radios = Object.entries(row.choices).map(([choice, text]) => {
      const input = el("input", {
        ...{ type: "radio", name: row.name, value: choice, className: "unseen" },
        aria: { label: choice },
        on: { change: () => this.#write(row, choice) },
      });
      const face = el("span", { text: row.swatches ? "" : text, title: choice });
      if (row.swatches) face.dataset.map = choice;
      return { input, element: el("label", {}, input, face) };
    });
    const choices = el("span", { className: "choices" }, ...radios.map(({ element }) => element));
    const legend = el("legend", { text: label, className: row.wide ? "unseen" : "" });
    const element = el("fieldset", { className: row.wide ? "wide" : "" }, legend, choices);
    const update = () => {
      for (const { input, element } of radios) {
        input.checked = input.value === value();
        // A scan's line does not go out both ways.
        if (row.name === "direction" && input.value === "out") {
          element.hidden = this.state.value("effect") === "scan";
        }
      }
    };
    return { element, update };
  }

  #switch(row, label) {
    const input = el("input", {
      type: "checkbox",
      on: { change: () => this.state.set({ [row.name]: input.checked }) },
    });
    const hint = el("small", { text: row.hint });
    const element = el("div", {}, el("label", { className: "switch" }, input, label, " ", hint));
    return { element, update: () => (input.checked = Boolean(this.state.value(row.name))) };
  }

  #colour(row, label) {
    const set = () => this.state.set({ line: drawn.checked ? colour.value : null }, "line");
    const drawn = el("input", { type: "checkbox", on: { change: set } });
    const colour = el("input", {
      ...{ type: "color", value: row.colour },
      aria: { label: "colour of the line" },
      on: { input: set, change: () => this.state.release() },
    });
    const update = () => {
      const line = this.state.value("line");
      drawn.checked = Boolean(line);
      colour.disabled = !line;
      if (/^#[0-9a-f]{6}$/i.test(line)) colour.value = line;
    };
    const text = el("label", { className: "switch" }, drawn, label);
    return { element: el("div", { className: "colour" }, text, colour), update };
  }

  #number(row, label) {
    const { min, max, step, times = 1 } = row;
    const write = (input) => {
      if (input.value !== "") this.#write(row, Number(brief(input.value * times)), row.name);
    };
    const on = (input) => ({
      input: () => write(input()),
      change: () => this.state.release(),
    });
    const range = el("input", { type: "range", min, max, step, on: on(() => range) });
    range.setAttribute("aria-label", label);
    const number = el("input", { type: "number", min: min && step, step: "any", on: on(() => number) });
    const auto = el("button", {
      ...{ type: "button", text: "auto", hidden: row.auto === undefined },
      aria: { label: `${label}: auto` },
      on: { click: () => this.#toggle(row, number) },
    });
    const name = el("label", { className: "name" }, el("span", { text: label }), number);
    if (row.unit) name.append(el("small", { text: row.unit }));
    const element = el("div", { className: "number" }, name, range, auto);
    const update = () => {
      const value = this.#read(row);
      if (row.point) element.hidden ||= value === undefined;
      const isAuto = row.auto !== undefined && value === row.auto;
      auto.setAttribute("aria-pressed", String(isAuto));
      element.classList.toggle("auto", isAuto);
      const shown = isAuto ? this.shown(row.name) : value;
      const text = typeof shown === "number" ? brief(shown / times) : "";
      range.value = text;
      if (document.activeElement !== number || Number(number.value) !== Number(text)) {
        number.value = text;
      }
    };
    return { element, update };
  }

  /** From auto to a number of one's own, or back. */
  #toggle(row, number) {
    const isAuto = this.#read(row) === row.auto;
    const own = Number(number.value || row.min) * (row.times ?? 1);
    this.#write(row, isAuto ? own : row.auto);
  }

  #read({ name, point }) {
    const slit = [this.state.value("slit")].flat();
    if (name === "moves") return slit.length < 2 ? "stay" : slit.at(-1) === slit[0] ? "back" : "there";
    return point === undefined ? (this.state.value(name) ?? null) : slit[point];
  }

  #write({ name, point }, value, held) {
    if (name === "effect") return this.state.choose(value);
    if (name === "moves") return this.state.set({ slit: moved(this.state.value("slit"), value) });
    if (point === undefined) return this.state.set({ [name]: value }, held);
    return this.state.set({ slit: placed(this.state.value("slit"), point, value) }, `slit ${point}`);
  }
}

/** The slit with one of its points elsewhere; where the path is closed, it stays so. */
export function placed(slit, point, value) {
  if (!Array.isArray(slit)) return value;
  const isClosed = slit.length > 2 && slit[0] === slit.at(-1);
  return slit.map((at, i) => {
    return i === point || (isClosed && point === 0 && i === slit.length - 1) ? value : at;
  });
}

/** The slit staying, or moving there, or there and back. */
function moved(slit, how) {
  const [from, to] = [slit].flat();
  if (how === "stay") return from;
  const other = to ?? (from < 0.5 ? 0.8 : 0.2);
  return how === "there" ? [from, other] : [from, other, from];
}
