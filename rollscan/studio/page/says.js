// Owns the line under the picture, which says in what the picture differs from the file, and errors.

import { ENDED, find } from "./dom.js";

export class Says {
  #progress = null; // how far the server is with the question under way

  #isKept = false; // whether an error is shown until the options change

  constructor(studio) {
    this.studio = studio;
    this.isOver = false; // whether the server has ended
  }

  /** Show a message; an error is emphasized. */
  say(text, isError = false) {
    const line = find("says");
    if (line.textContent !== text) line.textContent = text;
    line.classList.toggle("error", isError);
  }

  /** Show an error until the options change. */
  keep(error) {
    this.say(error, true);
    this.#isKept = true;
  }

  /** Let go of the error that is kept, if there is one. */
  letGo() {
    this.#isKept = false;
  }

  /** Say that the server has ended, or that it is there again. */
  setOver(isOver) {
    if (isOver === this.isOver) return;
    this.isOver = isOver;
    if (isOver) this.say(ENDED, true);
    else this.tell();
  }

  /** Note how far the server is. what: it does, "" for reading frames. done: the share; null: unknown. */
  setProgress(what, done) {
    this.#progress = done === null ? null : { what, done };
    this.tell();
  }

  /** Forget how far the server was, as another question is sent. */
  forgetProgress() {
    this.#progress = null;
  }

  /** Say in what the picture differs from the file that will be made. */
  tell() {
    const { camera, clip, painter, loading, failing } = this.studio;
    if (painter.isLost || this.isOver || this.#isKept || failing.size) return;
    if (camera.isOn) return this.say(camera.told);
    if (!clip || loading.hasFailed) return;
    this.say([...this.#loading(), ...this.#waiting(), ...this.#differing()].join(" · "));
  }

  #loading() {
    const { frames, clip, loading } = this.studio;
    const size = frames.size.join(" × ");
    if (!frames.isComplete) {
      return [`Reading, ${Math.round((100 * frames.arrived) / (frames.count || 1))} %`];
    }
    if (!frames.isWhole) {
      return [`Shown are the first ${(frames.count / clip.fps).toFixed(1)} s, at ${size}`];
    }
    return loading.isFull ? [] : [`Shown at ${size}: the clip is long`];
  }

  #waiting() {
    const { spans, plan, state } = this.studio;
    if (plan?.error) return [];
    const words = [];
    if (spans.isChosenByLoop && !spans.match) {
      const looking = `Looking for the loop${this.#share}`;
      words.push(spans.isHere ? looking : "The loop shows in a shorter part");
    }
    if (!state.isFitted) words.push(`Setting the look to the clip${this.#share}`);
    return words;
  }

  #differing() {
    const { exact, make, player, shape, written } = this.studio;
    const words = [];
    if (written.isShown) {
      const { w, h, fps } = written.file;
      words.push(`As written, ${w} × ${h} at ${Number(fps.toFixed(1))} fps`);
    } else if (written.isChosen) words.push(`As written: it is being made${this.#share}`);
    else if (exact.absent.length) {
      const all = exact.absent.join(", ");
      const remedy = player.isPlaying ? "stop to see it" : `it is being made${this.#share}`;
      words.push(exact.isShown ? `With ${all}` : `Live without ${all}: ${remedy}`);
    }
    if (shape.told) words.push(shape.told);
    if (make.file?.givenUp) words.push(`to fit, it gives up about ${make.file.givenUp}`);
    return words;
  }

  /** How far the server is with what the page waits for, in words. */
  get #share() {
    const { isAsking, exact, written } = this.studio;
    if (!this.#progress || !(isAsking || exact.isMaking || written.isChosen)) return "";
    const { what, done } = this.#progress;
    return `${what && `: ${what}`}, ${Math.round(100 * done)} %`;
  }
}
