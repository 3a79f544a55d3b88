// Owns which moments a composed frame is made of: rollscan's effects as arithmetic, loops as tables.
//
// Python's rollscan/effect is the truth; the same numbers in the same order of operations are here,
// so that rounding agrees. A loop's sources come from Python. Nothing here knows of pixels' colours
// or of WebGL.
//
// A composed frame is told as lines: rows, or columns where history flows sideways. Each line shows
// line `from` of moment `moment`; over it lies the same line of moment `other`, by a `share` of 0
// to 1. The shader turns moments into frames (see shader.js).

const HAIR = 1e-6; // of a frame or row: a quotient may fall this short of what it should be
const FILL_SECONDS = 3; // in which an automatic slit width fills the history side
const FLOWS = { up: [true], down: [false], left: [true], right: [false], out: [true, false] };
const THIN = 270; // rows for one row of a scan's line
const PAINTED = -1; // instead of a moment: the scan's line

export const MAPS = ["up", "down", "left", "right", "out", "in", "radial"];

export const isSideways = (direction) => direction === "left" || direction === "right";
export const isMoving = (slit) => Array.isArray(slit);

/** The whole number nearest, halves to the even one, as Python rounds. */
export function rounded(number) {
  const low = Math.floor(number);
  const rest = number - low;
  return rest < 0.5 || (rest === 0.5 && low % 2 === 0) ? low : low + 1;
}

/** The direction of a look, which depends on its effect where none is given. */
export const directionOf = (look) => look.direction || (look.effect === "scan" ? "down" : "up");

/** Where a line of a picture `length` lines long is in one that has `other` lines. */
const scaled = (line, length, other) => Math.floor(((line + 0.5) * other) / length);

/** How frames are made cyclic: the sources of each frame of a loop of `count` frames. */
export class Loop {
  /** rows: the server's, four numbers a frame: the one under, the one over it, and their shares. */
  constructor(rows, count, isCyclic) {
    Object.assign(this, { rows, count, isCyclic });
    this.period = rows.length / 4;
    const frames = Array.from({ length: this.period }, (_, k) => this.at(k));
    this.isBlended = frames.some(({ share }) => share > 0);
    this.isPlain = !this.isBlended && frames.every(({ a }, k) => a === k);
  }

  /** What frame k of the loop is made of: frame `a`, and over it frame `b` by a share. */
  at(k) {
    const [a, b, , share] = this.rows.subarray(4 * k, 4 * k + 4);
    return { a, b, share };
  }

  /** The first frame of the loop that shows this one, or the one nearest to it. */
  showing(frame) {
    let nearest = 0;
    for (let k = 1; k < this.period; k++) {
      if (Math.abs(this.at(k).a - frame) < Math.abs(this.at(nearest).a - frame)) nearest = k;
    }
    return nearest;
  }
}

/** The roll: history flows away from the slit. length: lines of the file that will be made. */
class Roll {
  constructor(look, length, rate, loop) {
    Object.assign(this, { length, loop, feather: look.feather });
    this.flows = FLOWS[directionOf(look)];
    this.width = Math.min(slitWidth(look, length, rate), length);
    this.path = isMoving(look.slit) ? slitPath(look.slit, loop.period) : () => look.slit;
    this.reaches = []; // of the history in a loop that is cut, frame by frame
    const fills = isMoving(look.slit) ? length - this.width : sides(look, this.width, length);
    this.frames = Math.ceil(fills / this.width); // that fill the history
  }

  /** The slit's first line in frame k. */
  slit(k) {
    const { period, isCyclic } = this.loop;
    const at = this.path(isCyclic ? ((k % period) + period) % period : k);
    return slitRow(at, this.width, this.length);
  }

  /** The line at which history begins above the slit in frame k, and the one where it ends below. */
  reach(k) {
    if (this.loop.isCyclic) return [0, this.length];
    for (let i = this.reaches.length; i <= k; i++) {
      const slit = this.slit(i);
      const [top, bottom] = this.reaches[i - 1] ?? [slit + this.width, slit];
      const upper = Math.min(Math.max(top - this.width, 0), slit);
      const lower = Math.max(Math.min(bottom + this.width, this.length), slit + this.width);
      this.reaches.push([upper, lower]);
    }
    return this.reaches[k];
  }

