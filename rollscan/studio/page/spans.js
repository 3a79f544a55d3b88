// Owns which frames of the clip are meant: the chosen part, those that are loaded, and those that are
// composed, of which a loop, a length or a place may choose less. They are numbered as in the clip.

export class Spans {
  constructor(studio) {
    this.studio = studio;
  }

  /** The time of a frame of the clip in seconds, rounded down so that a part may begin with it. */
  timeOf(frame) {
    const { first, fps } = this.studio.clip;
    return Math.floor((first + frame / fps) * 1000) / 1000;
  }

  /** The first frame of the chosen part, and the one after its last. Which these are, the frames tell
   * that were loaded of it. Until then they are counted, as if the clip had a constant rate.
   */
  get part() {
    const { fps, frames, first } = this.studio.clip;
    const { start, end } = this.studio.state.given;
    const loaded = this.studio.frames;
    const isOfPart = loaded.isWhole && loaded.span.start === start && loaded.span.end === end;
    if (isOfPart) return [loaded.first, loaded.first + loaded.count];
    const from = start ? Math.max(0, Math.ceil((start - first - 1e-4) * fps)) : 0;
    const to = end ? Math.ceil((end - first - 1e-4) * fps) : frames;
    return [Math.min(from, frames - 1), Math.min(Math.max(to, from + 1), frames)];
  }

  /** The loaded frames: the first, and the one after the last. */
  get here() {
    const { first, arrived } = this.studio.frames;
    return [first, first + arrived];
  }

  /** Whether all frames of the part are loaded. */
  get isHere() {
    return this.here[0] <= this.part[0] && this.part[1] <= this.here[1];
  }

  /** Whether the loop chooses a part within the chosen one. */
  get isChosenByLoop() {
    const { loops, state } = this.studio;
    return loops.kinds[state.value("loop")].chooses;
  }

  /** The part that the loop, the length or a place chooses, by the server's plan, or null where it is
   * not known. One that the loop does not choose is shown until the plan of the changed options comes.
   */
  get match() {
    const { plan } = this.studio;
    const isOfPart = this.isHere && plan?.part === this.part.join();
    if (!isOfPart || !plan.match) return null;
    return this.isChosenByLoop && plan.of !== this.key ? null : plan.match;
  }

  /** A key of everything on which the part that the loop chooses depends. */
  get key() {
    const { loops, state } = this.studio;
    const { settings } = loops.kinds[state.value("loop")];
    return [this.part, ...["loop", "speed", ...settings].map(state.value)].join();
  }

  /** The frames that are composed: the first, how many, and how many there will be in the end.
   *
   * While frames load they are as many as doubling gives, as each number needs a loop of its own, which
   * the server is asked for.
   */
  get composed() {
    const [[from, to], [first, stop], match] = [this.part, this.here, this.match];
    const { isComplete } = this.studio.frames;
    if (match) {
      const count = match.stop - match.first;
      return { first: from + match.first, count, total: count };
    }
    const begin = Math.max(first, Math.min(from, stop - 1));
    const total = Math.min(to, first + this.studio.frames.count) - begin;
    const there = Math.max(0, Math.min(to, stop) - begin);
    const count = isComplete || !there ? there : 2 ** Math.floor(Math.log2(there));
    return { first: begin, count, total };
  }
}
