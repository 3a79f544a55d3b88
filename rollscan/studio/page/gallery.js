// Owns the gallery: the jobs under way and what was made, the newest first.

import { find } from "./dom.js";
import { Job } from "./job.js";
import { Viewer } from "./viewer.js";

export class Gallery {
  constructor(jump) {
    this.jump = jump;
    this.jobs = [];
    this.viewer = new Viewer(() => this.results, jump);
    this.open = this.viewer.open;
  }

  /** The results, the newest first. */
  get results() {
    return this.jobs.flatMap(({ written }) => [...written.values()]);
  }

  /** Show a job, whose files are called `name`, and return it. */
  add(name) {
    const job = new Job(name, this);
    this.jobs.unshift(job);
    find("made").prepend(job.element);
    find("shelf").hidden = false;
    find("made").scrollTo({ left: 0 });
    find("shelf").scrollIntoView({ block: "nearest" });
    return job;
  }

  /** Forget a result that was deleted. */
  removed = (result) => {
    for (const job of this.jobs) {
      for (const [index, one] of job.written) if (one === result) job.written.delete(index);
      if (job.isOver && !job.element.querySelector(".file, [role=alert]")) job.element.remove();
    }
    find("shelf").hidden = !find("made").children.length;
  };
}
