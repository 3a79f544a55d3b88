// Owns the destinations: the formats of files, the places they are for, and the pictures beside them.

import { el, find, titled } from "./dom.js";

const TILE = 22; // pixels: the longer side of the shape that is drawn on a tile

export class Places {
  constructor(studio) {
    this.studio = studio;
    this.several = find("several");
    const { formats, pictures } = studio.given;
    this.formats = Object.keys(formats).map((name) => this.#format(name));
    this.pictures = Object.entries(pictures).map(([name, help]) => this.#picture(name, help));
    this.platforms = studio.platforms.map((platform) => this.#platform(platform));
    this.several.addEventListener("change", () => this.several.checked || this.#keepOne());
    find("formats").append(...this.formats.map(({ element }) => element));
    find("platforms").append(...this.platforms.map(({ element }) => element));
    const others = studio.given.elsewhere.flatMap(({ option, help }) => [el("dt", { text: option }), el("dd", { text: help })]);
    find("elsewhere").querySelector("dl").append(...others);
    const rare = find("out").querySelector("details");
    rare.append(...this.pictures.map(({ element }) => element));
  }

  /** The options that name a file, of those that are chosen. */
  get outputs() {
    const { state, given } = this.studio;
    return [...state.formats, ...Object.keys(given.pictures).filter((name) => state.given[name])];
  }

  /** What is made, in words: "GIF and poster". */
  get told() {
    const words = this.outputs.map((name) => this.studio.given.called[name] ?? name);
    return new Intl.ListFormat("en-GB").format(words);
  }

  /** Name the files after the clip. */
  rename() {
    const { given, formats, titles } = this.studio.state;
    const [first] = Object.keys(titles);
    for (const format of formats.length ? formats : [first]) given[format] = this.#nameOf(format);
    for (const { name } of this.pictures) if (given[name]) given[name] = this.#nameOf(name);
  }

  /** The changes that choose a format: in place of the others, unless several are made. */
  formatChosen(name) {
    const others = this.several.checked ? [] : this.studio.state.formats.filter((other) => other !== name);
    return { ...Object.fromEntries(others.map((other) => [other, undefined])), [name]: this.#nameOf(name) };
  }

  /** Show the current options. */
  update() {
    const { state } = this.studio;
    const names = state.value("names") ?? [];
    for (const { name, input } of [...this.formats, ...this.pictures]) input.checked = Boolean(state.given[name]);
    for (const { name, aliases, isPart, input, element } of this.platforms) {
      input.checked = names.includes(name) || aliases.some((alias) => names.includes(alias));
      element.hidden = isPart && !input.checked; // the place that it is a part of stands for it
    }
    if (names.length > 1 || state.formats.length > 1) this.several.checked = true;
  }

  #nameOf = (output) => {
    const stem = this.studio.clip.name.replace(/\.[^.]*$/, "") || "clip";
    return output in this.studio.given.pictures ? `${stem}-${output}.png` : `${stem}.${output}`;
  };

  #format(name) {
    const { state, given } = this.studio;
    const change = () => {
      if (input.checked) state.set(this.formatChosen(name));
      else if (this.several.checked) state.set({ [name]: undefined });
      else input.checked = true; // without another, this one stays
    };
    const input = el("input", { type: "checkbox", className: "unseen", on: { change } });
    input.dataset.option = `--${name}`;
    const about = `${given.formats[name]}: ${given.words[name]} (--${name})`;
    const face = el("span", { text: titled(given.called[name]), title: about });
    return { name, input, element: el("label", {}, input, face) };
  }

  #picture(name, help) {
    const change = () => this.studio.state.set({ [name]: input.checked ? this.#nameOf(name) : undefined });
    const input = el("input", { type: "checkbox", on: { change } });
    input.dataset.option = `--${name}`;
    const about = el("small", { text: help.split(/[:;]/)[0] });
    return { name, input, element: el("label", { className: "switch", title: `${help} (--${name})` }, input, name, about) };
  }

  #platform({ name, aliases, title, brief, text, ratio, isPart }) {
    const change = () => this.#choose(name, aliases, input.checked);
    const input = el("input", { type: "checkbox", className: "unseen", on: { change } });
    const shape = el("i", { ariaHidden: "true" });
    const [wide, tall] = ratio ? [Math.min(1, ratio), Math.min(1, 1 / ratio)] : [1, 0.7];
    shape.style.cssText = `width: ${wide * TILE}px; height: ${tall * TILE}px`;
    shape.classList.toggle("any", !ratio);
    const face = el("span", { title: `${text} (--for ${name})` }, shape, el("b", { text: title }), el("small", { text: brief }));
    return { name, aliases, isPart, input, element: el("label", {}, input, face) };
  }

  #choose(name, aliases, isChosen) {
    const { state } = this.studio;
    const before = state.value("names") ?? [];
    const isIt = (other) => other === name || aliases.includes(other);
    const others = this.several.checked ? before.filter((other) => !isIt(other)) : [];
    const names = isChosen ? [...others, name] : others;
    state.set({ names, ...this.#formatsFor(names, before) });
  }

  /** Keep the place that was chosen last, and one format. */
  #keepOne() {
    const { state } = this.studio;
    const before = state.value("names") ?? [];
    const names = before.slice(-1);
    const formats = this.#formatsFor(names, before);
    const [, ...others] = Object.keys(formats).filter((name) => formats[name]);
    state.set({ names, ...formats, ...Object.fromEntries(others.map((name) => [name, undefined])) });
  }

  /** The changes of the formats when the places do: those that a place takes, and no others.
   *
   * Formats that were chosen beside those of the places stay. Without a place, those from before the
   * first one are chosen again. names, before: the places now and before.
   */
  #formatsFor(names, before) {
    const { state, platforms } = this.studio;
    const taken = (places) => platforms.filter(({ name }) => places.includes(name));
    const isFor = (format, places) => taken(places).some(({ formats }) => formats.includes(format));
    const chosen = state.formats;
    if (!before.length) this.withoutPlaces = chosen;
    const stays = (format) =>
      isFor(format, names) || (before.length > 0 && !isFor(format, before));
    const kept = names.length ? chosen.filter(stays) : this.withoutPlaces ?? chosen;
    for (const { formats } of taken(names)) {
      if (!formats.some((format) => kept.includes(format))) kept.push(formats[0]);
    }
    const all = Object.keys(state.titles);
    const name = (format) => state.given[format] ?? this.#nameOf(format);
    return Object.fromEntries(all.map((format) => [format, kept.includes(format) ? name(format) : undefined]));
  }
}
