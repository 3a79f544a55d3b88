// Owns the lane under the strip, which shows how a number moves, and where its keyframes are set.
//
// The server reads the text of the option, and tells its keyframes and its curve. The page writes it.

import { ask, el, find, seconds, svg } from "./dom.js";
import { grip } from "./grip.js";
import { brief } from "./number_field.js";
import { isPath } from "./path_part.js";

const WAYS = { ease: "eases", linear: "even", hold: "holds" }; // how a value goes on to the next one
const APART = 0.02; // seconds between keyframes, at least
const REMOVING = ["Delete", "Backspace"];

const limited = (value, least, most) => Math.min(Math.max(value, least), most);

export class Keyframes {
  #asked = null; // what the server was asked for last
  #handles = []; // the functions that update the handles, by keyframe and number

  constructor(studio) {
    this.studio = studio;
    this.keys = [];
    this.chosen = 0; // the index of the keyframe that the buttons are about
    this.lane = find("lane");
    this.graph = el("div", { className: "graph" });
    this.drawing = svg("svg", { viewBox: "0 0 1 1", preserveAspectRatio: "none" });
    this.now = el("div", { className: "playhead" });
    this.graph.addEventListener("dblclick", (event) => this.#addAt(this.#shareAt(event)));
    this.names = el("select", { aria: { label: "What moves" }, on: { change: () => this.#show(this.names.value) } });
    const button = (text, click, title) => el("button", { type: "button", text, title, on: { click } });
    this.begin = button("Set keyframes", () => this.#write(this.keys), "in place of the wave");
    const add = () => this.#addAt(studio.player.k / studio.composition.period);
    this.add = button("Add", add, "where the playhead is; or click twice on the curve");
    this.remove = button("Remove", () => this.#remove(this.chosen), "Delete");
    const ways = Object.entries(WAYS).map(([value, text]) => el("option", { value, text }));
    const change = () => this.#put(this.chosen, { onward: this.way.value });
    this.way = el("select", { aria: { label: "How it goes on" }, on: { change } }, ...ways);
    this.words = el("small");
    const bar = el("div", { className: "lane-bar" }, this.names, this.begin, this.add, this.remove, this.way, this.words);
    this.lane.append(bar, this.graph);
    this.lane.hidden = true;
  }

  /** Show the current options, with the composition that is shown. */
  update() {
    const { state, composition } = this.studio;
    const moving = [...state.known.values()].filter((row) => {
      return row.path && state.matters(row.name) && isPath(state.value(row.name), row);
    });
    this.lane.hidden = !moving.length || !composition;
    if (this.lane.hidden) return (this.named = this.#asked = null);
    const names = moving.map(({ name }) => name);
    if (String(names) !== this.named) {
      const added = names.find((name) => !(this.named ?? "").split(",").includes(name));
      this.names.replaceChildren(...moving.map(({ name, label }) => el("option", { value: name, text: label ?? name })));
      this.named = String(names);
      this.name = names.includes(this.name) && !added ? this.name : added ?? names[0];
      this.names.value = this.name;
    }
    this.#ask();
  }

  /** Show where composed frame k is. */
  show(k) {
    if (!this.lane.hidden) this.graph.style.setProperty("--at", k / this.studio.composition.period);
  }

  #show(name) {
    this.name = name;
    this.#ask();
  }

  get #row() {
    return this.studio.state.known.get(this.name);
  }

  /** Seconds of a loop, after which it starts over. */
  get #length() {
    const { period, rate } = this.studio.composition;
    return period / rate;
  }

  async #ask() {
    const { state, composition } = this.studio;
    const { period, rate, loop } = composition;
    const body = { name: this.name, value: state.value(this.name), period, rate, cyclic: loop.isCyclic };
    const asked = JSON.stringify(body);
    if (asked === this.#asked) return;
    if (this.name !== this.of) Object.assign(this, { of: this.name, chosen: 0 });
    this.#asked = asked;
    const found = await ask("path", { body }).then((answer) => answer.json(), () => null);
    if (asked !== this.#asked || !found) return; // what is wrong with it, the plan tells
    Object.assign(this, { curve: found.curve, isWave: found.isWave, change: found.change });
    if (!state.held) this.keys = found.keys;
    this.chosen = limited(this.chosen, 0, this.keys.length - 1);
    this.#draw();
  }

  // What is shown

  /** The least and the greatest value that the graph shows. */
  get #range() {
    const { slider = [0, 1], times = 1 } = this.#row;
    const all = this.keys.flatMap(({ values }) => values);
    return [Math.min(slider[0] * times, ...all), Math.max(slider[1] * times, ...all)];
  }

  #height(value) {
    const [least, most] = this.#range;
    return (most - value) / (most - least);
  }

  #draw() {
    const count = this.curve[0][1].length; // of numbers: two of a point
    const lines = Array.from({ length: count }, (_, i) => {
      const points = this.curve.map(([share, values]) => `${share},${this.#height(values[i])}`);
      return svg("polyline", { points: points.join(" "), class: i ? "second" : "" });
    });
    this.drawing.replaceChildren(...lines);
    const made = `${this.name} ${this.isWave ? 0 : this.keys.length} ${count}`;
    if (made !== this.made) this.#makeHandles(this.isWave ? [] : this.keys, count);
    this.made = made;
    this.#tell();
  }

  #tell() {
    this.#handles.forEach((tell) => tell());
    const { keys, chosen, isWave } = this;
    for (const part of [this.add, this.remove, this.way]) part.hidden = isWave;
    this.begin.hidden = !isWave;
    this.remove.disabled = keys.length < 3;
    this.way.disabled = chosen === keys.length - 1; // nothing follows
    this.way.value = keys[chosen].onward;
    const { times = 1, unit = "" } = this.#row;
    const value = keys[chosen].values.map((each) => brief(each / times)).join(", ");
    const about = isWave ? "a wave" : `${value}${unit && ` ${unit}`} at ${seconds(keys[chosen].seconds)}`;
    this.words.textContent = this.change ? `${about} · ${this.change}` : about;
  }

  #makeHandles(keys, count) {
    const made = keys.flatMap((_, n) => Array.from({ length: count }, (_, i) => this.#handle(n, i)));
    this.#handles = made.map(({ tell }) => tell);
    this.graph.replaceChildren(this.drawing, this.now, ...made.map(({ element }) => element));
  }

  /** The handle of number i of keyframe n. */
  #handle(n, i) {
    const { state } = this.studio;
    const element = el("div", { className: i ? "key second" : "key", aria: { label: `${this.#row.label} ${n + 1}` } });
    const place = () => {
      const { seconds: at, values } = this.keys[n];
      return [limited(at / this.#length, 0, 1), this.#height(values[i])];
    };
    const put = ([share, height]) => {
      const [least, most] = this.#range;
      const values = this.keys[n].values.with(i, this.#allowed(most - height * (most - least)));
      this.#put(n, { seconds: share * this.#length, values }, `keyframe ${n}`);
    };
    const text = () => `${brief(this.keys[n].values[i])} at ${seconds(this.keys[n].seconds)}`;
    const [release, cancel] = [() => state.release(), () => state.cancel()];
    const how = { track: this.graph, isPoint: true, at: place, put, step: () => 0.01, text, release, cancel };
    const update = grip(element, how);
    element.addEventListener("focus", () => {
      this.chosen = n;
      this.#tell();
    });
    element.addEventListener("dblclick", (event) => event.stopPropagation());
    element.addEventListener("keydown", (event) => {
      if (!REMOVING.includes(event.key)) return;
      event.stopPropagation();
      this.#remove(n);
    });
    const tell = () => {
      const [x, y] = place();
      element.style.setProperty("--x-at", x);
      element.style.setProperty("--y-at", y);
      element.classList.toggle("chosen", n === this.chosen);
      update();
    };
    return { element, tell };
  }

  // What is changed

  /** The nearest value that the setting may have. */
  #allowed(value) {
    const { least = 0, most = 1, whole } = this.#row;
    const within = limited(value, least, most);
    return whole ? Math.round(within) : within;
  }

  /** The share of the loop at which a pointer is. */
  #shareAt({ clientX }) {
    const { left, width } = this.graph.getBoundingClientRect();
    return limited((clientX - left) / width, 0, 1);
  }

  /** Change keyframe n, which stays between its neighbours. held: as of State.set. */
  #put(n, change, held) {
    const least = n ? this.keys[n - 1].seconds + APART : 0;
    const most = n < this.keys.length - 1 ? this.keys[n + 1].seconds - APART : this.#length;
    const key = { ...this.keys[n], ...change };
    key.seconds = limited(key.seconds, least, Math.max(least, most));
    this.#write(this.keys.with(n, key), held);
  }

  /** Add a keyframe at a share of the loop, with the value that is there now. */
  #addAt(share) {
    if (this.isWave) return;
    const at = share * this.#length;
    if (this.keys.some((key) => Math.abs(key.seconds - at) < APART)) return;
    const apart = (point) => Math.abs(point[0] - share);
    const [, values] = this.curve.reduce((best, point) => (apart(point) < apart(best) ? point : best));
    const n = this.keys.filter((key) => key.seconds < at).length;
    const { onward = "ease" } = this.keys[n - 1] ?? {};
    this.chosen = n;
    this.#write(this.keys.toSpliced(n, 0, { seconds: at, values, onward }));
  }

  #remove(n) {
    if (this.keys.length < 3) return; // a path has two
    this.chosen = Math.max(0, n - 1);
    this.#write(this.keys.toSpliced(n, 1));
  }

  /** Set the option to these keyframes. */
  #write(keys, held) {
    const isSame = keys.length === this.keys.length; // or else the handles are made anew, with the curve
    this.keys = keys;
    const texts = keys.map(({ values, seconds: at, onward }, n) => {
      const isPlain = onward === "ease" || n === keys.length - 1;
      const time = Math.floor(1000 * Math.min(at, this.#length)) / 1000; // never beyond the loop
      return `${values.map(brief).join(",")}@${brief(time)}s${isPlain ? "" : ` ${onward}`}`;
    });
    this.studio.state.set({ [this.name]: texts.join(" ") }, held);
    if (isSame) this.#tell();
  }
}
