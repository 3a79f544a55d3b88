// Owns the camera as a source: the effect live on its frames, of which the last seconds are kept.

import { Composition } from "./composition.js";
import { el, find } from "./dom.js";
import { Loop } from "./loops.js";

const SECONDS = 6; // of frames that are kept, so history reaches no further back
const MOST_BYTES = 192 << 20; // of those frames
const USUAL_RATE = 30; // of a camera that does not say its own
const TILES_EVERY = 3; // frames: that often, a few of the looks' tiles are drawn
const LIVE = { loop: "wrap", speed: 1, still_area: null }; // settings that a live picture has in any case
const NEEDS_CLIP = { still_area: "the area that stays live", crop: "the crop" };
const WANTED = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
const ERRORS = {
  NotFoundError: "There is no camera: connect one, or choose a clip.",
  NotAllowedError: "The browser does not let this page use the camera: allow it there, and try again.",
  NotReadableError: "The camera is in use by another program: close that, and try again.",
};
const FAR = "Browsers give the camera only to a page of this machine: open the studio at 127.0.0.1, as through ssh.";

export class Camera {
  #turn = 0; // counts the starts, so that one that was overtaken by another ends

  constructor(studio) {
    this.studio = studio;
    this.stream = null;
    this.isMirrored = false;
    this.isRecorded = false; // then nothing else takes time
    this.watchers = []; // are called when a frame came, and when the camera ends
    this.video = el("video", { muted: true, playsInline: true });
    this.small = el("canvas").getContext("2d", { alpha: false, willReadFrequently: true });
  }

  get isOn() {
    return Boolean(this.stream);
  }

