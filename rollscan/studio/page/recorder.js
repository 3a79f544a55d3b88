// Owns the bar of the camera under the picture: its start and end, and a recording, which becomes the
// clip as a file does that is chosen.

import { el, find } from "./dom.js";

const COUNTDOWN = 3; // seconds before a recording begins
const LONGEST = 30; // seconds, after which it ends by itself
const QUALITY = 12e6; // bits a second: what is lost here is lost in every file
const KINDS = ["video/webm;codecs=vp8", "video/webm", "video/mp4"]; // the first is the quickest to write
const SECOND = 1000;

export class Recorder {
  /** take(file): opens a file as the clip. */
  constructor(studio, take) {
    Object.assign(this, { studio, take, recording: null, counting: null });
    const { camera } = studio;
    const start = (id) => camera.start(id).then(() => this.#list(), (error) => this.#failed(error));
    find("camera").addEventListener("click", () => (camera.isOn ? camera.stop() : start()));
    this.record = el("button", { type: "button", className: "main", on: { click: () => this.#press() } });
    const mirror = () => (camera.isMirrored = this.mirrored.checked);
    this.mirrored = el("input", { type: "checkbox", on: { change: mirror } });
    const label = el("label", { className: "switch", title: "as in a mirror; a recording is as you see it" }, this.mirrored, "mirrored");
    this.devices = el("select", { aria: { label: "Camera" }, on: { change: () => start(this.devices.value) } });
    find("camera-bar").append(this.record, label, this.devices);
    this.count = el("div", { id: "countdown", hidden: true, aria: { live: "assertive" } });
    find("picture").append(this.count);
    camera.watchers.push(() => this.#drawn());
    addEventListener("keydown", ({ key }) => key === "Escape" && this.#cancel());
    this.#tell();
  }

  /** Show which cameras there are, which browsers tell once one is allowed. */
  async #list() {
    const { camera } = this.studio;
    const all = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === "videoinput");
    const named = all.map(({ deviceId, label }, i) => el("option", { value: deviceId, text: label || `Camera ${i + 1}` }));
    this.devices.replaceChildren(...named);
    this.devices.value = camera.device;
    this.devices.hidden = all.length < 2;
    this.mirrored.checked = camera.isMirrored;
    this.#tell();
  }

  #failed({ message }) {
    if (this.studio.clip || this.studio.camera.isOn) this.studio.says.keep(message);
    else this.studio.say(message, true);
  }

  #press() {
    if (this.recording) this.recording.stop();
    else if (this.counting) this.#cancel();
    else this.#countdown(COUNTDOWN);
  }

  #countdown(left) {
    this.count.hidden = !left;
    this.count.textContent = left;
    this.counting = left ? setTimeout(() => this.#countdown(left - 1), SECOND) : null;
    if (!left && this.studio.camera.isOn) this.#begin();
    this.#tell();
  }

  #cancel() {
    clearTimeout(this.counting);
    this.counting = null;
    this.count.hidden = true;
    this.#tell();
  }

  /** Record what is shown, at the camera's own size and without the effect, which follows. */
  #begin() {
    const { camera } = this.studio;
    const kind = KINDS.find((each) => window.MediaRecorder?.isTypeSupported(each));
    if (!kind) return this.#failed({ message: "This browser cannot record: try another, or choose a clip." });
    const { videoWidth: width, videoHeight: height } = camera.video;
    this.full = el("canvas", { width, height }).getContext("2d", { alpha: false });
    const parts = [];
    const recording = new MediaRecorder(this.full.canvas.captureStream(), { mimeType: kind, videoBitsPerSecond: QUALITY });
    recording.addEventListener("dataavailable", ({ data }) => parts.push(data));
    recording.addEventListener("start", () => (this.begun = performance.now()));
    recording.addEventListener("stop", () => {
      this.full = this.recording = null;
      camera.isRecorded = false;
      this.#tell();
      const ending = kind.includes("mp4") ? "mp4" : "webm";
      if (!this.isDropped) this.take(new File(parts, `camera.${ending}`, { type: kind }));
    });
    camera.isRecorded = true;
    Object.assign(this, { recording, isDropped: false, begun: performance.now() });
    this.#drawn();
    recording.start();
  }

  /** Add the frame that came to the recording, which is given up if the camera has ended. */
  #drawn() {
    if (!this.studio.camera.isOn) return this.#drop();
    if (!this.full) return;
    this.studio.camera.copyTo(this.full);
    if (performance.now() - this.begun > LONGEST * SECOND) this.recording?.stop();
    this.#tell();
  }

  #drop() {
    this.isDropped = true;
    this.recording?.stop();
    this.#cancel();
  }

  #tell() {
    const { camera } = this.studio;
    find("camera").title = camera.isOn ? "End the camera" : "The effect live on a camera";
    find("camera").setAttribute("aria-pressed", String(camera.isOn));
    this.record.classList.toggle("recording", Boolean(this.recording));
    const elapsed = ((performance.now() - this.begun) / SECOND).toFixed(1);
    if (this.recording) this.record.textContent = `Stop, ${elapsed} s`;
    else this.record.textContent = this.counting ? "Cancel" : "Record";
  }
}
