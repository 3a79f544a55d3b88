// Owns the panel of settings, which has a row for each, named as on the command line. The rows keep
// no values of their own: they show those of the state.

import { areaIn, areaText } from "./area.js";
import { el, find } from "./dom.js";
import { NumberField, brief, isAllowed } from "./number_field.js";
import { isPath, pathPart } from "./path_part.js";
import { moved, placed } from "./slit.js";

const CENTRAL = [0.3, 0.3, 0.4, 0.4]; // an area, when it is begun
const MIDDLE = [0.5, 0.5]; // a point whose place is not known yet
const MOVES = { stay: "no", there: "there", back: "there and back" }; // how a position moves

/** The rows of one section's settings, which are appended to an element. */
export class Controls {
  /** settings: as the server describes them. comesTo(name): returns the value that an option set to
   * a word such as "auto", or not set at all, will have, or null.
   */
  constructor(place, settings, state, comesTo) {
    Object.assign(this, { state, comesTo });
    this.rows = settings.flatMap(parts).map((row) => this.#row(row));
    const of = (isRare) => this.rows.filter(({ rare }) => rare === isRare).map(({ element }) => element);
    this.more = el("details", {}, el("summary", { text: "More" }), ...of(true));
    place.append(...of(false), this.more);
  }

  /** Show the current options. Return the row that shows the plan's error, if one does. */
  update(plan) {
    let wrong = null;
    this.plan = plan;
    for (const row of this.rows) {
      const { name, element, error, update, point, field } = row;
      element.hidden = !this.state.matters(name);
      update();
      const isWrong = !element.hidden && plan?.error && plan.field === name && !point;
      error.textContent = field?.mistake || (isWrong ? plan.error : "");
      const isMarked = Boolean(error.textContent);
      const isInvalid = isMarked || Boolean(field?.isMarked);
      if (row.isMarked !== isMarked || row.isInvalid !== isInvalid) mark(row, isMarked, isInvalid);
      if (isWrong) wrong = element;
    }
    this.#showMore();
    return wrong;
  }

  /** Open the rare settings when one of them is chosen first. Without any, there is nothing to open. */
  #showMore() {
    const rare = this.rows.filter(({ rare, element }) => rare && !element.hidden);
    const isUsed = rare.some(({ name }) => name in this.state.given);
    if (isUsed && !this.isUsed) this.more.open = true;
    this.isUsed = isUsed;
    this.more.hidden = !rare.length;
  }

