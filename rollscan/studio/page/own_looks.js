// Owns the keeping and the removing of looks of one's own, which the command line knows too.

import { ask, el, find } from "./dom.js";

export class OwnLooks {
  constructor(studio) {
    this.studio = studio;
    this.open = find("keep-look");
    this.form = find("name-look");
    this.name = el("input", { maxLength: 40, placeholder: "its name", autocomplete: "off", spellcheck: false, aria: { label: "Name of the look" } });
    this.keep = el("button", { text: "Keep" });
    this.error = el("p", { className: "error", role: "alert" });
    this.remove = el("button", { type: "button", className: "quiet", text: "Remove this look" });
    this.form.append(this.name, this.keep, this.error);
    find("of-look").append(this.remove);
    this.open.addEventListener("click", () => this.#turn(this.form.hidden));
    this.name.addEventListener("input", () => this.#check());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#keep();
    });
    this.remove.addEventListener("click", () => this.#remove());
  }

  /** Show the current options. */
  update() {
    const { state } = this.studio;
    this.remove.hidden = !state.looks.get(state.given.look)?.own;
  }

  #turn(isShown) {
    this.form.hidden = !isShown;
    this.open.setAttribute("aria-expanded", String(isShown));
    this.#check();
    if (isShown) this.name.focus();
  }

  /** The name as the command line takes it: in small letters, with - in place of spaces. */
  get #called() {
    return this.name.value.trim().toLowerCase().replace(/\s+/g, "-");
  }

  #check() {
    const isThere = this.studio.state.looks.get(this.#called)?.own;
    this.keep.textContent = isThere ? "Replace" : "Keep";
    this.keep.disabled = !this.#called;
    this.error.textContent = "";
  }

  async #keep() {
    const { state, clip } = this.studio;
    const name = this.#called;
    const options = { ...state.asLook, ...this.#output };
    const isThere = Boolean(state.looks.get(name)?.own);
    try {
      const answer = await ask("looks", { body: { clip: clip.id, name, options, replace: isThere } });
      this.#take(await answer.json());
      state.take(name);
      this.name.value = "";
      this.#turn(false);
    } catch (error) {
      this.error.textContent = error.message;
    }
  }

  /** Any file: the server reads a look as that of one. */
  get #output() {
    const { state } = this.studio;
    const [format] = state.formats;
    return { [format ?? Object.keys(state.titles)[0]]: "look" };
  }

  async #remove() {
    const { state } = this.studio;
    const name = state.given.look;
    const kept = { ...state.asLook };
    try {
      const answer = await ask(`looks/${encodeURIComponent(name)}`, { method: "DELETE" });
      state.set({ look: undefined, ...kept }); // the picture stays
      this.#take(await answer.json());
    } catch (error) {
      this.studio.say(error.message, true);
    }
  }

  #take(looks) {
    this.studio.state.know(looks);
    this.studio.looks.renew();
    this.studio.compose();
  }
}
