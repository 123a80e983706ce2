// The page: reads what is embedded, opens the archive, shows what is switched on.
import { open } from '../../medmask-wasm/npm/index.js';
import { Grid } from './grid.js';
import { Layers, ofLabel } from './layers.js';
import { List } from './list.js';
import { inflated, part, run } from './parts.js';
import { Picture } from './picture.js';

const element = (id) => document.getElementById(id);

/** The archive, decoded as structures are switched on. */
class Viewer {
  #computed = new Map();
  #entries = new Map();
  #done = Promise.resolve();
  #point;
  #waiting = 0;

  constructor(page) {
    this.page = page;
    page.structures.forEach((structure, index) => {
      const runs = part(`runs-${index}`);
      if (runs) this.#computed.set(structure, runs);
    });
    this.list = new List(element('structures'), page.structures, (some, on) => this.switch(some, on));
  }

  async start() {
    const { page } = this;
    const wasm = await inflated(part('decoder'));
    run(new TextDecoder().decode(await inflated(part('niivue'))));
    this.archive = await open(part('archive') ?? page.source, { wasm });
    this.picture = new Picture(element('canvas'), page);
    const longest = await this.picture.attach();
    this.grid = new Grid(page.shape, page.affine, longest);
    if (this.grid.step > 1) {
      note(`The grid is large: one voxel in ${this.grid.step} is shown along each axis.`);
    }
    if (page.image) {
      const values = new Int16Array((await inflated(part('image'))).buffer);
      await this.picture.setImage(this.grid, this.grid.thinned(values), page.image);
    }
    this.layers = new Layers(() => this.picture.addLayer(this.grid, opacity()));
    this.picture.onPoint((point) => this.#tell(point));
    await this.layers.add(undefined, new Uint32Array()); // so that there is a volume when nothing is on
    this.layers.remove(undefined);
    await this.switch(page.structures.filter((structure) => structure.on), true);
    const middle = this.layers.middle();
    if (page.at) {
      this.picture.moveTo([-page.at[0], -page.at[1], page.at[2]]);
    } else if (middle !== undefined) {
      this.picture.moveTo(this.grid.pointOf(middle));
    }
  }

  /** Switches structures on or off, and draws, when what was asked before is done; what is asked meanwhile is drawn with it. */
  switch(structures, on) {
    this.#waiting += 1;
    this.#done = this.#done.then(() => this.#switch(structures, on)).catch((error) => note(error.message));
    return this.#done;
  }

  async #switch(structures, on) {
    try {
      // The largest first, which lie under the others.
      for (const structure of [...structures].sort((a, b) => b.ml - a.ml)) {
        if (on !== this.layers.has(structure) && structure.problem === null) {
          await (on ? this.#show(structure) : this.layers.remove(structure));
        }
      }
    } finally {
      this.#waiting -= 1;
    }
    this.list.update((structure) => this.layers.has(structure));
    if (this.#waiting === 0) {
      this.picture.draw(this.layers.all);
      if (this.#point) {
        this.#tell(this.#point);
      }
    }
  }

  async #show(structure) {
    try {
      const runs = await this.runs(structure);
      await this.layers.add(structure, this.grid.shown(runs));
      structure.failure = undefined;
    } catch (error) {
      structure.failure = error.message;
      note(`${structure.name}: ${error.message}`);
    }
  }

  /** The runs of a structure on the full grid. */
  async runs(structure) {
    const { entry, label } = structure;
    if (entry === null) {
      return new Uint32Array((await inflated(this.#computed.get(structure))).buffer);
    }
    if (!this.#entries.has(entry)) {
      this.#entries.set(entry, await this.archive.runs(entry));
    }
    return ofLabel(this.#entries.get(entry), label);
  }

  /** Says which of the structures that are shown hold a point. */
  #tell(point) {
    this.#point = point;
    const voxel = this.grid.voxelAt(point);
    const names = voxel === undefined ? [] : this.layers.at(voxel).map((structure) => structure.name);
    const [x, y, z] = [-point[0], -point[1], point[2]].map((mm) => mm.toFixed(1));
    element('place').textContent = `${x}, ${y}, ${z} mm (LPS)`;
    element('here').textContent = names.length ? names.join(', ') : 'no structure that is shown';
  }
}

function note(text) {
  const line = document.createElement('p');
  line.textContent = text;
  element('notes').append(line);
}

function notes(page) {
  page.notes.forEach(note);
  const damaged = page.structures.filter((structure) => structure.problem !== null);
  if (damaged.length > 0) {
    const whole = page.structures.length - damaged.length;
    const names = damaged.map((structure) => structure.name).join(', ');
    note(`Damaged: ${names}. The other ${whole} structures are whole.`);
  }
}

/** How much masks hide of what lies under them, 0 to 1. */
function opacity() {
  return Number(element('opacity').value);
}

function controls(viewer) {
  // Where no image lies under the masks, they are drawn in full.
  element('opacity').value = viewer.page.image ? 0.5 : 1;
  element('search').addEventListener('input', (event) => viewer.list.search(event.target.value));
  element('all').addEventListener('click', () => viewer.list.switchAll(true));
  element('none').addEventListener('click', () => viewer.list.switchAll(false));
  element('opacity').addEventListener('input', () => viewer.picture?.setOpacity(opacity()));
}

const page = JSON.parse(element('page').textContent);
element('title').textContent = page.title;
const viewer = new Viewer(page);
/** For whoever looks into the page: the viewer, and when it has drawn its first picture. */
globalThis.medmask = { viewer };
controls(viewer);
notes(page);
globalThis.medmask.started = viewer.start().then(
  async () => {
    document.body.classList.add('started');
    await new Promise((painted) => { requestAnimationFrame(() => setTimeout(painted)); });
    viewer.picture.showSolid();
    document.body.classList.add('complete');
  },
  (error) => {
    document.body.classList.add('failed');
    note(error.message);
    throw error;
  },
);
