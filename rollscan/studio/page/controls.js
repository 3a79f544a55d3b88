// Owns the panel of settings: a row for each, in the words of the command line. The state is truth.

import { el } from "./dom.js";
import { NumberField, brief, isAllowed } from "./field.js";
import { MAPS } from "./moments.js";
import { moved, placed } from "./slit.js";

export const ARROWS = { up: "↑", down: "↓", left: "←", right: "→", out: "↕" };
const EFFECTS = { roll: "Roll", displace: "Displace", scan: "Scan" };
const LOOPS = {
  ...{ cut: "Cut", wrap: "Wrap", boomerang: "Boomerang", crossfade: "Crossfade", match: "Match" },
};
const SWATCHES = Object.fromEntries(MAPS.map((map) => [map, ""]));
const is = (name, ...values) => (value) => values.includes(value(name));
const makes = (...formats) => (value) => formats.some((format) => value(format));
const roll = is("effect", "roll");

// Each row: the option's name, how it is set, and when it is shown. `auto` is [value, what it says].
export const SECTIONS = {
  effect: [
    { name: "effect", choices: EFFECTS, wide: true },
    { name: "direction", choices: ARROWS, if: is("effect", "roll", "scan") },
    { name: "slit", range: [0, 1, 0.005], if: roll, point: 0 },
    { name: "moves", choices: { stay: "no", there: "there", back: "there and back" }, if: roll },
    { name: "slit", label: "to", range: [0, 1, 0.005], if: roll, point: 1 },
    { name: "slit_width", range: [1, 32, 1], auto: ["auto", "auto"], if: roll },
    { name: "feather", range: [0, 48, 1], if: roll },
    { name: "map", choices: SWATCHES, if: is("effect", "displace") },
    { name: "depth", unit: "s", range: [0.05, 4, 0.05], if: is("effect", "displace") },
    { name: "sweep", unit: "s", range: [0.2, 10, 0.1], auto: [null, "clip"], if: is("effect", "scan") },
    { name: "line", colour: "#ffffff", if: is("effect", "scan") },
    { name: "rgb", unit: "s", range: [0, 0.5, 0.01] },
    { name: "smooth", hint: "no torn edges", if: is("effect", "roll", "displace") },
    { name: "steady", hint: "no shaking hand" },
    { name: "deflicker", hint: "even light" },
  ],
  loop: [
    { name: "loop", choices: LOOPS, wide: true },
    { name: "fade", unit: "s", range: [0.05, 3, 0.05], if: is("loop", "crossfade") },
    { name: "min_loop", label: "at least", unit: "s", range: [0.5, 20, 0.1], if: is("loop", "match") },
    { name: "max_loop", label: "at most", unit: "s", range: [0.5, 30, 0.1], if: is("loop", "match") },
    { name: "speed", unit: "×", range: [0.25, 4, 0.05] },
  ],
  out: [
    { name: "width", unit: "px", range: [64, 1280, 2], auto: [null, "fit"] },
    { name: "fps", range: [5, 50, 1], auto: [null, "auto"] },
    { name: "quality", range: [1, 100, 1], if: makes("gif", "webp") },
    { name: "colors", range: [2, 256, 1], if: makes("gif") },
    { name: "max_bytes", label: "at most", unit: "MB", times: 1e6, range: [0.1, 20, 0.1],
      auto: [null, "any"], if: makes("gif", "mp4", "webm", "webp") },
    { name: "fit", choices: { crop: "crop", pad: "pad", blur: "blur" }, if: (value) => value("names")?.length },
  ],
};

