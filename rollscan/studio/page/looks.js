// Owns the tiles of the looks: each shows the open clip with a look, and chooses it when clicked.

import { Composition } from "./composition.js";
import { ask, el, find, titled } from "./dom.js";
import { Fields } from "./fields.js";
import { FULL } from "./player.js";

const LONGER = 132; // pixels of a tile's longer side
const FPS = 12;
const AT_ONCE = 2; // how many tiles are drawn, at most, for each frame of the screen
const UNTOLD = "Each on this very clip. Point at one to read what it shows.";

const sentence = ({ shows, film }) => [titled(shows), ...(film ? [`Film: ${film}`] : []), ""].join(". ").trim();

export class Looks {
  constructor(studio) {
    this.studio = studio;
    this.fields = new Fields(studio.fields.effects, studio.loops.kinds, () => this.update());
    this.seen = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) target.isSeen = isIntersecting;
    });
    this.renew();
  }

  /** Make the tiles of the looks that there are now: first the user's own. */
  renew() {
    this.seen.disconnect();
    const looks = [...this.studio.state.looks.values()];
    const [own, others] = [true, false].map((is) => looks.filter((look) => look.own === is));
    this.tiles = [...own, ...others].map((look) => this.#tile(look));
    find("looks").replaceChildren(...this.tiles.map(({ element }) => element));
  }

  #tile(look) {
    const canvas = el("canvas", { ariaHidden: "true" });
    const tell = () => (find("look-told").textContent = sentence(look));
    const on = { click: () => this.studio.state.take(look.name), pointerenter: tell, focus: tell };
    const name = el("span", { text: look.name });
    const [className, aria] = [look.own ? "own" : "", { description: look.shows }];
    const element = el("button", { type: "button", className, aria, on }, canvas, name);
    this.seen.observe(element);
    return { look, element, small: canvas.getContext("2d"), then: -Infinity };
  }

  /** Scroll the tiles so that the one of this look is in sight; the page itself stays. */
  #reveal(look) {
    const { element } = this.tiles.find((tile) => tile.look === look);
    const { offsetLeft, offsetTop, offsetWidth, offsetHeight, parentElement: all } = element;
    const left = offsetLeft - (all.clientWidth - offsetWidth) / 2;
    const isAbove = offsetTop < all.scrollTop;
    const isBelow = offsetTop + offsetHeight > all.scrollTop + all.clientHeight;
    const top = isAbove || isBelow ? offsetTop - (all.clientHeight - offsetHeight) / 2 : all.scrollTop;
    all.scrollTo({ left, top });
  }

  /** Forget what was composed of other frames. The arguments are those of Fields.forget. */
  forget(clip = this.studio.clip.id, source = {}) {
    this.fields.forget(clip, source);
    this.fitsOf = null;
    for (const tile of this.tiles) tile.basis = null;
  }

  /** Show which look is chosen, and make the compositions again whose frames or rate changed. */
  update() {
    const { camera, state, frames, clip, loops } = this.studio;
    const { size } = frames;
    // A look that is not chosen may be what the settings come to, which the command then names.
    const chosen = state.looks.get(state.value("look") ?? this.studio.named);
    const { told } = this.studio;
    const set = told ? ` Set to this clip: ${told}.` : "";
    find("look-told").textContent = chosen ? sentence(chosen) + set : UNTOLD;
    for (const { look, element } of this.tiles) element.ariaPressed = String(look === chosen);
    if (chosen && chosen !== this.lit) this.#reveal(chosen);
    this.lit = chosen;
    if (camera.isOn) {
      return this.#compose([size, camera.count].join(), 0, (settings) => camera.composed(settings, this.fields));
    }
    const span = this.#span;
    if (!span.count) return; // other frames are being loaded
    const rate = clip.fps * state.value("speed");
    const basis = [size, span.first, span.count, span.total, rate, this.fitsOf, state.given.fit_look].join();
    this.#compose(basis, span.first, (settings) => {
      const loop = loops.of(settings, span.count);
      const field = this.fields.of({ settings, count: span.total, size, composed: size });
      return loop && field && new Composition(settings, size, rate, loop, field);
    });
  }

  /** Make the compositions of the tiles that are not of this basis.
   *
   * first: the frame with which they begin. composed(settings): returns one, null if it has not come.
   */
  #compose(basis, first, composed) {
    const { state, frames } = this.studio;
    const scale = LONGER / Math.max(...frames.size, LONGER);
    for (const tile of this.tiles.filter((tile) => tile.basis !== basis)) {
      const composition = composed(state.withLook(tile.look.name));
      if (!composition) continue;
      Object.assign(tile, { composition, basis, first, then: -Infinity }); // not drawn yet
      const [width, height] = frames.size.map((side) => Math.ceil(side * scale));
      Object.assign(tile.small.canvas, { width, height });
    }
  }

  /** The frames that the tiles are composed of: all, or while others load, those that came first. With
   * every frame that came, the tiles would request other loops, and the picture would wait for these.
   */
  get #span() {
    const { frames, spans } = this.studio;
    if (frames.isComplete) return spans.composed;
    if (this.first?.of !== frames.asking || !this.first.count) {
      this.first = { ...spans.composed, of: frames.asking };
    }
    return this.first;
  }

  /** Ask which settings each look sets to the clip, where all that it would read of the clip is here.
   * Until then looks are shown as they are written.
   */
  async askFits() {
    const { state, frames, clip } = this.studio;
    const options = state.withoutLook;
    const of = JSON.stringify([clip.id, options]);
    const isDue = of !== this.fitsOf && of !== this.fitsAsked && !state.held;
    if (!isDue || !state.value("fit_look") || !frames.isComplete || !frames.isWhole) return;
    this.fitsAsked = of;
    try {
      const found = await (await ask("fits", { body: { clip: clip.id, options } })).json();
      if (this.fitsAsked !== of) return;
      this.fitsOf = of;
      state.learnAll(found);
      this.update();
    } catch (error) {
      this.studio.say(error.message, true);
    }
  }

  /** Draw a few of the tiles that are due, and return whether any was drawn.
   *
   * If so, the picture itself has to be drawn again, as the tiles are drawn on its canvas.
   */
  draw(now, isStill) {
    const { camera, painter, frames } = this.studio;
    const isDue = ({ composition, element, then }) =>
      composition && element.isSeen && (isStill ? then < 0 : now - then >= 1000 / FPS);
    const due = this.tiles.filter(isDue).sort((a, b) => a.then - b.then).slice(0, AT_ONCE);
    let isDrawn = false;
    for (const tile of due) {
      const { period, rate } = tile.composition;
      // Without motion, show a frame in which history usually fills its side.
      const shown = isStill ? Math.round(FULL * period) : Math.floor((now / 1000) * rate);
      const k = camera.isOn ? camera.k : shown;
      tile.composition.fill(k % period);
      if (!tile.composition.isReady(k % period)) continue;
      painter.drawOn(tile.small, tile.composition, k % period, tile.first - frames.first);
      tile.then = now;
      isDrawn = true;
    }
    return isDrawn;
  }
}