  /** What the line `row` of frame k shows. */
  line(row, k) {
    const slit = this.slit(k);
    const [top, bottom] = this.reach(k);
    const isAbove = this.flows.includes(true) && row >= top && row < slit;
    const isBelow = this.flows.includes(false) && row >= slit + this.width && row < bottom;
    if (!isAbove && !isBelow) return { moment: k, from: row, share: 0 };
    // It was live where it is so many steps back towards the slit, the first that it was not past.
    let [from, moment] = [row, k];
    let then;
    do {
      from += isAbove ? this.width : -this.width;
      then = this.slit(--moment);
    } while (isAbove ? from < then : from >= then + this.width);
    const away = isAbove ? slit - row : row - (slit + this.width - 1); // 1 is next to the slit
    return { moment, from, share: Math.max(0, this.feather + 1 - away) / (this.feather + 1) };
  }
}

/** The most lines there are on a side of the slit to which history flows. */
function sides(look, width, length) {
  const row = slitRow(look.slit, width, length);
  return Math.max(...FLOWS[directionOf(look)].map((up) => (up ? row : length - row - width)));
}

/** How many lines the slit is wide; "auto" fills the history in about 3 s. */
export function slitWidth(look, length, rate) {
  if (look.slit_width !== "auto") return look.slit_width;
  const rows = isMoving(look.slit) ? length - 1 : sides(look, 1, length);
  return Math.min(Math.max(1, rounded(rows / (FILL_SECONDS * rate))), length);
}

const slitRow = (slit, width, length) => Math.min(Math.trunc(slit * length), length - width);

/** Where a slit that moves through several points is in frame k, as a fraction. */
export function slitPath(points, period) {
  const isClosed = points[0] === points.at(-1);
  const last = points.length - 1;
  const end = isClosed ? period : Math.max(1, period - 1);
  const stages = points.map((_, i) => (i === last && last ? end : i * (end / Math.max(1, last))));
  return (k) => {
    if (k >= stages[last]) return points[last];
    const i = stages.findLastIndex((stage) => stage <= k);
    const slope = (points[i + 1] - points[i]) / (stages[i + 1] - stages[i]);
    return slope * (k - stages[i]) + points[i];
  };
}

/** The scan: a line sweeps over the picture, and what it passed stays. The composition loops. */
class Scan {
  constructor(look, length, rate, loop) {
    this.length = length;
    this.loop = loop;
    this.fromEnd = ["up", "left"].includes(directionOf(look));
    const seconds = look.sweep ?? Math.max(1, loop.count - loop.at(0).a) / rate;
    this.steps = seconds * rate;
    this.thick = look.line === null ? 0 : Math.max(1, rounded(length / THIN));
    this.frames = 0;
  }

  /** Lines that the line has passed in frame i. */
  passed(i) {
    return Math.min(this.length, Math.floor((this.length * (i + 1)) / this.steps + HAIR));
  }

  /** The moment that line `row`, counted from where the sweep begins, shows in frame i. */
  moment(row, i) {
    const passed = this.passed(i);
    if (row >= passed) return row < passed + this.thick ? PAINTED : i;
    let when = Math.max(0, Math.floor((row * this.steps) / this.length) - 1);
    while (this.passed(when) <= row) when++;
    return when;
  }

  line(row, k) {
    const { a, b, share } = this.loop.at(k);
    const place = this.fromEnd ? this.length - 1 - row : row;
    const moment = this.moment(place, a);
    return { moment, from: row, other: share ? this.moment(place, b) : 0, share };
  }
}

/** Time displacement: each pixel is as late as a map says, `depth` seconds at most. */
class Displace {
  constructor(look, size, rate, loop) {
    const depth = look.depth * rate; // frames
    // A loop that is shorter than the depth is refused by Python; a clip that is cut shows less.
    const isOver = depth > loop.period + HAIR;
    const over = isOver ? depth / loop.period : 1;
    const frames = ((isOver ? loop.period : depth) / rate) * rate;
    this.late = (value) => Math.floor(Math.min(value * over, 1) * frames + (0.5 + HAIR));
    this.frames = Math.ceil(depth - HAIR) + 1;
    this.values = mapValues(look.map, size);
  }

