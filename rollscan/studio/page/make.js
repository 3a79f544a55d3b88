// Owns the foot that makes files: the command, what they are expected to be, the jobs.

import { ask, bytes, el, find, rested, seconds } from "./dom.js";
import { Gallery } from "./gallery.js";
import { hold } from "./result.js";

const AUTO = "auto"; // the length of the part where most moves

export class Make {
  constructor(studio) {
    this.studio = studio;
    this.gallery = new Gallery(studio.given.jump);
    find("show-command").addEventListener("click", () => this.#showCommand());
    find("make").addEventListener("click", () => this.#make());
    find("remedy").addEventListener("click", () => this.remedy());
    find("copy").addEventListener("click", () => copy(find("command"), find("copy")));
    studio.state.watch(() => hold(studio.state.held !== null));
    this.estimate = rested(900, () => this.#estimate());
  }

  /** Show the current options. row: of the option that the plan's error is about, if it is on the page. */
  update(plan, row) {
    const { told } = this.studio.places;
    find("make").textContent = `Make ${told}`;
    find("expected").classList.toggle("error", Boolean(plan?.error));
    if (plan?.error) find("expected").textContent = told ? plan.error : this.#lacking;
    this.#offer(plan, row);
  }

  /** What is said while no file is chosen. */
  get #lacking() {
    return `Choose a format: ${Object.values(this.studio.state.titles).join(", ")}.`;
  }

  /** Offer a way out of the plan's error: to its option, or else without that. Of a long clip that is
   * shown from its beginning to its end, offer a part.
   */
  #offer(plan, row) {
    const { state } = this.studio;
    const { field } = plan ?? {};
    const canLeave = plan?.error && field in state.given;
    const isLong = plan?.isLong && !plan.error;
    find("remedy").hidden = !(isLong || (plan?.error && (row || canLeave)));
    if (isLong) {
      find("remedy").textContent = "Only where most moves";
      this.remedy = () => state.set({ length: AUTO });
    } else if (row) {
      find("remedy").textContent = "Show it";
      this.remedy = () => {
        row.scrollIntoView({ block: "center" });
        row.querySelector("input").focus();
      };
    } else if (canLeave) {
      find("remedy").textContent = `Leave out ${(state.known.get(field)?.label ?? field)}`;
      this.remedy = () => state.set({ [field]: undefined });
    }
  }

  /** Mark the command as out of date, because the options changed and their plan has not come. */
  wait() {
    find("command").classList.add("waiting");
    this.estimate.cancel();
    this.asking?.abort();
    this.out = this.file = this.all = null;
  }

  /** The frames per second of the file that is shown, or null where they are not known. */
  get fps() {
    return this.file?.fps ?? this.out?.fps ?? null;
  }

  /** Note what the file that is shown is expected to be, where something is given up for a limit. */
  expect(file, all = this.all) {
    const isSlower = file.fps && file.fps !== this.fps;
    Object.assign(this, { file, all });
    find("expected").textContent = this.#facts();
    if (isSlower) this.studio.compose();
    this.studio.tell();
  }

  /** Show the plan of the current options: the command and the size, or the error. */
  judge(plan) {
    // Each word is an element, so that lines break only between words.
    const words = (plan.command ?? "").split(" ").flatMap((text) => [el("span", { text }), " "]);
    find("command").replaceChildren(...words.slice(0, -1));
    find("command").classList.remove("waiting");
    find("make").disabled = Boolean(plan.error);
    if (plan.error || !plan.out) return;
    Object.assign(this, { out: plan.out, file: null, all: null });
    find("expected").textContent = this.#facts();
    this.estimate();
  }

  #showCommand() {
    const isShown = find("typed").hidden;
    find("typed").hidden = !isShown;
    find("show-command").setAttribute("aria-expanded", String(isShown));
  }

  async #estimate() {
    this.asking?.abort();
    this.asking = new AbortController();
    const { signal } = this.asking;
    try {
      const answer = await ask("estimate", { body: this.studio.request(), signal });
      const { all, ...file } = await answer.json();
      if (!signal.aborted) this.expect(file, all);
    } catch {
      if (!signal.aborted) this.expect({}, []); // it is told without the bytes
    }
  }

  /** What the file that is shown will be: its size, its rate, which part it shows, and its bytes.
   *
   * Where it has to fit into a limit, these depend on what is given up, which the estimate tells.
   */
  #facts() {
    const { out, file, all, studio } = this;
    if (out.most && !file) {
      const most = [`up to ${out.w} × ${out.h}`, seconds(out.seconds), `at most ${bytes(out.most)}`];
      return `${most.join(" · ")}: looking what fits`;
    }
    const { w, h, fps } = { ...out, ...(file?.w && file) };
    const about = w === out.w && fps === out.fps ? "" : "about ";
    const { match, part } = studio.spans;
    const from = match ? ` from ${seconds(studio.spans.timeOf(part[0] + match.first))}` : "";
    const facts = [`${about}${w} × ${h}`, `${Number(fps.toFixed(1))} fps`, seconds(out.seconds) + from];
    if (!all) facts.push("about …");
    else if (all.length) facts.push(`about ${all.map(bytes).join(" and ")}`);
    return facts.join(" · ");
  }

  /** Show jobs that were begun before this page was loaded. */
  async recall() {
    for (const { id, names, events } of await (await ask("jobs")).json()) {
      const isGone = events.at(-1)?.type === "done" && !events.some(({ type }) => type === "written");
      if (!isGone) this.gallery.add(names.join(", ")).follow(id, events);
    }
  }

  async #make() {
    const { state, places } = this.studio;
    const names = places.outputs.map((name) => state.given[name]);
    await this.#order(this.gallery.add(names.join(", ")), this.studio.request());
  }

  /** Send the order of a job. Where that would replace a file, the user is asked, and then it is sent
   * again.
   */
  async #order(job, body) {
    try {
      const { id, asks } = await (await ask("jobs", { body })).json();
      if (asks) job.confirm(asks, () => this.#order(job, { ...body, replace: true }));
      else job.follow(id);
    } catch (error) {
      job.end(error.message);
    }
  }
}

/** Copy an element's text. Where the clipboard is not available, select the text for Ctrl+C. */
async function copy(from, button) {
  try {
    await navigator.clipboard.writeText(from.textContent);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(from);
    button.textContent = "Selected";
  }
  setTimeout(() => (button.textContent = "Copy"), 1600);
}
