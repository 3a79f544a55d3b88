// Owns the studio's page as a whole: the clip, the options, their composition and the server's plan.

import { Camera } from "./camera.js";
import { Composition } from "./composition.js";
import { Controls } from "./controls.js";
import { ask, find, rested, seconds } from "./dom.js";
import { Exact } from "./exact.js";
import { Fields } from "./fields.js";
import { Frames } from "./frames.js";
import { Keyframes } from "./keyframes.js";
import { Loading } from "./loading.js";
import { Looks } from "./looks.js";
import { LoopBar } from "./loop_bar.js";
import { Loops } from "./loops.js";
import { Make } from "./make.js";
import { OwnMap } from "./own_map.js";
import { Places } from "./places.js";
import { OwnLooks } from "./own_looks.js";
import { Painter } from "./painter.js";
import { AllMasks } from "./masks.js";
import { FULL, Player } from "./player.js";
import { Says } from "./says.js";
import { Shape } from "./shape.js";
import { Sound } from "./sound.js";
import { Spans } from "./spans.js";
import { Stage } from "./stage.js";
import { State } from "./state.js";
import { Strip } from "./strip.js";
import { Timeline } from "./timeline.js";
import { Viewing } from "./viewing.js";
import { Written } from "./written.js";

const calm = matchMedia("(prefers-reduced-motion: reduce)");

