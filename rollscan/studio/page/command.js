// Owns the command line that makes the same: always in sight, one click copies it.

import { find } from "./dom.js";

export class Command {
  constructor() {
    this.text = find("command-text");
    find("copy").addEventListener("click", () => this.#copy());
  }

  /** Show the command, or that another is being worked out. */
  show(command) {
    find("command").classList.toggle("waiting", command === null);
    if (command) this.text.textContent = command;
  }

  async #copy() {
    const button = find("copy");
    try {
      await navigator.clipboard.writeText(this.text.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(this.text); // no clipboard here: Ctrl+C does it
      button.textContent = "Selected";
    }
    setTimeout(() => (button.textContent = "Copy"), 1600);
  }
}
