// Owns the options of the page: the chosen ones, their effective values, and undo and redo.

const same = (a, b) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

export class State {
  /** The argument is the server's state, with whose options the page begins. */
  constructor({ options, settings, looks, formats }) {
    this.given = structuredClone(options);
    this.known = new Map(settings.map((setting) => [setting.name, setting]));
    this.defaults = Object.fromEntries(settings.map(({ name, default: usual }) => [name, usual]));
    this.know(looks);
    this.titles = formats; // titles of the formats of moving pictures, by the formats' names
    this.past = []; // the options before each step that can be undone, as JSON
    this.future = [];
    this.watchers = [];
    this.held = null; // the name of the control that the user is dragging or typing in
    this.fits = new Map(); // the settings that looks set to the clip, by the looks' names
  }

  /** Note the looks that have names. */
  know(looks) {
    this.looks = new Map(looks.map((look) => [look.name, look]));
  }

  /** Call `watcher` after every change. */
  watch(watcher) {
    this.watchers.push(watcher);
  }

  /** The value of an option: the chosen one, or else the look's as it is set to the clip, or else the
   * default.
   */
  value = (name) => this.given[name] ?? this.#usual(name);

  /** The values of all options: by default the current ones, or those with another look and other
   * chosen options.
   */
  settings(look = this.given.look, given = this.given) {
    const chosen = { ...this.looks.get(look)?.settings, ...this.#fitted(look), ...given };
    return { ...this.#defaultsOf(chosen.effect ?? this.defaults.effect), ...chosen };
  }

  /** The chosen options that stay when a look is chosen, see `take`. */
  get withoutLook() {
    const isOfLook = (name) => this.known.get(name)?.needs.some(({ of }) => of === "look");
    const stays = ([name]) => !this.#isSetting(name) && !isOfLook(name);
    return Object.fromEntries(Object.entries(this.sent).filter(stays));
  }

  /** The values of all options as they would be with a look. */
  withLook(name) {
    const others = Object.entries(this.given).filter(([option]) => !this.#isSetting(option));
    return this.settings(name, Object.fromEntries(others));
  }

  /** Note which settings the chosen look sets to the clip, as the server says. */
  learn(settings) {
    if (this.given.look) this.fits.set(this.given.look, settings);
  }

  /** Note which settings looks set to the clip, by the looks' names. That of the chosen one stays. */
  learnAll(fits) {
    const learned = this.fits.get(this.given.look);
    this.fits = new Map(Object.entries(fits));
    if (learned) this.learn(learned);
  }

  /** Whether it is known which settings the chosen look sets to the clip, if it does. */
  get isFitted() {
    return !this.#fits(this.given.look) || this.fits.has(this.given.look);
  }

  /** Change options. Undefined and null stand for the default.
   *
   * held: names the control that the user is dragging or typing in, if any. All changes by one
   * control, until it is released, are undone in one step.
   */
  set(changes, held = null) {
    if (!held || held !== this.held) {
      this.past.push(JSON.stringify(this.given));
      this.future = [];
    }
    this.held = held;
    if ("look" in changes) this.given.look = changes.look; // first, as defaults depend on it
    for (const [name, value] of Object.entries(changes)) {
      // Until it is known what a look sets to the clip, what is chosen may not be what it has.
      const isUsual = this.isFitted && same(value, this.#usual(name));
      if ((value ?? null) === null || isUsual) delete this.given[name];
      else this.given[name] = value;
    }
    this.#tell();
  }

  /** Note that the user has released the control, if one was held. */
  release() {
    if (this.held === null) return;
    this.held = null;
    this.#tell();
  }

  /** Undo all changes by the control that is held, if any, as if it had never been taken. */
  cancel() {
    if (this.held === null) return;
    this.given = JSON.parse(this.past.pop());
    this.held = null;
    this.#tell();
  }

  /** Choose a look by its name, which sets all settings of looks, but for those about the clip. */
  take(name) {
    this.set({ ...this.#none(), look: name });
  }

  /** Choose the settings of a look that has no name, in place of all that the choice of a look sets. */
  wear(settings) {
    this.set({ ...this.#none(), look: undefined, ...settings });
  }

  /** The settings of looks as they are now, but for those about the clip: what has an effect, and is
   * not the default.
   */
  get asLook() {
    const settings = this.settings();
    const usual = this.#defaultsOf(settings.effect);
    const counts = ({ name, look, ofClip }) =>
      look && !ofClip && this.matters(name) && !same(settings[name], usual[name]);
    const names = [...this.known.values()].filter(counts).map(({ name }) => name);
    return Object.fromEntries(names.map((name) => [name, settings[name]]));
  }

  /** Choose an effect in place of a look. The settings that do not depend on the effect stay, but
   * for those of the effect's section that only the look has set.
   */
  choose(effect) {
    const stays = ({ name, look, needs, section }) =>
      look && !needs.some(({ of }) => of === "effect") && (name in this.given || section !== this.#place);
    const shared = [...this.known.values()].filter(stays).map(({ name }) => name);
    const kept = Object.fromEntries(shared.map((name) => [name, this.value(name)]));
    this.set({ ...this.#none(), look: undefined, ...kept, effect });
  }

  /** Begin anew with another clip: all of it is chosen, and nothing can be undone. */
  begin() {
    for (const name of ["start", "end"]) delete this.given[name];
    this.past = [];
    this.future = [];
    this.held = null;
    this.fits.clear();
  }

  /** Replace all options, by those of another address. */
  replace(given) {
    this.past.push(JSON.stringify(this.given));
    this.future = [];
    this.given = given;
    this.held = null;
    this.#tell();
  }

  undo() {
    this.#step(this.past, this.future);
  }

  redo() {
    this.#step(this.future, this.past);
  }

  /** Whether an option has an effect, given the other options. */
  matters = (name) => {
    return (this.known.get(name)?.needs ?? []).every((need) => this.#has(need));
  };

  /** The chosen options that have an effect, which are those to send to the server. */
  get sent() {
    return Object.fromEntries(Object.entries(this.given).filter(([name]) => this.matters(name)));
  }

  /** The chosen formats. */
  get formats() {
    return Object.keys(this.titles).filter((format) => this.given[format]);
  }

  #usual = (name) => {
    const { look } = this.given;
    const ofLook = this.#fitted(look)[name] ?? this.looks.get(look)?.settings[name];
    if (ofLook !== undefined || name === "effect") return ofLook ?? this.defaults[name];
    return this.#defaultsOf(this.value("effect"))[name];
  };

  /** Whether a look of this name is set to clips, as all are but those of the user. */
  #isSetToClips = (look) => Boolean(look) && !this.looks.get(look)?.own;

  /** Whether a look is set to the clip. */
  #fits = (look) => this.#isSetToClips(look) && (this.given.fit_look ?? this.defaults.fit_look);

  /** The settings that a look sets to the clip, as far as they are known. */
  #fitted(look) {
    return (this.#fits(look) && this.fits.get(look)) || {};
  }

  /** The defaults of all options. An effect may have its own for settings that it shares. */
  #defaultsOf(effect) {
    const own = [...this.known.values()].filter(({ defaults }) => effect in (defaults ?? {}));
    return { ...this.defaults, ...Object.fromEntries(own.map(({ name, defaults }) => [name, defaults[effect]])) };
  }

  /** The section of the effect's settings. */
  get #place() {
    return this.known.get("effect").section;
  }

  /** Whether the choice of a look sets an option. */
  #isSetting = (name) => {
    const { look, ofClip } = this.known.get(name) ?? {};
    return name === "look" || Boolean(look && !ofClip);
  };

  /** Whether a need of a setting is met. While no format is chosen, any format is assumed. */
  #has({ of, values }) {
    if (of === "look") return this.#isSetToClips(this.given.look);
    if (of === "names") return Boolean(this.value("names")?.length);
    if (of !== "writes") return values.includes(this.value(of));
    return !this.formats.length || values.some((output) => this.given[output]);
  }

  /** The changes that set all that the choice of a look sets to the defaults. */
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
