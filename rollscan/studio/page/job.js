// Owns the list item of one job: its progress, the button to cancel it, and its finished files.

import { ask, el } from "./dom.js";
import { Result } from "./result.js";

const ENDS = { failed: ({ message }) => message, cancelled: () => "Cancelled: nothing was written." };

export class Job {
  /** name: of its files. gallery: what results need of the gallery, see Result. */
  constructor(name, gallery) {
    Object.assign(this, { name, gallery });
    this.isOver = false;
    this.written = new Map(); // the results that are shown, by their indices
    this.bar = el("progress", { max: 1, value: 0, ariaLabel: name });
    this.stage = el("span", { text: "Beginning", role: "status" });
    const click = () => this.#cancel();
    this.cancel = el("button", { type: "button", text: "Cancel", disabled: true, on: { click } });
    this.running = el("div", { className: "running" }, this.bar, this.cancel, this.stage);
    this.title = el("strong", { text: name });
    this.element = el("li", {}, this.title, this.running);
  }

  /** Show the job with this id until it ends. events: those that are known already. */
  follow(id, events = []) {
    this.id = id;
    this.cancel.disabled = false;
    events.forEach((event) => this.#take(event));
    if (this.isOver) return;
    const source = new EventSource(`jobs/${id}/events`);
    source.addEventListener("message", ({ data }) => {
      this.#take(JSON.parse(data));
      if (this.isOver) source.close();
    });
  }

  /** Ask whether to go on, as the server asks; if so, call `goOn`. */
  confirm(question, goOn) {
    const answered = (then) => () => {
      asked.remove();
      this.running.hidden = false;
      then();
    };
    const yes = el("button", { type: "button", text: "Replace it", on: { click: answered(goOn) } });
    const leave = answered(() => this.end("Left as it is: nothing was written."));
    const no = el("button", { type: "button", text: "Leave it", on: { click: leave } });
    const text = el("p", { role: "alert", text: question });
    const asked = el("div", { className: "asked" }, text, yes, no);
    this.running.hidden = true;
    this.element.append(asked);
    no.focus();
  }

  /** Show that the job failed or was cancelled. */
  end(message) {
    this.isOver = true;
    this.running.remove();
    this.element.append(el("p", { className: "error", role: "alert", text: message }));
  }

  #take(event) {
    if (event.type === "queued") this.stage.textContent = `Waiting: ${event.place} before it`;
    if (event.type === "progress") this.#progress(event);
    if (event.type === "written") this.#written(event);
    if (event.type in ENDS) this.end(ENDS[event.type](event));
    if (event.type !== "done") return;
    this.isOver = true;
    this.running.remove();
    this.title.remove(); // each file has its name
  }

  async #cancel() {
    this.cancel.disabled = true;
    this.stage.textContent = "Cancelling";
    await ask(`jobs/${this.id}`, { method: "DELETE" }).catch((error) => this.end(error.message));
  }

  #progress({ stage, done, left }) {
    this.bar.value = done;
    const rest = left >= 1 ? `, ${Math.ceil(left)} s left` : "";
    const text = stage[0].toUpperCase() + stage.slice(1) + rest;
    if (this.stage.textContent !== text) this.stage.textContent = text;
  }

  #written(event) {
    const { index } = event;
    if (this.written.has(index)) return; // a stream that breaks off begins anew
    const result = new Result(`jobs/${this.id}/files/${index}`, event, this.gallery);
    this.written.set(index, result);
    this.title.before(result.element); // it stays in its place when the progress goes
  }
}