export class Studio {
  constructor(given) {
    this.given = given;
    this.state = new State(given);
    this.platforms = given.platforms;
    this.clip = null;
    this.plan = null; // the server's last plan
    this.composition = null;
    this.failing = new Set(); // which of "composed" and "drawn" failed the last time
    this.painter = new Painter(find("live"), {
      lost: () => this.say("The GPU is gone; the picture comes back with it.", true),
      restored: () => (this.camera.isOn ? this.camera.keep() : this.loading.load()),
    });
    this.frames = new Frames(this.painter);
    this.camera = new Camera(this);
    this.loops = new Loops(given.loops, () => this.compose());
    this.masks = new AllMasks(given.loops, () => this.compose());
    this.fields = new Fields(given.effects, given.loops, (field, wanted, isOld) => {
      const compose = () => (this.camera.isOn ? this.#composed() : this.#take(field, wanted));
      if (field && !isOld) this.#attempt("composed", compose);
      this.#update();
    });
    this.player = new Player();
    this.says = new Says(this);
    this.spans = new Spans(this);
    this.loading = new Loading(this);
    this.exact = new Exact(this);
    this.written = new Written(this);
    this.stage = new Stage(this);
    this.shape = new Shape();
    this.timeline = new Timeline(this);
    this.viewing = new Viewing(this);
    this.loopBar = new LoopBar(this);
    this.strip = new Strip(this);
    this.keyframes = new Keyframes(this);
    this.sound = new Sound(this);
    this.looks = new Looks(this);
    this.ownLooks = new OwnLooks(this);
    this.make = new Make(this);
    const sections = Map.groupBy(given.settings, ({ section }) => section ?? "");
    sections.delete(""); // settings without a control in a section
    this.controls = [...sections].map(
      ([name, rows]) => new Controls(find(name), rows, this.state, (option) => this.#comesTo(option)),
    );
    const rows = this.controls.flatMap((section) => section.rows);
    rows.filter(({ takesFile }) => takesFile).forEach((row) => new OwnMap(this, row));
    this.places = new Places(this);
    this.state.watch(() => this.changed());
    this.askPlan = rested(120, () => this.#plan());
  }

  /** Show a message in the line under the picture; an error is emphasized. */
  say = (text, isError = false) => this.says.say(text, isError);

  /** Say in what the picture differs from the file that will be made. */
  tell = () => this.says.tell();

  /** Stop all requests that are sent by themselves, as another clip is about to be opened. */
  pause() {
    this.askPlan.cancel();
    this.loading.pause();
    this.planning?.abort();
    this.exact.drop();
    this.written.wait();
    this.make.wait();
  }

  /** Go on with the clip that is open, after `pause`. */
  resume() {
    if (this.clip) this.changed();
  }

  /** Open a clip. isNew: whether it takes the place of another; files are then named after it. */
  async open(clip, isNew) {
    this.pause();
    this.camera.release();
    const [count, per = 1] = clip.rate.split("/").map(Number);
    this.frames.forget();
    this.clip = { first: 0, ...clip, fps: count / per };
    document.body.dataset.clip = "open";
    document.title = `${clip.name} – rollscan`;
    const facts = [`${clip.width} × ${clip.height}`, `${Number(this.clip.fps.toFixed(2))} fps`];
    find("clip").textContent = [clip.name, ...facts, seconds(clip.seconds)].join(" · ");
    this.plan = null;
    this.isFresh = true; // until all of it is here
    this.loops.forget(clip.id);
    this.fields.forget(clip.id);
    this.masks.forget(clip.id);
    this.looks.forget();
    if (isNew) this.state.begin();
    if (isNew || !this.state.formats.length) this.places.rename();
    this.timeline.open();
    this.player.isPlaying = !calm.matches;
    this.player.at = 0;
    await this.loading.load();
  }

  /** Stop at a frame of the clip. */
  seek(frame) {
    if (!this.composition) return;
    this.stopAt(this.composition.loop.showing(Math.round(frame) - this.spans.composed.first));
  }

  /** Stop at a composed frame. */
  stopAt(k) {
    this.player.goTo(k);
    this.turn(false);
  }

  /** Play or stop. When stopped, what cannot be shown live is requested from the server. */
  turn(isPlaying = !this.player.isPlaying) {
    if (this.camera.isOn) return;
    this.player.isPlaying = isPlaying;
    find("play").setAttribute("aria-label", isPlaying ? "Stop" : "Play");
    find("play").dataset.playing = isPlaying;
    this.exact.drop();
    this.isDue = true;
    if (!isPlaying) this.exact.ask();
    this.tell();
  }

  // The composition

  /** The size at which the file is composed, to whose pixels the slit's width refers. */
  get madeSize() {
    if (this.camera.isOn) return this.frames.size;
    if (this.plan?.composed) return this.plan.composed;
    const { width, height } = this.clip;
    const asked = this.state.value("width");
    const scale = asked ? asked / width : Math.min(1, this.given.fit / Math.max(width, height));
    return [Math.round(width * scale), Math.max(1, Math.round(height * scale))];
  }

  /** Take note of other options, or other frames. */
  changed() {
    this.says.letGo();
    this.compose();
    if (this.camera.isOn) return this.tell();
    this.isAsking = true;
    this.planning?.abort(); // it was a request about other options
    this.make.wait();
    this.written.wait();
    this.askPlan();
    this.loading.follow();
    this.turn(this.player.isPlaying);
  }

  /** Compose the frames that are here with the current options. */
  compose() {
    if (!this.clip && !this.camera.isOn) return;
    this.#attempt("composed", () => this.#composed());
    this.#update();
  }

  /** Show what the current options come to beside the picture: while something is dragged, after the
   * picture, which has to follow the hand.
   */
  #update() {
    this.isStale = this.state.held !== null;
    if (!this.isStale) this.#showOptions();
  }

  #showOptions() {
    this.isStale = false;
    const wrong = this.controls.map((section) => section.update(this.plan)).find(Boolean);
    this.places.update();
    this.ownLooks.update();
    this.make.update(this.plan, wrong);
    if (!this.camera.isOn) this.timeline.update();
    this.keyframes.update();
    find("undo").disabled = !this.state.past.length;
    find("redo").disabled = !this.state.future.length;
  }

  #composed() {
    if (this.camera.isOn) {
      this.camera.compose();
      this.#place();
      return;
    }
    const { count, total } = this.spans.composed;
    if (!count) return;
    const settings = this.state.settings();
    this.loops.of(settings, count); // both are requested at once
    const [size, composed, k] = [this.frames.size, this.madeSize, this.player.k || 0];
    const wanted = { settings, count: total, size, composed, k };
    const field = this.fields.of(wanted);
    if (field && this.#take(field, wanted)) return;
    this.#place();
    this.looks.update();
  }

  /** Show the composition of a field, or keep the picture as it is if its loop has not come yet.
   * Return whether it is shown.
   */
  #take(field, { settings, size, composed }) {
    const { first, count } = this.spans.composed;
    const isOfOthers = String(size) !== String(this.frames.size); // other frames than are here
    const loop = !isOfOthers && count && this.loops.of(settings, count);
    if (!loop) return false;
    const rate = this.clip.fps * settings.speed;
    const masks = this.masks.of(settings, count, first - this.frames.first, this.frames);
    const composition = new Composition(settings, composed, rate, loop, field, masks);
    this.player.take(composition, this.make.fps ?? settings.fps ?? rate);
    if (this.isFresh && this.frames.isComplete) {
      this.isFresh = false;
      if (calm.matches) this.player.goTo(Math.round(FULL * loop.period));
    }
    this.composition = composition;
    this.composedFrom = first;
    this.composedOf = this.frames.asking; // if this changes, the frames are being replaced
    this.isDue = true;
    this.#place();
    this.looks.update();
    return true;
  }

