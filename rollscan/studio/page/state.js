// Owns the options: what was chosen, what that comes to, and the way back. One truth for the page.

const same = (a, b) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

export class State {
  /** The server's `state`: its options are where we begin. */
  constructor({ options, settings, looks, formats }) {
    this.given = structuredClone(options);
    this.known = new Map(settings.map((setting) => [setting.name, setting]));
    this.defaults = Object.fromEntries(settings.map(({ name, default: usual }) => [name, usual]));
    this.looks = new Map(looks.map((look) => [look.name, look]));
    this.titles = formats; // of the formats of moving pictures, by name
    this.past = []; // what was given before, as JSON
    this.future = [];
    this.watchers = [];
    this.held = null; // what is in the hand
  }

  /** Call `watcher` after every change. */
  watch(watcher) {
    this.watchers.push(watcher);
  }

  /** What an option is: as chosen, or as the look has it, or as usual. */
  value = (name) => this.given[name] ?? this.#usual(name);

  /** All options as they are; or with a look by another name, and others given. */
  settings(look = this.given.look, given = this.given) {
    return { ...this.defaults, ...this.looks.get(look)?.settings, ...given };
  }

  /** The options as they would be with a look by name: all settings are its own. */
  withLook(name) {
    const others = Object.entries(this.given).filter(([option]) => !this.#isSetting(option));
    return this.settings(name, Object.fromEntries(others));
  }

  /** Change options. While something is in the hand, `held` names it: all that is one step back. */
  set(changes, held = null) {
    if (!held || held !== this.held) {
      this.past.push(JSON.stringify(this.given));
      this.future = [];
    }
    this.held = held;
    if ("look" in changes) this.given.look = changes.look; // first: it is what others differ from
    for (const [name, value] of Object.entries(changes)) {
      if ((value ?? null) === null || same(value, this.#usual(name))) delete this.given[name];
      else this.given[name] = value;
    }
    this.#tell();
  }

  /** Let go of what is in the hand, if anything is. */
  release() {
    if (this.held === null) return;
    this.held = null;
    this.#tell();
  }

  /** Take a look by name; what is made, and of which part, stays. */
  take(name) {
    this.set({ ...this.#none(), look: name });
  }

  /** Choose an effect: the look is given up, but for its loop, its colours and what was mended. */
  choose(effect) {
    const isShared = ({ look, needs }) => look && !needs.some(({ of }) => of === "effect");
    const shared = [...this.known.values()].filter(isShared).map(({ name }) => name);
    const kept = Object.fromEntries(shared.map((name) => [name, this.value(name)]));
    this.set({ ...this.#none(), look: undefined, ...kept, effect });
  }

  /** There is no way back from here. */
  forget() {
    this.past = [];
    this.future = [];
  }

  undo() {
    this.#step(this.past, this.future);
  }

  redo() {
    this.#step(this.future, this.past);
  }

  /** Whether an option would change anything. */
  matters = (name) => {
    return (this.known.get(name)?.needs ?? []).every((need) => this.#has(need));
  };

  /** The options that matter, as the server takes them. */
  get sent() {
    return Object.fromEntries(Object.entries(this.given).filter(([name]) => this.matters(name)));
  }

  /** The formats that will be made. */
  get formats() {
    return Object.keys(this.titles).filter((format) => this.given[format]);
  }

  #usual = (name) => this.looks.get(this.given.look)?.settings[name] ?? this.defaults[name];

  #isSetting = (name) => name === "look" || Boolean(this.known.get(name)?.look);

  /** Whether what a setting needs is there; where no format is chosen yet, any may be. */
  #has({ of, values }) {
    if (of === "names") return Boolean(this.value("names")?.length);
    if (of !== "writes") return values.includes(this.value(of));
    return !this.formats.length || values.some((output) => this.given[output]);
  }

  /** All settings chosen, as if they were not. */
  #none() {
    const chosen = Object.keys(this.given).filter(this.#isSetting);
    return Object.fromEntries(chosen.map((name) => [name, undefined]));
  }

  #step(from, to) {
    if (!from.length) return;
    to.push(JSON.stringify(this.given));
    this.given = JSON.parse(from.pop());
    this.held = null;
    this.#tell();
  }

  #tell() {
    for (const watcher of this.watchers) watcher();
  }
}
