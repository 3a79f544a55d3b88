// Owns the composition of a loop's frames by a field: what the shader needs to draw each frame.

export class Composition {
  /** settings: the values of all options. size: at which the file is composed. rate: frames per
   * second. masks: those of the picture, or null.
   */
  constructor(settings, size, rate, loop, field, masks = null) {
    Object.assign(this, { settings, size, rate, loop, field, masks });
    const { lag, reach, outer, before, hasLive, wraps } = field.facts;
    const { period } = loop;
    const isCyclic = loop.isCyclic || wraps;
    // In a cyclic loop, frames are counted from so many whole periods on that none of those that are
    // looked up is before 0.
    this.ahead = isCyclic && !outer ? period * Math.ceil((reach + 2 * lag) / period) : 0;
    this.parts = [
      ...field.parts,
      ...(lag ? ["RGB"] : []),
      ...(outer && loop.isBlended ? ["DISSOLVED"] : []),
      ...(!outer && isCyclic ? ["CYCLIC"] : before === "live" ? ["LIVE"] : []),
      ...(!outer && !loop.isPlain ? ["SOURCES"] : []),
      ...(masks?.parts.filter((part) => part === "STILL" || !outer) ?? []),
      ...(hasLive ? ["HAS_LIVE"] : []),
    ];
  }

  get period() {
    return this.loop.period;
  }

  /** How long the side is, in pixels of the file, along which positions are counted. */
  get length() {
    return this.size[this.field.facts.sideways ? 0 : 1];
  }

  /** The frames of the field of which composed frame k is made, at most two, and their shares. */
  at(k) {
    if (!this.field.facts.outer) return { frames: [k], shares: [1, 0] };
    const { a, b, shares } = this.loop.at(k);
    return { frames: shares[1] ? [a, b] : [a], shares };
  }

  /** Whether all is here that is needed to draw composed frame k; if not, it is requested. */
  isReady(k) {
    return this.at(k).frames.every((frame) => this.field.need(frame));
  }

  /** Request what is missing for the frames after composed frame k. */
  fill(k) {
    this.field.fill(this.at(k).frames[0]);
  }

  /** Where the slit or line begins and ends in composed frame k, as shares; undefined where there is
   * none, or where it is not known yet.
   */
  slit(k) {
    const { slit } = this.field;
    return slit?.length === 1 ? slit[0] : slit?.[this.at(k).frames[0]];
  }

  /** Whether the slit or line moves. */
  get hasMovingSlit() {
    return Boolean(this.field.slit) && (this.field.facts.moves || this.field.slit.length > 1);
  }
}