  #row(row) {
    const { typed } = row;
    const area = typed ? this.#typedArea : this.#drawnArea;
    const kinds = { choice: this.#choice, switch: this.#switch, colour: this.#colour, area };
    const made = (kinds[row.control] ?? this.#number).call(this, row);
    const error = el("p", { className: "error", id: `error-${row.name}-${row.point ?? row.control}` });
    made.element.classList.add("row");
    explain(made.element, row);
    made.element.dataset.option = row.option;
    made.element.title = row.option;
    made.element.append(error);
    return { ...row, ...made, error };
  }

  #choice(row) {
    const { name, label, choices, wide } = row;
    const radios = Object.entries(choices).map(([value, text]) => {
      const change = () => this.#write(row, value);
      const input = el("input", { type: "radio", name: label, value, className: "unseen", on: { change } });
      const face = el("span", { text, title: value });
      input.setAttribute("aria-label", text.length > 1 ? text : value);
      return { input, element: el("label", {}, input, face) };
    });
    const span = el("span", { className: "choices" }, ...radios.map(({ element }) => element));
    const legend = el("legend", { text: label, className: wide ? "unseen" : "" });
    const element = el("fieldset", { className: wide ? "wide" : "" }, legend, span);
    const update = () => {
      const { usual, only } = row.of?.[this.state.value("effect")] ?? {};
      element.hidden ||= isPath(this.state.value(name), row);
      for (const { input, element: choice } of radios) {
        input.checked = input.value === (this.#read(row) ?? usual);
        choice.hidden = Boolean(only && !only.includes(input.value));
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

  #colour({ name, label, usual }) {
    const set = () => this.state.set({ [name]: drawn.checked ? picked.value : null }, name);
    const drawn = el("input", { type: "checkbox", on: { change: set } });
    const change = () => this.state.release();
    const on = { input: set, change };
    const aria = { label: `colour of the ${label}` };
    const picked = el("input", { type: "color", value: usual, aria, on });
    const update = () => {
      const line = this.state.value(name);
      drawn.checked = Boolean(line);
      picked.disabled = !line;
      if (/^#[0-9a-f]{6}$/i.test(line)) picked.value = line;
    };
    const text = el("label", { className: "switch" }, drawn, label);
    return { element: el("div", { className: "colour" }, text, picked), update };
  }

  /** An area that has a rectangle in the picture: a button begins it, or removes it. */
  #drawnArea(row) {
    const { label } = row;
    const click = () => this.#write(row, this.#read(row) ? null : CENTRAL);
    const button = el("button", { type: "button", on: { click } });
    const update = () => {
      button.textContent = this.#read(row) ? "Remove" : "Choose in the picture";
      button.setAttribute("aria-label", `${label}: ${button.textContent}`);
    };
    const name = el("span", { className: "name", text: label });
    return { element: el("div", { className: "area" }, name, button), update };
  }

  /** An area that has none there: it is typed, and takes effect when the field is left. */
  #typedArea(row) {
    const { label, typed } = row;
    const field = { mistake: "" };
    let isTyped = false;
    const change = () => {
      isTyped = false;
      const text = input.value.trim();
      const value = text ? areaIn(text, row) : null;
      if (value !== undefined) this.#write(row, value);
      else field.mistake = `${label} is '${text.slice(0, 40)}': give ${typed.allowed}`;
      this.update(this.plan);
    };
    const on = { input: () => (isTyped = true), change };
    const input = el("input", { type: "text", autocomplete: "off", placeholder: typed.example, on });
    const click = () => this.#write(row, null);
    const button = el("button", { type: "button", text: "Remove", aria: { label: `${label}: Remove` }, on: { click } });
    this.state.watch(() => (field.mistake = ""));
    const update = () => {
      if (!isTyped || document.activeElement !== input) input.value = areaText(this.#read(row));
      button.disabled = !this.#read(row);
    };
    const name = el("label", { className: "name" }, label, input);
    return { element: el("div", { className: "area" }, name, button), update, field };
  }

  #number(row) {
    const { label, unit = "", words = [], times = 1 } = row;
    const [min, max, step] = row.slider;
    const field = this.#field(row);
    const release = () => this.state.release();
    const on = { input: () => this.#take(row, Number(range.value)), change: release };
    const range = el("input", { type: "range", min, max, step, aria: { label }, on });
    const word = () => words.find(([value]) => value === this.#meant(row));
    const buttons = words.map((own) => {
      const click = () => {
        if (word() !== own) this.#write(row, own[0]);
        else if (!this.#take(row, field.number)) this.#take(row, min);
      };
      return el("button", { type: "button", text: own[1], aria: { label: `${label}: ${own[1]}` }, on: { click } });
    });
    const value = el("span", { className: "value" }, field.element, el("small", { text: unit }));
    const name = el("label", { className: "name" }, el("span", { text: label }), value);
    const element = el("div", { className: "number" }, name, range);
    const take = (value) => this.state.set({ [row.name]: value });
    const part = row.path && !row.point ? pathPart({ label, path: row.path, take }) : null;
    if (part) buttons.push(part.button);
    if (buttons.length) element.append(el("span", { className: "words" }, ...buttons));
    if (part) element.append(part.element);
    const update = () => {
      const value = this.#meant(row);
      const isMoving = isPath(this.state.value(row.name), row);
      element.hidden ||= value === undefined || (isMoving && !part);
      range.hidden = field.element.hidden = isMoving;
      const chosen = word();
      words.forEach((each, i) => buttons[i].setAttribute("aria-pressed", String(each === chosen)));
      const mayMove = isMoving || row.movesWith?.includes(this.state.value("effect"));
      part?.update(this.state.value(row.name), isMoving, mayMove);
      element.classList.toggle("auto", Boolean(chosen));
      const comesTo = chosen ? this.#coming(row) : null;
      const shown = typeof comesTo === "number" ? comesTo.toFixed(2) : value;
      const text = Number.isFinite(Number(shown ?? NaN)) ? brief(shown / times) : "";
      range.value = text;
      range.style.setProperty("--fill", text ? (range.value - min) / (max - min) : 0);
      field.show(text);
    };
    return { element, update, field };
  }

  #field(row) {
    const { label, times = 1, slider, least, most, whole } = row;
    const field = new NumberField({
      ...{ label, step: slider[2], take: (number) => this.#take(row, number) },
      ...{ release: () => this.state.release(), update: () => this.update(this.plan) },
      allowed: `a ${whole ? "whole " : ""}number from ${least / times} to ${most / times}`,
    });
    this.state.watch(() => (field.mistake = ""));
    return field;
  }

  /** Set a number, given in the row's unit, and return whether it is allowed.
   *
   * All numbers that the user gives are checked here.
   */
  #take(row, number) {
    const value = Number(brief(number * (row.times ?? 1)));
    if (!isAllowed(value, row)) return false;
    if (value !== this.#read(row)) this.#write(row, value, row.name);
    return true;
  }

  #read({ name, point, moves }) {
    const value = this.state.value(name) ?? null;
    const points = [value].flat();
    if (moves) return points.length < 2 ? "stay" : points.at(-1) === points[0] ? "back" : "there";
    return point === undefined || value === null ? value : points[point];
  }

  /** The value of a row; where its option is not chosen, what the plan says that this means. */
  #meant(row) {
    return this.#read(row) ?? this.plan?.meant?.[row.name] ?? this.#read(row);
  }

  /** The value that a row's option comes to, see the constructor. */
  #coming({ name, point }) {
    const comesTo = this.comesTo(name);
    return Array.isArray(comesTo) ? comesTo[point] : comesTo;
  }

  #write({ name, point, moves, isPair, excludes }, value, held) {
    const now = this.state.value(name) ?? this.comesTo(name) ?? (isPair ? MIDDLE : null);
    if (name === "effect") this.state.choose(value);
    else if (moves) this.state.set({ [name]: moved(now, value) });
    else if (point !== undefined && value !== null) {
      this.state.set({ [name]: placed(now, point, value) }, `${name} ${point}`);
    } else {
      const others = Object.fromEntries((excludes ?? []).map((other) => [other, undefined]));
      this.state.set({ ...others, [name]: value }, held);
    }
  }
}

/** Mark a row whose value is wrong, whose error is shown if `isMarked`. */
function mark(row, isMarked, isInvalid) {
  Object.assign(row, { isMarked, isInvalid });
  row.element.classList.toggle("wrong", isMarked);
  for (const input of row.element.querySelectorAll("input")) {
    input.setAttribute("aria-invalid", String(isInvalid));
    if (isMarked) input.setAttribute("aria-describedby", row.error.id);
    else input.removeAttribute("aria-describedby");
  }
}

/** Show what a setting is for while its row is pointed at or has the focus. */
function explain(element, { about }) {
  if (!about) return;
  const place = find("about");
  const tell = () => Object.assign(place, { textContent: about, hidden: false });
  const end = () => (place.hidden ||= !element.contains(document.activeElement) && !element.matches(":hover"));
  for (const begins of ["pointerenter", "focusin"]) element.addEventListener(begins, tell);
  for (const ends of ["pointerleave", "focusout"]) element.addEventListener(ends, () => setTimeout(end));
  const described = element.matches("fieldset") ? [element] : element.querySelectorAll("input");
  for (const it of described) it.setAttribute("aria-description", about);
}

/** The rows of a setting: three for a position, which may move to another one, two for a point. */
function parts(setting) {
  const { name, needs, label } = setting;
  const number = { least: 0, most: 1, slider: [0, 1, 0.005], ...setting, control: "number" };
  if (setting.control === "point") {
    return ["x", "y"].map((axis, point) => ({ ...number, label: `${label} ${axis}`, point, isPair: true }));
  }
  if (setting.control !== "position") return [setting];
  return [
    { ...number, point: 0 },
    { name, needs, path: setting.path, control: "choice", label: "moves", choices: MOVES, moves: true },
    { ...number, label: "to", point: 1 },
  ];
}
