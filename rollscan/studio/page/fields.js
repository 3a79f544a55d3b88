// Owns the fields: which pixel of which frame each pixel of a composed frame shows, as the server
// computes it from the settings. Nothing here knows an effect.

import { ask, unpacked } from "./dom.js";

const MOST = 32; // how many fields are cached
const BEGUN = 8; // frames of a field that moves that are requested first, as they come soonest
const PAUSE = 1000; // milliseconds after which a request that failed is repeated
const TALL = 2048; // rows of a texture, at least, on every GPU
const UNDER = ["delay", "y", "x", "share"]; // the planes of the first texture, by channel
const OVER = ["over_delay", "over_y", "over_x", "shade"]; // those of the second
const TRACKS = ["y", "x", "over_y", "over_x"]; // the tracks of the third

/** A field. See rollscan/studio/fields.py for the facts that the server sends with it. */
export class Field {
  /** body: what was requested. answer: see `asked`. */
  constructor(body, answer) {
    const { facts } = answer;
    Object.assign(this, { body, facts });
    this.version = 0; // how often frames have come
    this.missing = facts.moves ? facts.total : 1; // how many frames have not come
    this.has = new Uint8Array(this.missing);
    this.slit = facts.moves && facts.slit ? [] : facts.slit; // where the slit is in each frame
    const [tall, wide] = facts.shape;
    this.isFull = tall > 1 && wide > 1;
    const columns = Math.ceil(this.missing / TALL);
    // Of a full field, a texture has the pixels. Of others it has a row for each frame; where there
    // are more than TALL, they stand beside each other.
    this.size = this.isFull ? [wide, tall] : [tall * wide * columns, Math.min(this.missing, TALL)];
    const make = (names) => {
      const isNeeded = names.some((name) => facts.planes.includes(name));
      return isNeeded ? new Int16Array(4 * this.size[0] * this.size[1]) : null;
    };
    this.textures = { under: make(UNDER), over: make(OVER) };
    this.#take(answer);
    this.#takeTracks(answer);
  }

  /** The parts of the shader that it needs. */
  get parts() {
    const { planes, shape, tracks, colour, moves } = this.facts;
    const sent = planes.filter((name) => !name.endsWith("delay")).map((name) => name.toUpperCase());
    const axis = this.isFull ? [] : [shape[1] > 1 ? "COLUMNS" : "ROWS"];
    const moving = Object.keys(tracks).map((name) => `TRACK_${name.toUpperCase()}`);
    const over = planes.includes("over_delay") ? ["OVER"] : [];
    return [...axis, ...sent, ...moving, ...over, ...(colour ? ["LINE"] : []), ...(moves ? ["MOVES"] : [])];
  }

  /** Whether frame k is here. If it is not, it is requested. */
  need(k) {
    if (!this.facts.moves || this.has[k]) return true;
    this.#ask(k);
    return false;
  }

  /** Request frames that are missing, of those from frame k on first. */
  fill(k) {
    if (!this.missing) return;
    const total = this.has.length;
    let next = Math.min(k, total - 1);
    while (this.has[next]) next = (next + 1) % total;
    this.#ask(next);
  }

  /** The delay of each pixel of the picture, row by row, in frames. Of a field that stands still. */
  delays([width, height]) {
    const under = this.textures.under;
    const [tall, wide] = this.facts.shape;
    const at = (x, y) => (tall > 1 ? y : 0) * wide + (wide > 1 ? x : 0);
    return Int16Array.from({ length: width * height }, (_, i) => {
      return under[4 * at(i % width, Math.floor(i / width))];
    });
  }

