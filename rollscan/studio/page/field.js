// Owns a field in which a number is typed: what is a number yet, and what is said of one that is not.

import { el } from "./dom.js";

const NUMBER = /^[+-]?(\d+[.,]?\d*|[.,]\d+)$/;
const BEGUN = /^[+-]?0*[.,]?0*$/; // nothing yet, or a zero that 0.5 may begin with

/** A number as people read it; the page has no more decimals than these. */
export const brief = (number) => String(Number(Number(number).toFixed(3)));

/** Whether Python would take the number: `limits` are those of the server's `state`. */
export const isAllowed = (number, { least, most, whole }) =>
  least <= number && number <= most && (!whole || Number.isInteger(number));

/** The number that a text is, with a point or a comma; undefined where it is none. */
function numberIn(text) {
  return NUMBER.test(text) ? Number(text.replace(",", ".")) : undefined;
}

/** A field for a number.
 *
 * take(number) is asked to use the number, and returns whether it may be used. What is half typed
 * waits until the field is left or Enter is pressed; what is no number is refused then.
 * release() is called when typing ends, and then update(), so that all is shown as it is.
 * allowed: what may be given, in words. step: of the arrow keys.
 */
export class NumberField {
  #isTyped = false;

  constructor({ label, step, allowed, take, release, update }) {
    Object.assign(this, { label, step, allowed, take, release, update });
    this.mistake = ""; // why what was typed last is not used: until something else changes
    const on = {
      input: () => this.#type(),
      change: () => this.#end(),
      blur: () => this.#end(),
      keydown: (event) => this.#press(event),
    };
    this.element = el("input", { type: "text", inputMode: "decimal", autocomplete: "off", on });
  }

  /** The number in the field; undefined where it is none. */
  get number() {
    return numberIn(this.#text);
  }

  /** Show a number, as text; not while another is typed. */
  show(text) {
    if (this.#isTyped && document.activeElement === this.element) return;
    this.#isTyped = false;
    this.element.value = text;
  }

  get #text() {
    return this.element.value.trim();
  }

  get #isTaken() {
    return this.number !== undefined && this.take(this.number);
  }

  #type() {
    this.#isTyped = true;
    this.mistake = "";
    this.#mark(!BEGUN.test(this.#text) && !this.#isTaken);
  }

  #end() {
    if (!this.#isTyped) return;
    const text = this.#text;
    const isWrong = text !== "" && !this.#isTaken;
    this.#isTyped = false;
    this.#mark(false);
    this.release();
    this.mistake = isWrong ? `${this.label} is ${text.slice(0, 40)}: give ${this.allowed}` : "";
    this.update();
  }

  #press(event) {
    const by = { ArrowUp: this.step, ArrowDown: -this.step }[event.key];
    if (event.key === "Enter") this.#end();
    if (!by || this.number === undefined) return;
    event.preventDefault();
    this.#isTyped = false; // so that what comes of it is shown
    this.take(this.number + by);
    this.release();
    this.update();
  }

  /** Show whether what is typed cannot be used as it is. */
  #mark(isWrong) {
    this.element.setAttribute("aria-invalid", String(isWrong));
  }
}
