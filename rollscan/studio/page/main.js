// Owns the wiring of the studio's page: the server's clip, the state, the picture and what is round it.

import { Command } from "./command.js";
import { Controls, SECTIONS } from "./controls.js";
import { ask, find, rested } from "./dom.js";
import { Frames } from "./frames.js";
import { Looks } from "./looks.js";
import { Make } from "./make.js";
import { Composition, slitWidth, isSideways, directionOf } from "./moments.js";
import { Painter } from "./painter.js";
import { Player } from "./player.js";
import { Stage } from "./stage.js";
import { State } from "./state.js";
import { Timeline } from "./timeline.js";

const FIT = 480; // pixels: the longer side of what is made where nobody asks for another size
const GIF_FPS = 25; // frames per second of it at most, where nobody asks for more
const MAPS = ["up", "down", "left", "right", "out", "in", "radial"];
const calm = matchMedia("(prefers-reduced-motion: reduce)");

class Studio {
  constructor(given) {
    this.state = new State(given);
    this.platforms = given.platforms;
    this.limit = given.limit;
    this.clip = null;
    this.plan = null; // what the server said of the options last
    this.composition = null;
    const canvas = find("live");
    this.painter = new Painter(canvas, {
      lost: () => this.say("The GPU was lost; waiting for it to come back."),
      restored: () => this.#load(),
    });
    this.frames = new Frames(this.painter);
    this.player = new Player();
    this.stage = new Stage(this);
    this.timeline = new Timeline(this);
    this.looks = new Looks(this);
    this.make = new Make(this);
    this.command = new Command();
    this.controls = Object.entries(SECTIONS).map(
      ([name, rows]) => new Controls(find(name), rows, this.state, (option) => this.#auto(option)),
    );
    this.state.watch(() => this.#changed());
    this.askPlan = rested(120, () => this.#plan());
    this.askExact = rested(150, () => this.#exact());
    this.askPart = rested(300, () => this.#reload());
  }

  /** Say something of the picture, in a line under it; an error stands out. */
  say(text, isError = false) {
    const line = find("says");
    if (line.textContent !== text) line.textContent = text;
    line.classList.toggle("error", isError);
  }

  /** Show a clip. */
  async open(clip, isNew) {
    const [count, seconds] = clip.rate.split("/").map(Number);
    this.clip = { first: 0, ...clip, fps: count / (seconds || 1) };
    document.body.dataset.clip = "open";
    document.title = `${clip.name} – rollscan`;
    const fps = Number(this.clip.fps.toFixed(2));
    find("clip").textContent = `${clip.name} · ${clip.width} × ${clip.height} · ${fps} fps`;
    if (isNew || !this.state.formats.length) this.make.rename();
    this.timeline.open();
    this.player.isPlaying = !calm.matches;
    this.player.at = 0;
    await this.#load();
  }

  // ---- Time: frames are the clip's, from 0.

  /** When a frame of the clip is, in seconds: a hair early, so that a part begins with it. */
  timeOf(frame) {
    return Math.floor((this.clip.first + frame / this.clip.fps) * 1000) / 1000;
  }

  /** The first frame of the part chosen, and the one after its last. */
  get part() {
    const { fps, frames, first } = this.clip;
    const at = (time) => (time - first) * fps;
    const { start, end } = this.state.given;
    const from = start ? Math.max(0, Math.ceil(at(Number(start)) - 1e-4 * fps)) : 0;
    const to = end ? Math.round(at(Number(end))) : frames;
    return [Math.min(from, frames - 1), Math.min(Math.max(to, from + 1), frames)];
  }

  /** The frames of the clip that are here. */
  get loaded() {
    return { offset: this.offset ?? 0, arrived: this.frames.arrived };
  }

  /** The loop that the server found in the part, if it is asked for and the part is all here. */
  get match() {
    const { offset, arrived } = this.loaded;
    const isHere = offset <= this.part[0] && this.part[1] <= offset + arrived;
    return this.state.value("loop") === "match" && isHere ? (this.plan?.match ?? null) : null;
  }

  /** The frames that the composition is of. */
  get span() {
    const { offset, arrived } = this.loaded;
    const [from, to] = this.part;
    if (this.match) {
      return { first: from + this.match.first, count: this.match.stop - this.match.first };
    }
    const first = Math.min(Math.max(from, offset), offset + Math.max(0, arrived - 1));
    return { first, count: Math.max(0, Math.min(to, offset + arrived) - first) };
  }

  /** Stop at a frame of the clip. */
  seek(frame) {
    const { first, count } = this.span;
    const { loop } = this.composition;
    this.stop();
    this.player.goTo(Math.min(Math.max(Math.round(frame) - first - loop.fade, 0), count - 1));
    this.#turned();
  }

  play() {
    this.player.isPlaying = true;
    this.#turned();
  }

  stop() {
    this.player.isPlaying = false;
    this.#turned();
  }

  /** One frame on, or back. */
  step(by) {
    this.stop();
    this.player.goTo(this.player.k + by);
    this.#turned();
  }

  // ---- The picture

  /** The size at which the file is composed, whose pixels the slit's width is in. */
  get madeSize() {
    if (this.plan?.composed) return this.plan.composed;
    const { width, height } = this.clip;
    const asked = this.state.value("width");
    const scale = asked ? asked / width : Math.min(1, FIT / Math.max(width, height));
    return [Math.round(width * scale), Math.max(1, Math.round(height * scale))];
  }

  /** What cannot be shown live: it is asked for when the picture rests. */
  get absent() {
    const { value, matters } = this.state;
    const made = ["smooth", "steady", "deflicker"].filter((name) => value(name) && matters(name));
    const isNamed = value("effect") !== "displace" || MAPS.includes(value("map"));
    return isNamed ? made : [...made, "the map"];
  }

  #changed() {
    this.#compose();
    this.plan = this.plan && { ...this.plan, match: this.#isSamePart() ? this.plan.match : null };
    this.isAsking = true;
    this.command.show(null);
    this.askPlan();
    this.askPart();
    this.#turned();
  }

  /** Whether the loop found is of the part that is chosen, and of the lengths. */
  #isSamePart() {
    const { value } = this.state;
    const now = [this.part, value("min_loop"), value("max_loop"), value("speed")].join();
    const isSame = now === this.partKey;
    this.partKey = now;
    return isSame;
  }

  #compose() {
    const { count } = this.span;
    if (count) {
      const settings = this.state.settings();
      if (!MAPS.includes(settings.map)) settings.map = "up";
      const rate = this.clip.fps * settings.speed;
      const { size } = this.frames;
      this.composition = new Composition(settings, size, rate, count, this.madeSize);
      this.player.take(this.composition, settings.fps ?? Math.min(rate, GIF_FPS));
      this.stage.update();
      this.looks.update();
    }
    for (const section of this.controls) section.update(this.plan);
    this.make.update();
    this.timeline.update();
    find("undo").disabled = !this.state.past.length;
    find("redo").disabled = !this.state.future.length;
    const seam = this.state.value("loop") === "match" ? this.plan?.match?.seam : null;
    find("seam").textContent = seam ? `seam ${seam.toFixed(1)}` : "";
  }

  /** What an option that is left to the program comes to. */
  #auto(option) {
    const settings = this.state.settings();
    if (!this.clip || !this.composition) return null;
    if (option === "slit_width") {
      const length = this.madeSize[isSideways(directionOf(settings)) ? 0 : 1];
      return slitWidth(settings, length, this.composition.rate);
    }
    if (option === "width") return this.plan?.out?.w ?? this.madeSize[0];
    if (option === "fps") return this.plan?.out?.fps ?? Number(this.player.fps.toFixed(2));
    if (option === "sweep") return this.composition.isScan ? this.composition.effect.seconds : null;
    return null;
  }

  /** Playing or stopped, or at another frame: what cannot be shown live may be asked for. */
  #turned() {
    const { isPlaying } = this.player;
    find("play").setAttribute("aria-label", isPlaying ? "Stop" : "Play");
    find("play").dataset.playing = isPlaying;
    find("rested").hidden = true;
    this.asking?.abort();
    this.isDue = true;
    if (!isPlaying && this.absent.length) this.askExact();
    this.#tell();
  }

  /** Say what is not as it will be. */
  #tell() {
    const { frames, clip, absent } = this;
    if (!clip || this.painter.isLost) return;
    const words = [];
    const [width, height] = frames.size;
    if (!frames.isComplete) {
      words.push(`Reading, ${Math.round((100 * frames.arrived) / (frames.count || 1))} %`);
    } else if (!frames.isWhole) {
      const seconds = (frames.count / clip.fps).toFixed(1);
      words.push(`Shown are the first ${seconds} s, ${width} × ${height}`);
    } else if (Math.max(width, height) < Math.min(FIT, Math.max(clip.width, clip.height))) {
      words.push(`Shown at ${width} × ${height}, as the clip is long`);
    }
    if (absent.length && find("rested").hidden) {
      words.push(`Live without ${absent.join(", ")}: stop to see it`);
    } else if (absent.length) words.push(`With ${absent.join(", ")}`);
    this.say(words.join(" · "));
  }