  /** Show what is on the picture where the current options have it. */
  #place() {
    const { state, plan } = this;
    const crop = [...state.known.values()].find(({ ofCrop }) => ofCrop);
    const focus = crop && state.matters(crop.name) ? state.value(crop.name) : null;
    this.shape.update(plan?.out, state.value("fit"), focus);
    this.stage.update();
  }

  /** Do some work, and show its error, if any, until the same work succeeds. Nothing is thrown. */
  #attempt(what, work) {
    try {
      work();
      if (this.failing.delete(what)) this.tell();
    } catch (error) {
      if (this.failing.has(what)) return;
      this.failing.add(what);
      console.error(error);
      const remedy = "undo the last change, or load this page again";
      this.say(`The picture cannot be ${what} (${error.message}): ${remedy}.`, true);
    }
  }

  /** The value that an option will have that is left to the plan or to the effect; null if none. */
  #comesTo(option) {
    return this.plan?.comesTo?.[option] ?? this.composition?.field.facts.comesTo[option] ?? null;
  }

  // The server

  /** The body of a request about a job: the clip, the chosen options, and what else there is. */
  request(more = {}) {
    return { clip: this.clip.id, options: this.state.sent, ...more };
  }

  /** The look that the plan's command names, as the chosen settings come to it; null if none. */
  get named() {
    return this.isAsking ? null : this.plan?.look ?? null;
  }

  /** What of the chosen look is set to the clip, in words. */
  get told() {
    return this.isAsking ? "" : this.plan?.told ?? "";
  }

  async #plan() {
    this.planning = new AbortController();
    const { signal } = this.planning;
    this.says.forgetProgress();
    const part = this.spans.part.join();
    try {
      const answer = await ask("plan", { body: this.request(), signal });
      const plan = await answer.json();
      if (signal.aborted) return;
      this.state.learn(plan.fitted);
      this.plan = { ...plan, of: this.spans.key, part };
      this.make.judge(this.plan);
      this.compose();
      this.isAsking = false;
      this.isDue = true;
      this.looks.update();
      this.exact.ask();
      this.sound.update();
      if (!plan.error) {
        this.looks.askFits();
        this.written.update();
      }
      this.tell();
    } catch (error) {
      if (!signal.aborted) this.say(error.message, true);
    }
  }

  // The screen

  /** Draw what is due, once for each frame of the screen. */
  draw = (now) => {
    requestAnimationFrame(this.draw);
    this.sound.follow();
    if (this.camera.isOn) return; // it draws when its frames come
    const isHere = this.frames.arrived && this.composedOf === this.frames.asking;
    if (!this.composition || !isHere || this.painter.isLost) return;
    this.#attempt("drawn", () => {
      const k = this.player.tick(now);
      const { held } = this.state;
      // What is dragged has to follow the hand: then pictures are drawn for the answers alone.
      const isWaiting = held && this.fields.isAsking && !this.isDue;
      if (this.isStale && isWaiting) this.#showOptions();
      if (isWaiting) return;
      const isDrawn = !held && this.looks.draw(now, calm.matches);
      if (!held) this.composition.fill(k);
      const isChanged = isDrawn || this.isDue || k !== this.shown;
      if (isChanged && this.composition.isReady(k)) this.show(k);
      if (this.isStale) this.#showOptions();
    });
  };

  /** Draw composed frame k. */
  show(k) {
    const first = this.camera.isOn ? 0 : this.composedFrom - this.frames.first;
    if (!this.camera.isOn) this.strip.show(k); // first, as it is drawn where the picture is
    this.painter.draw(this.composition, k, first, this.viewing.source);
    this.stage.show(k);
    this.shape.show();
    this.keyframes.show(k);
    if (this.clip) this.sound.show(k);
    if (!this.camera.isOn) {
      this.timeline.show(k);
      this.loopBar.show(k);
    }
    this.shown = k;
    this.isDue = false;
  }
}
