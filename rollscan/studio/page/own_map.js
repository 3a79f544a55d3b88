// Owns the part of the map's row for a map of one's own: drawn, or a picture or a video.

import { Brush } from "./brush.js";
import { el } from "./dom.js";
import { addressOf, fileButton, nameOf, send } from "./uploads.js";

export class OwnMap {
  /** name: of the setting. row: its row in the panel, to which this is added. */
  constructor(studio, { name: setting, element: row }) {
    const { state } = studio;
    const take = async (file) => {
      try {
        state.set({ [setting]: await send(setting, file, file.name, studio.given.limit) });
      } catch (error) {
        studio.says.keep(error.message);
      }
    };
    const update = () => {
      const map = state.value(setting);
      const name = nameOf(map);
      draw.textContent = brush.isOn ? "Done" : name ? "Draw on it" : "Draw";
      save.hidden = word.hidden = !name;
      if (name) Object.assign(save, { href: addressOf(setting, map), download: name, textContent: `Save ${name}` });
    };
    const brush = new Brush(studio, setting, update);
    const draw = el("button", { type: "button", on: { click: () => (brush.isOn ? brush.end() : brush.begin()) } });
    const element = el("div", { className: "own" }, draw);
    const file = fileButton({ text: "Picture or video …", accept: "image/*,video/*,.mkv,.avi", place: element, take });
    const save = el("a", { className: "button", title: "for the command line, which names it" });
    const word = el("small", { text: "A recipe names no map of your own: save it beside the file." });
    element.append(file, save, word);
    row.append(element);
    state.watch(update);
    update();
  }
}
