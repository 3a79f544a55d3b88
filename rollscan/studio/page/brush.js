// Owns the brush, with which a map is drawn on the picture: how late each pixel is.

import { el, find } from "./dom.js";
import { send } from "./uploads.js";

const NAME = "map.png"; // what the command calls it
const SIZES = [0.02, 0.5]; // of the picture's longer side: the diameter
const STEP = 0.12; // of the diameter: how far apart its dabs are
const KEYS = { "[": 1 / 1.25, "]": 1.25 }; // by how much they change the size
const TINT = [255, 122, 77];
const OPAQUE = 130; // of 255, where it is the oldest

/** The share of the paint that a soft brush leaves at a distance from its middle, of its radius. */
const softly = (distance) => (distance < 1 ? (1 + Math.cos(Math.PI * distance)) / 2 : 0);

export class Brush {
  #drawn = null; // the map that this drew last, as the option names it

  /** name: of the setting that is the map. turned(): is called when drawing begins or ends. */
  constructor(studio, name, turned) {
    Object.assign(this, { studio, name, turned });
    this.canvas = el("canvas", { id: "brush", hidden: true });
    this.ring = el("div", { id: "brush-ring", hidden: true });
    find("picture").append(this.canvas, this.ring);
    this.size = 0.2; // of the picture's longer side
    this.late = 1; // how late what is painted is, as a share of the depth
    this.#bar();
    this.#listen();
    studio.state.watch(() => this.#follow());
  }

  get isOn() {
    return !this.canvas.hidden;
  }

  /** Begin to draw on the map that is chosen, or on an empty one where that moves. */
  async begin() {
    if (!this.studio.frames.size[0]) return;
    const [width, height] = this.studio.frames.size;
    Object.assign(this.canvas, { width, height, hidden: false });
    document.body.dataset.brush = "on";
    this.levels = new Float32Array(width * height); // from 0, now, to 1, the oldest
    this.turned();
    this.#paint();
    await this.#load();
  }

  end() {
    this.canvas.hidden = this.ring.hidden = true;
    delete document.body.dataset.brush;
    this.turned();
  }

  #bar() {
    const slider = (label, [min, max], value, take) => {
      const input = el("input", { type: "range", min, max, step: 0.01, value, aria: { label } });
      input.addEventListener("input", () => take(Number(input.value)));
      return [el("label", { className: "slider" }, el("span", { text: label }), input), input];
    };
    const [size, sized] = slider("size", SIZES, this.size, (to) => (this.size = to));
    const [late] = slider("how late", [0.05, 1], this.late, (to) => (this.late = to));
    this.sized = sized;
    const button = (text, click) => el("button", { type: "button", text, on: { click } });
    this.eraser = button("Erase", () => this.#erase(this.eraser.ariaPressed !== "true"));
    this.eraser.ariaPressed = "false";
    const clear = button("Clear", () => this.#clear());
    const undo = button("Undo", () => this.studio.state.undo());
    const done = button("Done", () => this.end());
    find("brush-bar").append(size, late, this.eraser, clear, undo, done);
  }

  #erase(isErasing) {
    this.eraser.ariaPressed = String(isErasing);
  }

  #listen() {
    const { canvas, ring } = this;
    canvas.addEventListener("pointerdown", (event) => this.#stroke(event));
    canvas.addEventListener("pointermove", (event) => this.#point(event));
    canvas.addEventListener("pointerleave", () => (ring.hidden = true));
    addEventListener("keydown", (event) => {
      if (!this.isOn || event.target.matches("input[type=text]")) return;
      if (event.key === "Escape") this.end();
      else if (event.key in KEYS) {
        this.size = Math.min(Math.max(this.size * KEYS[event.key], SIZES[0]), SIZES[1]);
        this.sized.value = this.size;
      }
    });
  }

  /** Where a pointer is, in pixels of the map. */
  #at({ clientX, clientY }) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    return [((clientX - left) / width) * this.canvas.width, ((clientY - top) / height) * this.canvas.height];
  }

  /** Show the size of the brush round the pointer. */
  #point(event) {
    const { canvas, ring } = this;
    const [x, y] = this.#at(event);
    const across = (this.size * Math.max(canvas.width, canvas.height)) / canvas.width;
    const share = { "--x-at": x / canvas.width, "--y-at": y / canvas.height, "--across": across };
    for (const [name, value] of Object.entries(share)) ring.style.setProperty(name, value);
    ring.hidden = false;
  }