  async #ask(first) {
    if (this.isAsking) return;
    this.isAsking = true;
    try {
      this.#take(await asked({ ...this.body, first }));
      this.isAsking = false;
    } catch {
      setTimeout(() => (this.isAsking = false), PAUSE); // the plan tells the error
    }
  }

  #take({ facts, planes }) {
    const { first, count } = facts;
    const [wide, tall] = this.size;
    const length = facts.shape[0] * facts.shape[1];
    let at = 0;
    for (let k = first; k < first + count; k++) {
      this.missing -= this.has[k] ? 0 : 1;
      this.has[k] = 1;
      const place = this.isFull ? 0 : (k % tall) * wide + Math.floor(k / tall) * length;
      for (const name of facts.planes) {
        const under = UNDER.indexOf(name);
        const channel = under < 0 ? OVER.indexOf(name) : under;
        const texture = under < 0 ? this.textures.over : this.textures.under;
        for (let i = 0; i < length; i++) texture[4 * (place + i) + channel] = planes[at++];
      }
    }
    if (facts.moves) facts.slit?.forEach((ends, i) => (this.slit[first + i] = ends));
    this.tracksFrom = at;
    this.version++;
  }

  /** Take the tracks, of which each frame of the field has a row. */
  #takeTracks({ facts: { tracks, total }, planes }) {
    const counts = Object.entries(tracks);
    if (!counts.length) return;
    this.track = Math.max(...counts.map(([, count]) => count)); // places in each row
    const rows = Math.min(total, TALL);
    this.trackSize = [this.track * Math.ceil(total / TALL), rows];
    const texture = new Int16Array(4 * this.trackSize[0] * rows);
    let at = this.tracksFrom;
    for (const [name, count] of counts) {
      for (let i = 0; i < total * count; i++) {
        const [frame, place] = [Math.floor(i / count), i % count];
        const column = Math.floor(frame / TALL) * this.track + place;
        texture[4 * ((frame % TALL) * this.trackSize[0] + column) + TRACKS.indexOf(name)] = planes[at++];
      }
    }
    this.textures.tracks = texture;
  }
}

/** The server's answer about a field, or null where it has none. */
async function asked(body) {
  return unpacked(await ask("field", { body }));
}

/** The fields that are requested one at a time. Of those that wait, the newest one is requested. */
export class Fields {
  #now = null; // the request that is under way
  #next = null; // the one after it
  #latest = ""; // the key of the last one

  /** effects: the names of each effect's settings, by its name. loops: as of Loops.
   *
   * arrived(field, wanted, isOld): is called when the answer to a request came, whose field is null
   * where the server has none. While the user drags, it may be about options before the latest ones;
   * isOld says whether the field of those is there already.
   */
  constructor(effects, loops, arrived) {
    Object.assign(this, { effects, loops, arrived });
    this.forget();
  }

  /** Forget all fields, as those of another clip differ. clip: the id of the one to ask about.
   * source: what else a request has, such as the rate of a camera in place of a clip.
   */
  forget(clip, source = {}) {
    this.source = { clip, ...source };
    this.known = new Map(); // by what was requested; false where the server has none
    this.#next = null;
  }

  /** Whether a field is requested that has not come yet. */
  get isAsking() {
    return Boolean(this.#now && this.#now.known === this.known) || Boolean(this.#next);
  }

  /** The field of a request, or null where there is none, or none yet.
   *
   * settings: the values of all options. count: of frames. size: the frames' in pixels. composed: the
   * size at which the file is composed. k: the frame on display.
   */
  of(wanted) {
    const { settings, count, size, composed, k = 0 } = wanted;
    const { effect, loop } = settings;
    const names = ["effect", "loop", "speed", "rgb", ...this.effects[effect], ...this.loops[loop].settings];
    const given = Object.fromEntries(names.map((name) => [name, settings[name]]));
    const body = { ...this.source, settings: given, count, size, composed };
    const key = JSON.stringify(body);
    const field = this.known.get(key);
    this.#next = field === undefined && this.#now?.key !== key ? { ...wanted, key, body, k } : null;
    this.#latest = key;
    if (field === undefined) this.#ask();
    else this.#keep(key, field);
    return field || null;
  }

  async #ask() {
    if (this.#now || !this.#next) return;
    const { known } = this;
    const wanted = { ...this.#next, known };
    this.#now = wanted;
    this.#next = null;
    const { key, body, k } = wanted;
    const answer = await asked({ ...body, first: k, most: BEGUN }).catch(() => null); // see the plan
    this.#now = null;
    if (known === this.known) {
      const field = answer && new Field(body, answer);
      this.#keep(key, field ?? false);
      this.arrived(field, wanted, key !== this.#latest && this.known.has(this.#latest));
    }
    this.#ask();
  }

  /** Cache a field as the one that was used last. */
  #keep(key, field) {
    this.known.delete(key);
    this.known.set(key, field);
    if (this.known.size > MOST) this.known.delete(this.known.keys().next().value);
  }
}
