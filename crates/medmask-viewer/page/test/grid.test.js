// Layers and grids of the page, against plain loops.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Grid } from '../grid.js';
import { Layers, ofLabel } from '../layers.js';

/** Numbers that look random and are the same every time. */
function random(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  };
}

/** Runs of a set of voxels on a row of `width`. */
function runsOf(voxels, width) {
  const runs = [];
  for (const voxel of [...voxels].sort((a, b) => a - b)) {
    if (runs.at(-2) === voxel && voxel % width !== 0) runs[runs.length - 2] += 1;
    else runs.push(voxel, voxel + 1, 1);
  }
  return Uint32Array.from(runs);
}

const IDENTITY = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]];

test('whatever is switched on and off, each voxel tells all its structures, the smallest on top', async () => {
  const pick = random(7);
  const layers = new Layers(async () => new Uint8Array(60));
  const masks = Array.from({ length: 12 }, () => new Set(Array.from({ length: 1 + pick(20) }, () => pick(60))));
  const on = new Set();
  for (let turn = 0; turn < 200; turn += 1) {
    const one = pick(masks.length);
    if (on.delete(one)) layers.remove(one);
    else {
      on.add(one);
      await layers.add(one, runsOf(masks[one], 10));
    }
    for (let voxel = 0; voxel < 60; voxel += 1) {
      const expected = [...on].filter((mask) => masks[mask].has(voxel)).sort((a, b) => a - b);
      const found = layers.at(voxel);
      const sizes = found.map((mask) => masks[mask].size);
      assert.deepEqual(sizes, [...sizes].sort((a, b) => b - a), 'the smallest is drawn last');
      assert.deepEqual(found.sort((a, b) => a - b), expected);
    }
  }
});

test('structures that do not overlap share a layer, up to 255', async () => {
  const layers = new Layers(async () => new Uint8Array(300));
  for (let n = 0; n < 256; n += 1) await layers.add(n, Uint32Array.of(n, n + 1, 9));
  assert.deepEqual(layers.all.map((layer) => layer.structures.size), [255, 1]);
  assert.deepEqual([0, 254, 255, 299].map((voxel) => layers.at(voxel)), [[0], [254], [255], []]);
});

test('labels of an entry come apart', () => {
  assert.deepEqual(ofLabel(Uint32Array.of(0, 2, 1, 3, 4, 7, 9, 12, 1), 1), Uint32Array.of(0, 2, 1, 9, 12, 1));
});

test('a coarser grid shows every so many voxels', () => {
  const pick = random(3);
  for (const [shape, longest] of [[[5, 6, 7], 3], [[4, 4, 9], 4], [[3, 5, 8], 8]]) {
    const grid = new Grid(shape, IDENTITY, longest);
    const [depth, height, width] = shape;
    const voxels = new Set(Array.from({ length: 60 }, () => pick(depth * height * width)));
    const painted = new Uint8Array(grid.voxels);
    const runs = grid.shown(runsOf(voxels, width));
    for (let at = 0; at < runs.length; at += 3) painted.fill(1, runs[at], runs[at + 1]);
    const full = Uint8Array.from({ length: depth * height * width }, (_, voxel) => Number(voxels.has(voxel)));
    const expected = [];
    for (let z = 0; z < depth; z += grid.step)
      for (let y = 0; y < height; y += grid.step)
        for (let x = 0; x < width; x += grid.step) expected.push(full[(z * height + y) * width + x]);
    assert.deepEqual([...painted], expected);
    assert.deepEqual([...grid.thinned(full)], expected);
    assert.ok(grid.shape.every((length) => length <= longest));
  }
});

test('points and voxels of an oblique grid lead to each other', () => {
  const affine = [[-0.64, -0.48, 0, 90.5], [-0.48, 0.64, 0, -120.25], [0, 0, 2.5, 33.125], [0, 0, 0, 1]];
  for (const longest of [100, 4]) {
    const grid = new Grid([6, 7, 8], affine, longest);
    for (let voxel = 0; voxel < grid.voxels; voxel += 1) {
      assert.equal(grid.voxelAt(grid.pointOf(voxel)), voxel);
    }
    assert.equal(grid.voxelAt([1000, 0, 0]), undefined);
  }
  // By hand: voxel (x 1, y 2, z 3) of the full grid.
  const point = new Grid([6, 7, 8], affine, 100).pointOf((3 * 7 + 2) * 8 + 1);
  [88.9, -119.45, 40.625].forEach((value, axis) => assert.ok(Math.abs(point[axis] - value) < 1e-9));
});