  line(row, k) {
    return { moment: Math.max(0, k - this.late(this.values[row])), from: row, share: 0 };
  }

  /** How many frames late each pixel is, row by row. */
  lags() {
    return Uint16Array.from(this.values, (value) => Math.min(this.late(value), 65535));
  }
}

/** The map by its name, 0 for now to 1 for the oldest: a value a line, or one a pixel for radial. */
function mapValues(name, [width, height]) {
  const most = (isSideways(name) ? width : height) - 1;
  const far = (i) => Math.abs(2 * i - most);
  const byLine = { up: (i) => most - i, left: (i) => most - i, out: far, in: (i) => -far(i) };
  const radius = (i) => Math.hypot(2 * (i % width) + 1 - width, 2 * Math.floor(i / width) + 1 - height);
  const [length, value] =
    name === "radial" ? [width * height, radius] : [most + 1, byLine[name] ?? ((i) => i)];
  const values = Float64Array.from({ length }, (_, i) => value(i));
  const least = values.reduce((a, b) => Math.min(a, b));
  const range = values.reduce((a, b) => Math.max(a, b)) - least || 1;
  return values.map((value) => (value - least) / range);
}

/** What a look shows of the frames of a loop, of `size`, that come `rate` times a second.
 *
 * made: the size of the file that will be made, whose slit is so many of its pixels wide.
 */
export class Composition {
  constructor(look, size, rate, loop, made = size) {
    this.loop = loop;
    this.rate = rate;
    this.isScan = look.effect === "scan";
    this.isDisplaced = look.effect === "displace";
    this.isMapped = this.isDisplaced && look.map === "radial";
    const axis = this.isDisplaced ? look.map : directionOf(look);
    this.isSideways = isSideways(axis);
    this.length = size[this.isSideways ? 0 : 1];
    this.madeLength = look.effect === "roll" ? made[this.isSideways ? 0 : 1] : this.length;
    this.effect = this.isDisplaced
      ? new Displace(look, size, rate, this.loop)
      : new (this.isScan ? Scan : Roll)(look, this.madeLength, rate, this.loop);
    this.lag = look.rgb ? Math.max(1, rounded(look.rgb * rate)) : 0;
    this.paint = look.line;
  }

  get period() {
    return this.loop.period;
  }

  /** The parts of the shader that it takes. */
  get parts() {
    const { effect, loop, isScan } = this;
    const isBlended = isScan ? loop.isBlended : effect.feather > 0;
    const isLooped = !isScan; // of a scan, what is composed is what loops
    return [
      ...(isLooped && loop.isCyclic ? ["CYCLIC"] : []),
      ...(isLooped && !loop.isPlain ? ["SOURCES"] : []),
      ...(this.lag ? ["RGB"] : []),
      ...(this.isMapped ? ["MAPPED"] : []),
      ...(this.isSideways ? ["SIDEWAYS"] : []),
      ...(isBlended ? ["BLENDED"] : []),
      ...(isScan && this.paint ? ["PAINTED"] : []),
    ];
  }

  /** Whole periods added to frame k, so that no moment it shows is before 0. */
  advanced(k) {
    if (!this.loop.isCyclic || this.isScan) return k;
    const before = this.effect.frames + 2 * this.lag;
    return k + this.period * Math.ceil(before / this.period);
  }

  /** Frame k as lines: 4 numbers each, (moment, from, other moment, its share). */
  lines(k) {
    const now = this.advanced(k);
    const lines = new Float32Array(4 * this.length);
    for (let row = 0; row < this.length; row++) {
      const place = scaled(row, this.length, this.madeLength);
      const { moment, from, other = now, share } = this.effect.line(place, this.isScan ? k : now);
      lines.set([moment, scaled(from, this.madeLength, this.length), other, share], 4 * row);
    }
    return lines;
  }
}
