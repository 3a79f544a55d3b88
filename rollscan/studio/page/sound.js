// Owns the sound: whether a file has any, its track, its waveform, and how it is heard with the picture.

import { ask, el, find } from "./dom.js";
import { fileButton, nameOf, send } from "./uploads.js";

const HEAD = 44; // bytes before the samples of the server's WAV, of which RATE are a second, on each side
const RATE = 48000;
const QUIET = 1000; // of 32,768: what is never louder is drawn as small as it is
const APART = 0.08; // seconds by which sound and picture may differ
// The options on which the sound depends, besides those of the loop and the formats that have any.
const ON = ["start", "end", "length", "names", "speed", "sound", "sound_reversed", "mp4_loops"];

export class Sound {
  #of = null; // of which options the samples are, as text
  #source = null; // what plays

  constructor(studio) {
    Object.assign(this, { studio, samples: null, isHeard: false });
    const { state } = studio;
    const change = () => state.set({ sound: this.input.checked || undefined });
    this.input = el("input", { type: "checkbox", on: { change } });
    const element = el("div", { className: "row sound" });
    const take = async (file) => {
      try {
        state.set({ sound: await send("sound", file, file.name, studio.given.limit) });
      } catch (error) {
        studio.says.keep(error.message);
      }
    };
    this.input.dataset.option = "--sound";
    this.hint = el("small");
    this.track = fileButton({ text: "Track …", accept: "audio/*,video/*", place: element, take });
    this.own = el("button", { type: "button", text: "The clip's own", on: { click: () => state.set({ sound: true }) } });
    this.choose = el("button", { type: "button", on: { click: () => this.#chooseFormat() } });
    const label = el("label", { className: "switch" }, this.input, "sound", this.hint);
    const backward = () => state.set({ sound_reversed: this.backward.checked || undefined });
    this.backward = el("input", { type: "checkbox", on: { change: backward } });
    this.backward.dataset.option = "--sound-reversed";
    this.turned = el("label", { className: "switch" }, this.backward, "backward too", el("small", { text: "where the loop goes back" }));
    element.append(label, el("span", { className: "own" }, this.track, this.own, this.choose), this.turned);
    find("sound").append(element);
    this.button = find("hear");
    this.button.addEventListener("click", () => this.#hear(!this.isHeard));
    new ResizeObserver(() => this.#draw()).observe(find("wave"));
    document.addEventListener("visibilitychange", () => document.hidden && this.#stop());
    state.watch(() => this.#tell());
    this.#tell();
  }

  /** Take note of the plan, by which the sound is read again if it is another one. */
  async update() {
    this.#tell();
    const { studio } = this;
    if (!this.#isOn || studio.plan?.error || !studio.plan?.out?.sounds) return this.#take(null);
    const { state, loops, plan } = studio;
    const names = [...ON, ...studio.given.sounding, "loop", ...loops.kinds[state.value("loop")].settings];
    const part = [plan.match?.first, plan.match?.stop, plan.out.seconds];
    const of = JSON.stringify([studio.clip.id, names.map(state.value), part]);
    if (of === this.#of) return;
    this.#take(null);
    this.#of = of;
    try {
      const answer = await ask("sound", { body: studio.request() });
      const wav = await answer.arrayBuffer();
      if (of === this.#of) this.#take(wav.byteLength ? new Int16Array(wav, HEAD) : null, of);
    } catch (error) {
      if (of !== this.#of) return;
      this.#of = null;
      studio.says.keep(error.message);
    }
  }

  /** Play along with the picture, once for each frame of the screen. */
  follow() {
    const { player, camera } = this.studio;
    const isDue = this.isHeard && this.samples && player.isPlaying && !camera.isOn;
    if (!isDue) return this.#stop();
    const { duration } = this.buffer;
    if (this.#source) {
      const played = this.from + (this.context.currentTime - this.begun);
      const apart = Math.abs((played - player.at) % this.#period);
      if (Math.min(apart, this.#period - apart) < APART) return;
      this.#stop();
    }
    this.from = player.at % duration;
    this.begun = this.context.currentTime;
    this.#source = Object.assign(this.context.createBufferSource(), { buffer: this.buffer, loop: true });
    this.#source.connect(this.context.destination);
    this.#source.start(0, this.from);
  }

  /** Show where composed frame k is. */
  show(k) {
    const { composition } = this.studio;
    find("wave").parentElement.style.setProperty("--at", k / composition.period);
  }

  /** Whether it is heard now. */
  get isPlaying() {
    return Boolean(this.#source);
  }

  get #isOn() {
    const { state } = this.studio;
    return Boolean(state.value("sound")) && state.matters("sound");
  }

  /** Seconds of one loop of the picture. */
  get #period() {
    const { period, rate } = this.studio.player;
    return period / rate;
  }

  /** Why there is no sound, in words; "" where there may be some. */
  get #why() {
    const { state, given, clip, plan } = this.studio;
    const titles = given.sounding.map((format) => state.titles[format]).join(" or ");
    const chosen = state.formats.map((format) => state.titles[format]).join(" and ");
    if (!state.matters("sound")) return `${chosen} has none: choose ${titles}`;
    if (state.value("sound") && plan?.out && !plan.error && !plan.out.sounds) return `${plan.out.place} takes none`;
    if (clip && !clip.sound && typeof state.value("sound") !== "string") return "the clip has none: choose a track";
    return "";
  }

  #tell() {
    const { state, given, clip } = this.studio;
    const sound = state.value("sound");
    const [matters, why] = [state.matters("sound"), this.#why];
    const track = typeof sound === "string" ? nameOf(sound) ?? sound : null;
    this.input.checked = Boolean(sound) && matters;
    this.input.disabled = !sound && Boolean(why);
    this.hint.textContent = why || track || (sound ? "the clip's own" : "");
    this.track.hidden = !matters;
    this.own.hidden = !(matters && track && clip?.sound);
    this.choose.hidden = matters;
    const [first] = given.sounding;
    this.choose.textContent = `Make an ${state.titles[first]}`;
    this.turned.hidden = !state.matters("sound_reversed");
    this.backward.checked = Boolean(state.value("sound_reversed"));
    find("hearing").hidden = this.button.hidden = !this.#isOn || Boolean(why);
  }

  /** Choose the first format that can have sound. */
  #chooseFormat() {
    const { places, given, state, clip } = this.studio;
    const [format] = given.sounding;
    state.set({ ...places.formatChosen(format), sound: clip.sound || undefined });
  }

  #take(samples, of = null) {
    this.#stop();
    Object.assign(this, { samples, buffer: null });
    this.#of = of;
    if (samples && this.isHeard) this.#prepare();
    this.#draw();
  }

  /** Make the samples what the browser plays. */
  #prepare() {
    const { samples } = this;
    this.buffer = this.context.createBuffer(2, samples.length / 2, RATE);
    for (const side of [0, 1]) {
      const floats = this.buffer.getChannelData(side);
      for (let i = 0; i < floats.length; i++) floats[i] = samples[2 * i + side] / 32768;
    }
  }

  #hear(isHeard) {
    this.isHeard = isHeard;
    this.button.setAttribute("aria-pressed", String(isHeard));
    if (!isHeard) return;
    this.context ??= new AudioContext();
    this.context.resume();
    if (this.samples && !this.buffer) this.#prepare();
    this.studio.turn(true);
  }

  #stop() {
    this.#source?.stop();
    this.#source = null;
  }

  /** Draw the waveform of one loop; a file may hold several. */
  #draw() {
    const canvas = find("wave");
    const [width, height] = [canvas.clientWidth, canvas.clientHeight].map((side) => Math.round(side * devicePixelRatio));
    if (!width) return;
    Object.assign(canvas, { width, height });
    if (!this.samples) return;
    const context = canvas.getContext("2d");
    context.fillStyle = getComputedStyle(canvas).color;
    const samples = this.samples.subarray(0, 2 * Math.round(this.#period * RATE));
    const loudest = samples.reduce((most, each) => Math.max(most, Math.abs(each)), QUIET);
    for (let x = 0; x < width; x++) {
      const [from, to] = [x, x + 1].map((at) => Math.floor((at / width) * samples.length));
      let most = 0;
      for (let i = from; i < to; i++) most = Math.max(most, Math.abs(samples[i]));
      const tall = Math.max(1, (most / loudest) * height);
      context.fillRect(x, (height - tall) / 2, 1, tall);
    }
  }
}
