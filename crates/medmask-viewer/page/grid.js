// The grid of the masks, and the coarser one on which they are shown where it is too large for a browser.

/** Voxels that are shown at most: graphics hold some ten bytes for each. */
const MOST_VOXELS = 160e6;

export class Grid {
  /** `shape` is (z, y, x), `affine` leads from voxels (x, y, z) to RAS+ mm; no axis that is shown is longer than `longest`. */
  constructor(shape, affine, longest) {
    this.full = shape;
    this.step = 1;
    while (!fits(this.shape, longest)) {
      this.step += 1;
    }
    this.affine = affine.map((row) => row.map((value, axis) => (axis < 3 ? value * this.step : value)));
    this.inverse = inverse(affine);
  }

  /** Voxels that are shown, along z, y and x. */
  get shape() {
    return this.full.map((length) => Math.ceil(length / this.step));
  }

  get voxels() {
    return this.shape.reduce((product, length) => product * length);
  }

  /** Runs of the full grid on the one that is shown: every so many voxels along each axis. */
  shown(runs) {
    if (this.step === 1) {
      return runs;
    }
    const { step, full: [, height, width], shape: [, rows, columns] } = this;
    const shown = [];
    for (let at = 0; at < runs.length; at += 3) {
      const row = Math.floor(runs[at] / width);
      const [z, y] = [Math.floor(row / height), row % height];
      const [start, end] = [runs[at], runs[at + 1]].map((voxel) => Math.ceil((voxel - row * width) / step));
      if (z % step === 0 && y % step === 0 && start < end) {
        const first = ((z / step) * rows + y / step) * columns;
        shown.push(first + start, first + end, runs[at + 2]);
      }
    }
    return Uint32Array.from(shown);
  }

  /** Those of the values of the full grid that are shown. */
  thinned(values) {
    if (this.step === 1) {
      return values;
    }
    const { step, full: [, height, width], shape: [depth, rows, columns] } = this;
    const shown = new values.constructor(this.voxels);
    let at = 0;
    for (let z = 0; z < depth; z += 1) {
      for (let y = 0; y < rows; y += 1) {
        const row = (z * step * height + y * step) * width;
        for (let x = 0; x < columns; x += 1, at += 1) {
          shown[at] = values[row + x * step];
        }
      }
    }
    return shown;
  }

  /** The middle of a shown voxel in RAS+ mm. */
  pointOf(voxel) {
    const [, rows, columns] = this.shape;
    const row = Math.floor(voxel / columns);
    const index = [voxel % columns, row % rows, Math.floor(row / rows)];
    return this.affine.slice(0, 3).map(([a, b, c, t]) => a * index[0] + b * index[1] + c * index[2] + t);
  }

  /** The shown voxel nearest to a point in RAS+ mm; `undefined` outside. */
  voxelAt(point) {
    const index = this.inverse.map((row) => row[0] * point[0] + row[1] * point[1] + row[2] * point[2] + row[3]);
    const [x, y, z] = index.map((position) => Math.round(position / this.step));
    const [depth, height, width] = this.shape;
    const inside = x >= 0 && y >= 0 && z >= 0 && x < width && y < height && z < depth;
    return inside ? (z * height + y) * width + x : undefined;
  }
}

function fits(shape, longest) {
  return shape.every((length) => length <= longest) && shape.reduce((product, length) => product * length) <= MOST_VOXELS;
}

/** From RAS+ mm to voxels (x, y, z): three rows. */
function inverse(affine) {
  const [[a, b, c, tx], [d, e, f, ty], [g, h, i, tz]] = affine;
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  const rows = [
    [e * i - f * h, c * h - b * i, b * f - c * e],
    [f * g - d * i, a * i - c * g, c * d - a * f],
    [d * h - e * g, b * g - a * h, a * e - b * d],
  ].map((row) => row.map((value) => value / determinant));
  return rows.map((row) => [...row, -(row[0] * tx + row[1] * ty + row[2] * tz)]);
}
