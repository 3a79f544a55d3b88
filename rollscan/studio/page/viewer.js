// Owns the large view of a made file, and of two of them beside or over each other.

import { el, find } from "./dom.js";
import { grip } from "./grip.js";

export class Viewer {
  #shown = []; // the one or two results
  #isOver = true; // whether two lie over each other, divided by a handle
  #share = 0.5; // of the picture, from the left, in which the first one is seen

  /** results(): all of them. jump: see Result. */
  constructor(results, jump) {
    Object.assign(this, { results, jump });
    this.dialog = find("viewer");
    this.dialog.addEventListener("close", () => this.dialog.replaceChildren()); // nothing plays on
    this.dialog.addEventListener("click", ({ target }) => target === this.dialog && this.dialog.close());
    this.dialog.addEventListener("keydown", (event) => this.#press(event));
  }

  /** Show a result. */
  open = (result) => {
    this.#shown = [result];
    this.#show();
    if (!this.dialog.open) this.dialog.showModal();
  };

  #show() {
    const [one, other] = this.#shown;
    const rows = this.#shown.map((result) => this.#told(result));
    const close = el("button", { type: "button", text: "×", className: "close", aria: { label: "Close" }, on: { click: () => this.dialog.close() } });
    const place = el("div", { className: `results ${other && this.#isOver ? "over" : ""}` });
    place.append(...this.#shown.map((result) => el("figure", {}, result.moving)));
    if (other && this.#isOver) place.append(this.#handle(place));
    const ratio = Math.max(...this.#shown.map(({ written: { size } }) => size[0] / size[1]));
    place.style.setProperty("--ratio", ratio);
    this.dialog.replaceChildren(close, el("div", { className: "facts" }, ...rows), place, this.#others(one, other));
  }

  #told(result) {
    const { name } = result.written;
    const copy = () => el("button", { type: "button", text: "Copy", on: { click: ({ currentTarget }) => result.copy(currentTarget) } });
    const click = async ({ currentTarget }) => {
      if (await result.remove(currentTarget).catch(() => false)) this.dialog.close();
    };
    const remove = el("button", { type: "button", text: "Delete", on: { click } });
    const save = el("a", { href: result.address, download: name, className: "button", text: "Save", aria: { label: `Save ${name}` } });
    return el("p", {}, el("strong", { text: name }), el("small", { text: result.facts(this.jump).join(" · ") }), el("span", {}, save, copy(), remove));
  }

  /** The other results, one of which may be put beside this one. */
  #others(one, other) {
    const beside = this.results().filter((result) => result !== one);
    if (!beside.length) return "";
    const tiles = beside.map((result) => {
      const click = () => {
        this.#shown = result === other ? [one] : [one, result];
        this.#show();
      };
      const { name } = result.written;
      const still = el("canvas", { width: result.still.width, height: result.still.height });
      still.getContext("2d").drawImage(result.still, 0, 0);
      const aria = { label: `Compare with ${name}`, pressed: String(result === other) };
      return el("button", { type: "button", className: "face", title: name, aria, on: { click } }, still);
    });
    const turn = () => {
      this.#isOver = !this.#isOver;
      this.#show();
    };
    const how = el("button", { type: "button", text: this.#isOver ? "Side by side" : "Divided by a handle", hidden: !other, on: { click: turn } });
    return el("div", { className: "others" }, el("span", { text: "Compare with" }), ...tiles, how);
  }

  #handle(track) {
    const handle = el("div", { className: "divide", aria: { label: "How much of the first" } });
    const put = (share) => {
      this.#share = share;
      track.style.setProperty("--share", share);
      tell();
    };
    const text = () => `${Math.round(100 * this.#share)} % of the first`;
    const tell = grip(handle, { track, at: () => this.#share, put, step: () => 0.02, text });
    put(this.#share);
    return handle;
  }

  #press(event) {
    event.stopPropagation(); // the page has its own keys
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const all = this.results();
    if (!by || this.#shown.length > 1 || all.length < 2) return;
    const at = all.indexOf(this.#shown[0]) + by + all.length;
    this.open(all[at % all.length]);
  }
}