  /** Start the camera, or another one. id: of the device; by default the one towards the user.
   *
   * Throws an Error with a message for people where there is none that can be used.
   */
  async start(id) {
    const turn = ++this.#turn;
    if (!navigator.mediaDevices) throw new Error(FAR);
    const which = id ? { deviceId: { exact: id } } : { facingMode: "user" };
    if (id) this.#end(); // some devices have one camera at a time
    const stream = await navigator.mediaDevices
      .getUserMedia({ video: { ...WANTED, ...which }, audio: false })
      .catch(({ name, message }) => {
        if (id) this.stop(); // the one before it has ended
        throw new Error(ERRORS[name] ?? `The camera does not start (${message}): choose a clip.`);
      });
    if (turn !== this.#turn) return stream.getTracks().forEach((track) => track.stop());
    this.#end();
    this.video.srcObject = stream;
    await this.video.play();
    const [track] = stream.getVideoTracks();
    track.addEventListener("ended", () => this.isOn && this.stop("The camera is gone: connect it again."));
    const { frameRate, facingMode, deviceId } = track.getSettings();
    Object.assign(this, { stream, device: deviceId, rate: frameRate || USUAL_RATE });
    this.isMirrored = facingMode !== "environment";
    this.#open();
  }

  /** End the camera, and show the clip again, if there is one. error: why, for people. */
  stop(error) {
    const { studio } = this;
    this.release();
    if (studio.clip) studio.open(studio.clip, false);
    else {
      delete document.body.dataset.clip;
      find("clip").textContent = "";
    }
    if (error) studio.says.keep(error);
    else studio.say("");
  }

  /** End the camera, as a clip is about to be opened. */
  release() {
    this.#turn++;
    if (!document.body.dataset.camera) return;
    this.#end();
    this.studio.frames.forget();
    this.studio.composition = null;
    delete document.body.dataset.camera;
    for (const watch of this.watchers) watch();
  }

  /** Compose with the current options. */
  compose() {
    const { state, fields, looks } = this.studio;
    this.studio.composition = this.composed(state.settings(), fields) ?? this.studio.composition;
    looks.update();
  }

  /** The composition of the kept frames with these settings; null while their field has not come. */
  composed(settings, fields) {
    const { size } = this.studio.frames;
    const live = { ...settings, ...LIVE };
    const field = fields.of({ settings: live, count: this.count, size, composed: size, k: this.k });
    if (!field) return null;
    const composition = new Composition(live, size, this.rate, this.loop, field);
    if (field.facts.outer) {
      // Such as a sweep, which starts over with the frames that are kept. What it looks up is there.
      composition.parts.push("CYCLIC");
      composition.ahead = this.count;
    }
    return composition;
  }

  /** What is said under the picture. */
  get told() {
    const { state, exact, composition } = this.studio;
    const parts = Object.entries(NEEDS_CLIP).filter(([name]) => state.value(name));
    const absent = [...(composition ? exact.absent : []), ...parts.map(([, words]) => words)];
    const words = [`The camera, live at ${Math.round(this.pace ?? this.rate)} frames a second`];
    if (absent.length) words.push(`${absent.join(", ")}: only in a recording`);
    return words.join(" · ");
  }

  /** Keep frames anew, as the picture has another size, or the GPU has lost them. */
  keep() {
    const { studio, video } = this;
    const share = Math.min(1, studio.given.fit / Math.max(video.videoWidth, video.videoHeight));
    const size = [video.videoWidth, video.videoHeight].map((side) => Math.max(1, Math.round(side * share)));
    const most = Math.floor(MOST_BYTES / (3 * size[0] * size[1]));
    this.count = Math.max(1, Math.min(most, Math.round(SECONDS * this.rate)));
    this.number = 0; // of the frame that comes next
    const rows = Float32Array.from({ length: 4 * this.count }, (_, i) => [i / 4, -1, 1, 0][i % 4]);
    this.loop = new Loop(rows, this.count, true);
    Object.assign(this.small.canvas, { width: size[0], height: size[1] });
    if (!studio.frames.begin(size, this.count)) {
      return this.stop("The GPU has too little memory for the camera: choose a clip.");
    }
    for (const all of [studio.fields, studio.looks]) all.forget(null, { camera: this.rate });
    studio.compose();
  }

  /** The index of the newest frame among those that are kept. */
  get k() {
    return Math.max(0, this.number - 1) % this.count;
  }

  /** Draw the camera's picture on a canvas, as it is shown: mirrored like a mirror, or as others see it. */
  copyTo(context) {
    const { width, height } = context.canvas;
    context.setTransform(this.isMirrored ? -1 : 1, 0, 0, 1, this.isMirrored ? width : 0, 0);
    context.drawImage(this.video, 0, 0, width, height);
  }

  #open() {
    const { studio, video } = this;
    studio.pause();
    Object.assign(document.body.dataset, { clip: "open", camera: "on" });
    const facts = [`${video.videoWidth} × ${video.videoHeight}`, `${Math.round(this.rate)} fps`];
    find("clip").textContent = ["Camera", ...facts].join(" · ");
    Object.assign(studio, { plan: null, composition: null });
    this.arrived = []; // when the frames of the last second came
    this.keep();
    this.#next();
  }

  #end() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = this.video.srcObject = null;
  }

  /** Wait for the next frame. Where the browser does not tell of it, each of the screen's is one. */
  #next() {
    const { stream, video } = this;
    const came = () => stream && stream === this.stream && this.#came();
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(came);
    else requestAnimationFrame(came);
  }

  #came() {
    this.#next();
    const { studio, video, small, arrived } = this;
    const { painter, frames } = studio;
    if (painter.isLost || !video.videoWidth) return;
    const ratio = video.videoWidth / video.videoHeight;
    if (Math.abs(ratio * frames.size[1] - frames.size[0]) > 1) this.keep(); // a phone was turned
    if (!this.isOn) return;
    this.copyTo(small);
    // At the beginning nothing has passed yet: the first frame stands for what was before it.
    const slots = this.number ? [this.number % this.count] : [...Array(this.count).keys()];
    for (const slot of slots) painter.put(slot, small.canvas);
    this.number++;
    for (const watch of this.watchers) watch();
    this.#draw();
    const now = performance.now();
    arrived.push(now);
    while (arrived[0] < now - 2000) arrived.shift();
    if (arrived.length > 1) this.pace = (1000 * (arrived.length - 1)) / (now - arrived[0]);
    if (this.number % Math.round(this.rate) === 0) studio.tell();
  }

  #draw() {
    const { composition, looks } = this.studio;
    if (!this.isRecorded && this.number % TILES_EVERY === 0) looks.draw(performance.now(), false);
    composition?.fill(this.k);
    if (composition?.isReady(this.k)) this.studio.show(this.k);
  }
}