  // ---- The server

  /** Have the frames of the part chosen, or of the whole clip where that is no more. */
  async #load() {
    const { start, end } = this.state.given;
    const [from] = this.part;
    this.partLoaded = [start, end].join();
    try {
      this.offset = from;
      const arrived = rested(0, () => {
        this.#compose();
        this.#tell();
      });
      await this.frames.load({ start, end }, () => this.#arrived(arrived));
      this.#changed();
    } catch (error) {
      this.say(error.message, true);
    }
  }

  /** Frames came: show them, but do not work out everything for each. */
  #arrived(show) {
    const now = performance.now();
    if (now - (this.shownAt ?? 0) < 120) return;
    this.shownAt = now;
    show();
  }

  /** Ask for the frames again where the part chosen is not here as it might be. */
  #reload() {
    if (!this.clip || this.state.held) return;
    const { start, end } = this.state.given;
    if ([start, end].join() === this.partLoaded) return;
    const { frames, clip } = this;
    const isFull = Math.max(...frames.size) >= Math.min(FIT, Math.max(clip.width, clip.height));
    const [from, to] = this.part;
    const isHere = this.offset <= from && to <= this.offset + frames.arrived;
    if (isHere && isFull && clip.even) return;
    this.#load();
  }

  async #plan() {
    this.planning?.abort();
    this.planning = new AbortController();
    const { signal } = this.planning;
    try {
      const answer = await ask("plan", { body: { options: this.state.sent }, signal });
      const plan = await answer.json();
      if (signal.aborted) return;
      this.plan = plan;
      this.#isSamePart();
      this.command.show(plan.command ?? "");
      this.#compose();
      this.make.judge(plan);
      this.isAsking = false;
      this.isDue = true;
    } catch (error) {
      if (!signal.aborted) this.say(error.message, true);
    }
  }

  /** Ask for the frame at rest as it will be, with what cannot be shown live. */
  async #exact() {
    if (this.player.isPlaying || !this.absent.length) return;
    this.asking?.abort();
    this.asking = new AbortController();
    const { signal } = this.asking;
    const t = this.player.k / this.composition.rate;
    try {
      const body = { options: this.state.sent, t, size: "preview" };
      const answer = await ask("frame", { body, signal });
      const [width, height] = ["X-Width", "X-Height"].map((name) => Number(answer.headers.get(name)));
      const rgb = new Uint8Array(await answer.arrayBuffer());
      if (signal.aborted) return;
      const rested = find("rested");
      Object.assign(rested, { width, height, hidden: false });
      const pixels = Uint8ClampedArray.from({ length: 4 * width * height }, (_, i) =>
        i % 4 === 3 ? 255 : rgb[3 * (i >> 2) + (i % 4)],
      );
      rested.getContext("2d").putImageData(new ImageData(pixels, width, height), 0, 0);
      this.#tell();
    } catch (error) {
      if (!signal.aborted) this.say(error.message, true);
    }
  }

  // ---- Each frame of the screen

  draw = (now) => {
    requestAnimationFrame(this.draw);
    const k = this.composition ? this.player.tick(now) : 0;
    if (!this.composition || !this.frames.arrived || this.painter.isLost) return;
    const isDrawn = this.looks.draw(now, calm.matches);
    if (!isDrawn && !this.isDue && k === this.shown) return;
    this.show(k);
  };

  /** Draw composed frame k. */
  show(k) {
    this.painter.draw(this.composition, k, this.span.first - this.loaded.offset);
    this.stage.show(k);
    this.timeline.show(k);
    this.shown = k;
    this.isDue = false;
  }
}

