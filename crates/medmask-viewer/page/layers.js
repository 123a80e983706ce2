// Masks in volumes of one byte for each voxel, drawn in their order. Structures may overlap: each goes into the first layer where it meets
// nothing and that lies above all larger ones it meets, so that what lies inside another stays visible, and most cases need one layer.

/** Numbers that a layer has for its structures: 1 to 255. */
const NUMBERS = 255;

export class Layers {
  /** Each with its voxels, and the structure that each number stands for. */
  all = [];
  #places = new Map();
  #makeVoxels;

  /** `makeVoxels` gives the voxels of a new layer, all 0; it may be a promise. */
  constructor(makeVoxels) {
    this.#makeVoxels = makeVoxels;
  }

  has(structure) {
    return this.#places.has(structure);
  }

  /** Paints a structure that is not there yet; `runs` are three numbers each, first voxel, the one after the last, label. */
  async add(structure, runs) {
    const size = voxelsOf(runs);
    const met = this.all.map((layer) => this.#met(layer, runs));
    const lowest = met.findLastIndex((places) => places.some((place) => place.size >= size)) + 1;
    const free = this.all.findIndex((layer, at) => at >= lowest && met[at].length === 0 && layer.structures.size < NUMBERS);
    await this.#paint(structure, runs, size, this.all[free]);
    // Those that are smaller lie above it.
    const below = met.slice(0, free < 0 ? undefined : free).flat().filter((place) => place.size < size);
    for (const place of below.sort((a, b) => b.size - a.size)) {
      this.remove(place.structure);
      await this.add(place.structure, place.runs);
    }
  }

  /** Paints a structure into `layer`, or into a new one on top. */
  async #paint(structure, runs, size, layer) {
    if (!layer) {
      layer = { voxels: await this.#makeVoxels(this.all.length), structures: new Map(), changed: true };
      this.all.push(layer);
    }
    const number = lowestFree(layer.structures);
    paint(layer.voxels, runs, number);
    layer.structures.set(number, structure);
    layer.changed = true;
    this.#places.set(structure, { structure, layer, number, runs, size });
  }

  /** The places of the structures of a layer that have voxels in `runs`. */
  #met({ voxels, structures }, runs) {
    const numbers = new Set();
    for (let at = 0; at < runs.length; at += 3) {
      for (let voxel = runs[at]; voxel < runs[at + 1]; voxel += 1) {
        if (voxels[voxel] !== 0) {
          numbers.add(voxels[voxel]);
        }
      }
    }
    return [...numbers].map((number) => this.#places.get(structures.get(number)));
  }

  /** Takes a structure out. */
  remove(structure) {
    const place = this.#places.get(structure);
    if (!place) {
      return;
    }
    const { layer, number, runs } = place;
    paint(layer.voxels, runs, 0);
    layer.structures.delete(number);
    layer.changed = true;
    this.#places.delete(structure);
  }

  /** A voxel amid the structure that has most runs; `undefined` where none is shown. */
  middle() {
    const all = [...this.#places.values()].map((place) => place.runs);
    const most = all.reduce((a, b) => (b.length > a.length ? b : a), []);
    const at = 3 * Math.floor(most.length / 6);
    return most.length ? Math.floor((most[at] + most[at + 1] - 1) / 2) : undefined;
  }

  /** The structures that hold a voxel. */
  at(voxel) {
    const found = this.all.map((layer) => layer.structures.get(layer.voxels[voxel]));
    return found.filter((structure) => structure !== undefined);
  }
}

function voxelsOf(runs) {
  let sum = 0;
  for (let at = 0; at < runs.length; at += 3) {
    sum += runs[at + 1] - runs[at];
  }
  return sum;
}

function lowestFree(structures) {
  let number = 1;
  while (structures.has(number)) {
    number += 1;
  }
  return number;
}

function paint(voxels, runs, number) {
  for (let at = 0; at < runs.length; at += 3) {
    voxels.fill(number, runs[at], runs[at + 1]);
  }
}

/** The runs of one label among those of an entry. */
export function ofLabel(runs, label) {
  const wanted = [];
  for (let at = 0; at < runs.length; at += 3) {
    if (runs[at + 2] === label) {
      wanted.push(runs[at], runs[at + 1], label);
    }
  }
  return Uint32Array.from(wanted);
}