  /** Paint along the way of a pointer, until it is lifted. */
  #stroke(event) {
    if (event.button || !this.levels) return;
    event.preventDefault();
    const { canvas } = this;
    canvas.setPointerCapture(event.pointerId);
    const radius = (this.size * Math.max(canvas.width, canvas.height)) / 2;
    const target = this.eraser.ariaPressed === "true" ? 0 : this.late;
    // What is painted twice in one stroke is as what is painted once.
    const stroke = { radius, target, before: this.levels.slice(), covered: new Float32Array(this.levels.length) };
    let last = this.#at(event);
    this.isHeld = true;
    this.#dab(stroke, last);
    this.#changed();
    const stop = new AbortController();
    const { signal } = stop;
    const move = (moved) => {
      for (const each of moved.getCoalescedEvents?.() ?? [moved]) {
        const to = this.#at(each);
        const way = [to[0] - last[0], to[1] - last[1]];
        const dabs = Math.ceil(Math.hypot(...way) / Math.max(1, 2 * radius * STEP));
        for (let n = 1; n <= dabs; n++) this.#dab(stroke, last.map((from, i) => from + (way[i] * n) / dabs));
        last = to;
      }
      this.#changed();
    };
    const lift = () => {
      stop.abort();
      this.isHeld = false;
      this.#changed();
    };
    canvas.addEventListener("pointermove", move, { signal });
    canvas.addEventListener("lostpointercapture", lift, { signal });
  }

  #dab({ radius, target, before, covered }, [x, y]) {
    const { width, height } = this.canvas;
    const within = (from, to, most) => [Math.max(0, Math.floor(from)), Math.min(most, Math.ceil(to))];
    const [left, right] = within(x - radius, x + radius + 1, width);
    const [top, bottom] = within(y - radius, y + radius + 1, height);
    for (let row = top; row < bottom; row++) {
      for (let column = left; column < right; column++) {
        const i = row * width + column;
        const share = softly(Math.hypot(column + 0.5 - x, row + 0.5 - y) / radius);
        if (share <= covered[i]) continue;
        covered[i] = share;
        this.levels[i] = before[i] + (target - before[i]) * share;
      }
    }
  }

  #clear() {
    this.levels.fill(0);
    this.#changed();
  }

  /** Show the map as it is now, and have it composed. While one is sent, the next one waits. */
  async #changed() {
    this.#paint();
    this.isDue = true;
    if (this.isSending) return;
    this.isSending = true;
    const { studio } = this;
    try {
      while (this.isDue) {
        this.isDue = false;
        const map = await send(this.name, await this.#picture(), NAME, studio.given.limit);
        this.#drawn = map;
        studio.state.set({ [this.name]: map }, "brush");
      }
    } catch (error) {
      studio.says.keep(error.message);
    } finally {
      this.isSending = false;
      if (!this.isHeld) studio.state.release();
    }
  }

  /** Show the map over the picture. */
  #paint() {
    this.#put(this.canvas, (pixels, level, i) => {
      [pixels[i], pixels[i + 1], pixels[i + 2]] = TINT;
      pixels[i + 3] = OPAQUE * level;
    });
  }

  /** The map as a PNG in levels of grey, white the oldest. */
  #picture() {
    const { width, height } = this.canvas;
    const grey = el("canvas", { width, height });
    this.#put(grey, (pixels, level, i) => {
      pixels[i] = pixels[i + 1] = pixels[i + 2] = 255 * level;
      pixels[i + 3] = 255;
    });
    return new Promise((resolve) => grey.toBlob(resolve, "image/png"));
  }

  /** Draw the map on a canvas of its size. set(pixels, level, i): sets the pixel that begins at i. */
  #put(canvas, set) {
    const { width, height } = this.canvas;
    const image = new ImageData(width, height);
    for (let n = 0; n < this.levels.length; n++) set(image.data, this.levels[n], 4 * n);
    canvas.getContext("2d").putImageData(image, 0, 0);
  }

  /** Go on from the map that is chosen, if another one is than this drew, as after an undo. */
  #follow() {
    const { state, frames } = this.studio;
    if (!this.isOn || this.isSending) return;
    const isOfOthers = String(frames.size) !== String([this.canvas.width, this.canvas.height]);
    if (!state.matters(this.name) || isOfOthers) this.end();
    else if (state.value(this.name) !== this.#drawn) this.#load();
  }

  async #load() {
    const { width, height } = this.canvas;
    const map = this.studio.state.value(this.name);
    this.#drawn = map;
    const picture = new Image();
    picture.src = `map?${new URLSearchParams({ of: map, width, height })}`;
    const isThere = await picture.decode().then(() => true, () => false);
    if (this.#drawn !== map || !this.isOn) return;
    const context = el("canvas", { width, height }).getContext("2d");
    if (isThere) context.drawImage(picture, 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    this.levels.forEach((_, i) => (this.levels[i] = data[4 * i] / 255));
    this.#paint();
  }
}
