// Owns one made file in the gallery: its still picture, which plays while it is pointed at, and what
// may be done with it.

import { ask, bytes, closing, el, seconds } from "./dom.js";

const SIDE = 144; // pixels of the still picture's sides
const SURE = 3000; // milliseconds in which a second click deletes

let playing = null; // the result that plays
let isHeld = false; // whether something is in the user's hand, which the picture has to follow

/** Note whether something is held; then nothing else plays. */
export function hold(isNowHeld) {
  isHeld = isNowHeld;
  if (isHeld) playing?.rest();
}

export class Result {
  /** address: of the file, to be saved. written: the server's event. jump: the score above which a
   * seam is seen as a jump. open(result): shows it large. removed(result): is called when it is gone.
   */
  constructor(address, written, { jump, open, removed }) {
    Object.assign(this, { address, written, removed });
    this.src = `${address}?show=1`;
    this.isVideo = /\.(mp4|webm)$/.test(written.name);
    this.still = el("canvas", { width: SIDE, height: SIDE });
    const [play, rest] = [() => this.#play(), () => this.rest()];
    const on = { click: () => open(this), pointerenter: play, pointerleave: rest, focus: play, blur: rest };
    this.face = el("button", { type: "button", className: "face", aria: { label: `Look at ${written.name}` }, on }, this.still);
    const facts = this.facts(jump).flatMap((text) => [el("span", { text }), " · "]).slice(0, -1);
    const told = el("p", { className: "told" }, el("strong", { text: written.name }), ...facts);
    if (written.given_up) told.append(el("small", { text: `To fit, it gave up ${written.given_up}.` }));
    this.element = el("div", { className: "file", draggable: true }, this.face, el("div", {}, told, this.#actions()));
    this.element.addEventListener("dragstart", (event) => this.#drag(event));
    this.#draw();
  }

  /** What the file is: its size, its frames, how long it plays, its bytes, how it closes. */
  facts(jump) {
    const { size, frames, seconds: length, bytes: count, seam } = this.written;
    const plays = frames > 1 ? [`${frames} frames`, seconds(length)] : [];
    const facts = [size.join(" × "), ...plays, bytes(count)];
    if (typeof seam === "number") facts.push(closing(seam, jump));
    return facts;
  }

  /** The file as an element that plays. */
  get moving() {
    const about = { src: this.src, ariaLabel: this.written.name };
    return this.isVideo
      ? el("video", { ...about, loop: true, muted: true, autoplay: true, playsInline: true })
      : el("img", { ...about, alt: this.written.name });
  }

  /** Copy it to the clipboard, where the browser can, or else a still picture of it; tell on `button`. */
  async copy(button) {
    const was = button.textContent;
    try {
      const blob = await (await fetch(this.src)).blob();
      const isTaken = ClipboardItem.supports?.(blob.type);
      const item = isTaken ? { [blob.type]: blob } : { "image/png": this.#frozen(blob) };
      await navigator.clipboard.write([new ClipboardItem(item)]);
      button.textContent = isTaken || blob.type === "image/png" ? "Copied" : "Copied a still";
    } catch {
      button.textContent = "Not allowed here";
    }
    setTimeout(() => (button.textContent = was), 1800);
  }

  /** Delete it, once a second click has said so. */
  async remove(button) {
    if (!button.classList.contains("sure")) {
      button.classList.add("sure");
      button.textContent = "Really?";
      setTimeout(() => {
        button.classList.remove("sure");
        button.textContent = "Delete";
      }, SURE);
      return false;
    }
    await ask(this.address, { method: "DELETE" });
    this.rest();
    this.element.remove();
    this.removed(this);
    return true;
  }

  /** Stop playing: only the still picture is kept. */
  rest() {
    if (playing === this) playing = null;
    if (this.face.disabled) return;
    this.face.querySelector("img, video")?.removeAttribute("src");
    this.face.replaceChildren(this.still);
  }

  #play() {
    if (isHeld || playing === this || this.face.disabled) return;
    playing?.rest();
    playing = this;
    this.face.replaceChildren(this.still, this.moving);
  }

  #actions() {
    const { name } = this.written;
    const save = el("a", { href: this.address, download: name, text: "Save", aria: { label: `Save ${name}` } });
    const click = (what) => ({ click: ({ currentTarget }) => what(currentTarget) });
    const copy = el("button", { type: "button", text: "Copy", on: click((button) => this.copy(button)) });
    const remove = el("button", { type: "button", text: "Delete", on: click((button) => this.remove(button).catch(() => {})) });
    return el("span", { className: "actions" }, save, copy, remove);
  }

  /** A drag out of the page brings the file itself, where the browser can. */
  #drag({ dataTransfer }) {
    const { name } = this.written;
    const address = new URL(this.address, location.href).href;
    const type = `${this.isVideo ? "video" : "image"}/${name.split(".").at(-1)}`;
    dataTransfer.effectAllowed = "copy";
    dataTransfer.setData("DownloadURL", `${type}:${name}:${address}`);
    dataTransfer.setData("text/uri-list", address);
    dataTransfer.setDragImage(this.still, SIDE / 4, SIDE / 4);
  }

  async #draw() {
    const blob = await (await fetch(this.src)).blob();
    const picture = await this.#picture(blob).catch(() => null);
    if (!picture) { // a format that this browser lacks, as all of them lack ProRes
      this.face.disabled = true;
      this.face.replaceChildren(el("small", { text: "no preview" }));
      return;
    }
    const [width, height] = sizeOf(picture);
    const scale = SIDE / Math.min(width, height);
    const [x, y] = [width, height].map((side) => (SIDE - side * scale) / 2);
    this.still.getContext("2d").drawImage(picture, x, y, width * scale, height * scale);
    forget(picture);
  }

  /** A still picture of the file. Of an image that moves, browsers give its first frame. */
  async #picture(blob) {
    if (!this.isVideo) return createImageBitmap(blob);
    const video = el("video", { src: URL.createObjectURL(blob), muted: true, preload: "auto" });
    await new Promise((resolve, reject) => {
      video.addEventListener("loadeddata", () => (video.currentTime = video.duration / 2));
      video.addEventListener("seeked", resolve);
      video.addEventListener("error", reject);
    });
    return video;
  }

  async #frozen(blob) {
    const picture = await this.#picture(blob);
    const [width, height] = sizeOf(picture);
    const canvas = new OffscreenCanvas(width, height);
    canvas.getContext("2d").drawImage(picture, 0, 0);
    forget(picture);
    return canvas.convertToBlob({ type: "image/png" });
  }
}

const sizeOf = ({ videoWidth, videoHeight, width, height }) => [videoWidth || width, videoHeight || height];

/** Free the memory of a picture. */
function forget(picture) {
  picture.close?.();
  if (!picture.src) return;
  URL.revokeObjectURL(picture.src);
  picture.removeAttribute("src");
  picture.load();
}