/** Open the file that is chosen or dropped. */
async function upload(studio, file) {
  if (file.size > studio.limit) {
    return studio.say(`${file.name} is too large for the studio: use the command line.`, true);
  }
  const sent = new XMLHttpRequest(); // fetch does not tell how far it is
  const answer = new Promise((resolve, reject) => {
    sent.addEventListener("load", () => {
      const said = JSON.parse(sent.responseText || "{}");
      if (sent.status < 300) resolve(said);
      else reject(new Error(said.error ?? "The studio could not take the file."));
    });
    sent.addEventListener("error", () => reject(new Error("The studio does not answer.")));
  });
  sent.upload.addEventListener("progress", ({ loaded, total }) => {
    studio.say(`Taking ${file.name}, ${Math.round((100 * loaded) / total)} %`);
  });
  sent.open("PUT", `clip?name=${encodeURIComponent(file.name)}`);
  sent.send(file);
  try {
    const clip = await answer;
    studio.state.set({ start: undefined, end: undefined });
    await studio.open(clip, true);
  } catch (error) {
    studio.say(error.message, true);
  }
}

function listen(studio) {
  const { state } = studio;
  find("play").addEventListener("click", () => (studio.player.isPlaying ? studio.stop() : studio.play()));
  find("undo").addEventListener("click", () => state.undo());
  find("redo").addEventListener("click", () => state.redo());
  find("file").addEventListener("change", ({ target }) => {
    if (target.files[0]) upload(studio, target.files[0]);
    target.value = "";
  });
  addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  addEventListener("dragleave", ({ relatedTarget }) => {
    if (!relatedTarget) document.body.classList.remove("dropping");
  });
  addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("dropping");
    const [file] = event.dataTransfer.files;
    if (file) upload(studio, file);
  });
  document.addEventListener("keydown", (event) => key(studio, event));
}