/** The settings of one section, as rows in an element. */
export class Controls {
  /** limits: of numbers, by option. comesTo(name): what an option left to the program comes to. */
  constructor(place, rows, state, limits, comesTo) {
    Object.assign(this, { state, limits, comesTo });
    this.rows = rows.map((row) => this.#row({ label: row.name.replace("_", " "), ...row }));
    place.append(...this.rows.map(({ element }) => element));
  }

  /** Show what the options are now; whether what is wrong with one of them is said here. */
  update(plan) {
    let isTold = false;
    this.plan = plan;
    for (const { name, element, error, update, point, field, ...row } of this.rows) {
      element.hidden = !(row.if?.(this.state.value) ?? true);
      update();
      const isWrong = !element.hidden && plan?.error && plan.field === name && !point;
      error.textContent = field?.mistake || (isWrong ? plan.error : "");
      element.classList.toggle("wrong", Boolean(error.textContent));
      isTold ||= Boolean(isWrong);
    }
    return isTold;
  }

  #row(row) {
    const kinds = { choices: this.#choice, hint: this.#switch, colour: this.#colour };
    const kind = Object.keys(kinds).find((name) => name in row);
    const made = (kinds[kind] ?? this.#number).call(this, row);
    const error = el("p", { className: "error" });
    made.element.classList.add("row");
    made.element.append(error);
    return { ...row, ...made, error };
  }

  #choice({ name, label, choices, wide, ...row }) {
    const radios = Object.entries(choices).map(([value, text]) => {
      const change = () => this.#write({ name, ...row }, value);
      const input = el("input", { type: "radio", name, value, className: "unseen", on: { change } });
      const face = el("span", { text, title: value });
      if (name === "map") face.dataset.map = value;
      input.setAttribute("aria-label", text.length > 1 ? text : value);
      return { input, element: el("label", {}, input, face) };
    });
    const span = el("span", { className: "choices" }, ...radios.map(({ element }) => element));
    const legend = el("legend", { text: label, className: wide ? "unseen" : "" });
    const element = el("fieldset", { className: wide ? "wide" : "" }, legend, span);
    const update = () => {
      const isScan = this.state.value("effect") === "scan";
      for (const { input, element: choice } of radios) {
        input.checked = input.value === (this.#read({ name }) ?? (isScan ? "down" : "up"));
        choice.hidden = isScan && input.value === "out"; // its line does not go both ways
      }
    };
    return { element, update };
  }

  #switch({ name, label, hint }) {
    const change = () => this.state.set({ [name]: input.checked });
    const input = el("input", { type: "checkbox", on: { change } });
    const text = el("label", { className: "switch" }, input, label, el("small", { text: hint }));
    const update = () => (input.checked = Boolean(this.state.value(name)));
    return { element: el("div", {}, text), update };
  }

  #colour({ name, label, colour }) {
    const set = () => this.state.set({ [name]: drawn.checked ? picked.value : null }, name);
    const drawn = el("input", { type: "checkbox", on: { change: set } });
    const change = () => this.state.release();
    const on = { input: set, change };
    const aria = { label: `colour of the ${label}` };
    const picked = el("input", { type: "color", value: colour, aria, on });
    const update = () => {
      const line = this.state.value(name);
      drawn.checked = Boolean(line);
      picked.disabled = !line;
      if (/^#[0-9a-f]{6}$/i.test(line)) picked.value = line;
    };
    const text = el("label", { className: "switch" }, drawn, label);
    return { element: el("div", { className: "colour" }, text, picked), update };
  }

  #number(row) {
    const { label, unit = "", auto, times = 1 } = row;
    const [min, max, step] = row.range;
    const field = this.#field(row);
    const release = () => this.state.release();
    const on = { input: () => this.#take(row, Number(range.value)), change: release };
    const range = el("input", { type: "range", min, max, step, aria: { label }, on });
    const isAuto = () => auto && this.#read(row) === auto[0];
    const click = () => {
      if (!isAuto()) this.#write(row, auto[0]);
      else if (!this.#take(row, field.number)) this.#take(row, min);
    };
    const name = el("label", { className: "name" }, label, field.element, el("small", { text: unit }));
    const element = el("div", { className: "number" }, name, range);
    const aria = { label: `${label}: ${auto?.[1]}` };
    const own = el("button", { type: "button", text: auto?.[1], aria, on: { click } });
    if (auto) element.append(own);
    const update = () => {
      const value = this.#read(row);
      element.hidden ||= value === undefined;
      own.setAttribute("aria-pressed", String(Boolean(isAuto())));
      element.classList.toggle("auto", Boolean(isAuto()));
      const comesTo = isAuto() ? this.comesTo(row.name) : null;
      const shown = typeof comesTo === "number" ? comesTo.toFixed(2) : value;
      const text = Number.isFinite(Number(shown ?? NaN)) ? brief(shown / times) : "";
      range.value = text;
      field.show(text);
    };
    return { element, update, field };
  }

  #field(row) {
    const { name, label, times = 1, range } = row;
    const { least, most, whole } = this.limits[name];
    const field = new NumberField({
      ...{ label, step: range[2], take: (number) => this.#take(row, number) },
      ...{ release: () => this.state.release(), update: () => this.update(this.plan) },
      allowed: `a ${whole ? "whole " : ""}number from ${least / times} to ${most / times}`,
    });
    this.state.watch(() => (field.mistake = ""));
    return field;
  }

  /** Choose a number, in the row's unit: whether it may be. No other way leads a number in. */
  #take(row, number) {
    const value = Number(brief(number * (row.times ?? 1)));
    if (!isAllowed(value, this.limits[row.name])) return false;
    if (value !== this.#read(row)) this.#write(row, value, row.name);
    return true;
  }

  #read({ name, point }) {
    const slit = [this.state.value("slit")].flat();
    if (name === "moves") return slit.length < 2 ? "stay" : slit.at(-1) === slit[0] ? "back" : "there";
    return point === undefined ? (this.state.value(name) ?? null) : slit[point];
  }

  #write({ name, point }, value, held) {
    const slit = this.state.value("slit");
    if (name === "effect") this.state.choose(value);
    else if (name === "moves") this.state.set({ slit: moved(slit, value) });
    else if (name === "width") this.state.set({ width: value, scale: undefined }, held);
    else if (point === undefined) this.state.set({ [name]: value }, held);
    else this.state.set({ slit: placed(slit, point, value) }, `slit ${point}`);
  }
}
