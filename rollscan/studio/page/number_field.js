// Owns the field in which the user types a number: the checks while typing, and the messages.

import { el } from "./dom.js";

const NUMBER = /^[+-]?(\d+[.,]?\d*|[.,]\d+)$/;
const BEGUN = /^[+-]?0*[.,]?0*$/; // nothing, or a zero with which a number such as 0.5 may begin

/** Format a number with at most 3 decimals, which are all that the page uses. */
export const brief = (number) => String(Number(Number(number).toFixed(3)));

/** Whether a number is within a setting's limits, which are the ones that Python checks. */
export const isAllowed = (number, { least, most, whole }) =>
  least <= number && number <= most && (!whole || Number.isInteger(number));

/** Parse a number with a decimal point or comma; undefined where the text is not a number. */
export function numberIn(text) {
  return NUMBER.test(text) ? Number(text.replace(",", ".")) : undefined;
}

/** A text field for a number.
 *
 * take(number): is called for each number that is typed, sets it if it is allowed, and returns
 * whether it is. A text that is no number yet is accepted while the user types, and refused when the
 * field loses the focus or Enter is pressed. release(): is called when typing ends, and after it
 * update(), which has to show all options. allowed: says in words which numbers are allowed. step:
 * by how much the arrow keys change the number.
 */
export class NumberField {
  #isTyped = false;

  constructor({ label, step, allowed, take, release, update }) {
    Object.assign(this, { label, step, allowed, take, release, update });
    this.mistake = ""; // why the last text was refused, until another option changes
    const on = {
      input: () => this.#type(),
      change: () => this.#end(),
      blur: () => this.#end(),
      keydown: (event) => this.#press(event),
    };
    this.element = el("input", { type: "text", inputMode: "decimal", autocomplete: "off", on });
  }

  /** The number in the field; undefined where the text is not a number. */
  get number() {
    return numberIn(this.#text);
  }

  /** Show a number, given as text, unless the user is typing one. */
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
    this.#isTyped = false; // so that `show` replaces the text
    this.take(this.number + by);
    this.release();
    this.update();
  }

  /** Mark the field as wrong, or as right again. */
  #mark(isWrong) {
    this.isMarked = isWrong;
    this.element.setAttribute("aria-invalid", String(isWrong));
  }
}
