// Owns how the picture is looked at: the source in its place or beside it, zoom, full screen.

import { find } from "./dom.js";
import { grip } from "./grip.js";

const ZOOMS = [1, 1.5, 2, 3, 4, 6, 8]; // times the size at which the picture fits
const CLOSE = 1.2; // by how much one turn of the wheel zooms

export class Viewing {
  #isHeld = false; // whether the whole source is shown, for as long as a key or a button is held
  #divided = null; // the share of the picture, from the left, that shows the source; null: none
  #zoom = 1;

  constructor(studio) {
    this.studio = studio;
    const [stage, before, divide] = ["stage", "before", "divide"].map(find);
    before.addEventListener("pointerdown", (event) => {
      before.setPointerCapture(event.pointerId);
      this.hold(true);
    });
    before.addEventListener("lostpointercapture", () => this.hold(false));
    before.addEventListener("contextmenu", (event) => event.preventDefault()); // of a long touch
    before.addEventListener("keydown", ({ key }) => [" ", "Enter"].includes(key) && this.hold(true));
    for (const ends of ["keyup", "blur"]) before.addEventListener(ends, () => this.hold(false));
    addEventListener("keyup", ({ key }) => key.toLowerCase() === "b" && this.hold(false));
    addEventListener("blur", () => this.hold(false));
    find("split").addEventListener("click", () => this.split());
    const put = (to) => this.#divide(to);
    const [at, text] = [() => this.#divided ?? 0, () => `${Math.round(100 * this.#divided)} % of the clip itself`];
    this.tell = grip(divide, { track: find("picture"), at, put, step: () => 0.01, text });
    find("larger").addEventListener("click", () => this.zoomBy(1));
    find("smaller").addEventListener("click", () => this.zoomBy(-1));
    find("fitted").addEventListener("click", () => this.zoom(1));
    find("full").addEventListener("click", () => this.fill());
    find("full").hidden = !document.fullscreenEnabled;
    stage.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
  }

  /** The share of the picture, from the left, in which the source is shown. */
  get source() {
    return this.#isHeld ? 1 : this.#divided ?? 0;
  }

  /** Show the source in place of the composition, or no longer. */
  hold(isHeld) {
    if (isHeld === this.#isHeld) return;
    this.#isHeld = isHeld;
    this.#update();
  }

  /** Divide the picture into the source and the composition, or no longer. */
  split() {
    this.#divide(this.#divided === null ? 0.5 : null);
  }

  /** Zoom by so many steps. */
  zoomBy(steps) {
    const nearest = ZOOMS.findLastIndex((zoom) => zoom <= this.#zoom + 1e-6);
    this.zoom(ZOOMS[Math.min(Math.max(nearest + steps, 0), ZOOMS.length - 1)]);
  }

  /** Show the picture so many times as large as it fits. at: what stays in its place, in the window. */
  zoom(times, at) {
    const [stage, picture] = [find("stage"), find("picture")];
    const box = stage.getBoundingClientRect();
    const [x, y] = at ?? [box.left + box.width / 2, box.top + box.height / 2];
    const was = picture.getBoundingClientRect();
    const [left, top] = [(x - was.left) / was.width, (y - was.top) / was.height];
    this.#zoom = Math.min(Math.max(times, 1), ZOOMS.at(-1));
    stage.classList.toggle("zoomed", this.#zoom > 1);
    picture.style.setProperty("--zoom", this.#zoom);
    find("fitted").textContent = this.#zoom > 1 ? `${Number(this.#zoom.toFixed(1))} ×` : "Fit";
    const is = picture.getBoundingClientRect();
    stage.scrollBy(is.left + left * is.width - x, is.top + top * is.height - y);
  }

  /** Fill the screen with the picture and the strip, or no longer. */
  fill() {
    if (document.fullscreenElement) document.exitFullscreen();
    else find("view").requestFullscreen().catch(() => this.studio.say("This browser refuses full screen."));
  }

  /** Handle a key; return whether it is one of the view's. */
  press(key) {
    const does = {
      b: () => this.hold(true),
      s: () => this.split(),
      f: () => this.fill(),
      "+": () => this.zoomBy(1),
      "-": () => this.zoomBy(-1),
      0: () => this.zoom(1),
    };
    does[key]?.();
    return key in does;
  }

  #divide(share) {
    this.#divided = share;
    this.#update();
    this.tell();
  }

  #update() {
    const [isSplit, { source }] = [this.#divided !== null, this];
    find("picture").style.setProperty("--source", source);
    find("picture").classList.toggle("sourced", source > 0);
    find("divide").hidden = !isSplit || this.#isHeld;
    find("before").setAttribute("aria-pressed", String(this.#isHeld));
    find("split").setAttribute("aria-pressed", String(isSplit));
    this.studio.isDue = true;
  }

  #wheel(event) {
    if (!event.ctrlKey) return;
    event.preventDefault();
    this.zoom(this.#zoom * CLOSE ** -Math.sign(event.deltaY), [event.clientX, event.clientY]);
  }
}