/** Keys that work wherever no field or button of its own wants them. */
function key(studio, event) {
  const { target, ctrlKey, metaKey, shiftKey } = event;
  const isField = target.matches("input:not([type=range]), select, textarea");
  if ((ctrlKey || metaKey) && event.key.toLowerCase() === "z" && !target.matches("[type=number]")) {
    event.preventDefault();
    return shiftKey ? studio.state.redo() : studio.state.undo();
  }
  if (ctrlKey || metaKey || event.altKey || isField || !studio.composition) return;
  if (event.key === " " && !target.matches("button, a, summary")) {
    event.preventDefault();
    return studio.player.isPlaying ? studio.stop() : studio.play();
  }
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (by && !target.matches("input")) {
    event.preventDefault();
    studio.step(by * (shiftKey ? 10 : 1));
  }
}

/** What tests, and the curious, ask of the page. */
function hook(studio) {
  window.rollscan = {
    studio,
    /** Whether all frames are here, and the server has said its word on the options. */
    get isSettled() {
      return studio.frames.isComplete && !studio.isAsking;
    },
    /** Take these settings, and all others as they usually are. */
    choose(options) {
      studio.state.take(undefined);
      studio.state.set(options);
    },
    /** Composed frame k as it is drawn: {width, height, pixels: RGBA from the top, in base64}. */
    pixels(k) {
      studio.show(k);
      const pixels = studio.painter.pixels();
      let text = "";
      for (let i = 0; i < pixels.length; i += 8192) {
        text += String.fromCharCode(...pixels.subarray(i, i + 8192));
      }
      return { width: studio.frames.size[0], height: studio.frames.size[1], pixels: btoa(text) };
    },
  };
}

async function begin() {
  try {
    const given = await (await ask("state")).json();
    const studio = new Studio(given);
    listen(studio);
    hook(studio);
    new EventSource("alive"); // for as long as the page is open
    requestAnimationFrame(studio.draw);
    if (given.clip) await studio.open(given.clip, false);
  } catch (error) {
    find("says").textContent = error.message;
    find("says").classList.add("error");
  }
}

begin();
