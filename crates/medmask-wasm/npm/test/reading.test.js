// What the package reads, against what NumPy said of the same voxels when the files of testdata were made.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { open } from '../index.js';
import { toNifti } from '../nifti.js';
import { register, toLabels } from '../niivue.js';

const folder = new URL('../../../../testdata/version2/', import.meta.url);
const file = (name) => readFileSync(new URL(name, folder));
const expected = JSON.parse(file('expected.json'));
/** What runs.mska and the files of other codecs hold. */
const masks = Object.entries(expected.files['runs.mska']).map(([name, mask]) => ({ name, ...expected.masks[mask] }));

const sha256 = (data) => createHash('sha256').update(new Uint8Array(Uint32Array.from(data).buffer)).digest('hex');

/** Serves `bytes`; `answer` may change what is answered. Gives the address, the ranges asked for, and what ends it. */
async function served(bytes, answer = (response) => response) {
  const asked = [];
  const server = createServer((request, response) => {
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    asked.push(request.headers.range);
    const part = range ? bytes.subarray(Number(range[1]), Number(range[2]) + 1) : bytes;
    const headers = { 'Content-Range': `bytes ${range?.[1]}-${Number(range?.[1]) + part.length - 1}/${bytes.length}` };
    const { status, body, more } = answer({ status: 206, body: part, more: headers });
    response.writeHead(status, more).end(body);
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const address = `http://127.0.0.1:${server.address().port}/case.mska`;
  return { address, asked, end: () => new Promise((closed) => server.close(closed)) };
}

for (const [name, entries] of Object.entries(expected.files)) {
  test(`every voxel of ${name}`, async () => {
    const archive = await open(file(name));
    assert.deepEqual(archive.names, Object.keys(entries));
    for (const [entry, mask] of Object.entries(entries)) {
      const { data, shape } = await archive.load(entry);
      assert.deepEqual(shape, expected.masks[mask].shape);
      assert.equal(sha256(data), expected.masks[mask].sha256_of_uint32_zyx, entry);
    }
    archive.close();
  });
}

test('every voxel of files of version 1', async () => {
  const version1 = new URL('../../../../testdata/version1/', import.meta.url);
  const known = JSON.parse(readFileSync(new URL('expected.json', version1)));
  for (const name of ['bool.msk', 'uint8.msk', 'uint16.msk', 'uint32.msk', 'int64.msk']) {
    const archive = await open(readFileSync(new URL(name, version1)));
    assert.equal(archive.version, '1.0');
    const [mask] = known[name];
    const { data, shape } = await archive.load(archive.names[0]);
    assert.deepEqual([...data], mask.voxels, name);
    assert.deepEqual(shape, mask.shape);
    assert.ok(archive.statistics(archive.names[0]).every((label) => label.voxels === null));
  }
});

test('names, labels and statistics', async () => {
  const archive = await open(file('runs.mska'));
  assert.deepEqual(archive.shape, masks[0].shape);
  assert.equal(archive.damage, null);
  expected.affine_ras_xyz.forEach((row, at) =>
    row.forEach((value, axis) => assert.ok(Math.abs(archive.affine[at][axis] - value) < 1e-6)));
  // Of many small labels the index has no statistics.
  const cells = archive.statistics('cells');
  assert.deepEqual([cells.length, new Set(cells.map((label) => label.voxels))], [7 * 9 * 11, new Set([null])]);
  for (const { name, labels } of masks.filter((mask) => mask.name !== 'cells')) {
    const found = archive.statistics(name).filter((label) => label.voxels > 0);
    assert.deepEqual(found.map(({ number, voxels }) => [number, voxels]), labels.map(({ label, voxels }) => [label, voxels]));
    found.forEach(({ bounds: [start, end] }, index) =>
      assert.deepEqual(start.map((first, axis) => [first, end[axis]]), labels[index].bounds));
    assert.deepEqual(archive.labels(name).map((label) => label.number), archive.statistics(name).map((label) => label.number));
  }
});

test('one label alone, as voxels and as runs', async () => {
  const archive = await open(file('runs.mska'));
  const entry = masks.find((entry) => entry.labels.length > 1);
  const { data } = await archive.load(entry.name);
  for (const { label, voxels } of entry.labels) {
    const alone = await archive.load(entry.name, label);
    assert.ok(alone.data.every((value, at) => value === Number(data[at] === label)), `${label}`);
    const runs = await archive.runs(entry.name, label);
    let sum = 0;
    for (let at = 0; at < runs.length; at += 3) sum += runs[at + 1] - runs[at];
    assert.equal(sum, voxels);
  }
});

test('an address is read range by range', async () => {
  const bytes = file('raw.mska');
  const { address, asked, end } = await served(bytes);
  const archive = await open(address);
  const opened = asked.length;
  const [first] = masks;
  assert.equal(sha256((await archive.load(first.name)).data), first.sha256_of_uint32_zyx);
  const fetched = asked.map((range) => /(\d+)-(\d+)/.exec(range)).reduce((sum, [, from, to]) => sum + to - from + 1, 0);
  assert.ok(asked.length > opened || fetched <= 16384, `${asked}`);
  assert.ok(fetched < bytes.length, `${fetched} of ${bytes.length}`);
  await archive.load(first.name);
  assert.equal(new Set(asked).size, asked.length, 'nothing is fetched twice');
  for (const entry of masks) {
    assert.equal(sha256((await archive.load(entry.name)).data), entry.sha256_of_uint32_zyx);
  }
  await end();
});

test('a server without ranges, and servers that fail', async () => {
  const whole = await served(file('runs.mska'), ({ more, ...answer }) => ({ ...answer, status: 200, body: file('runs.mska') }));
  assert.equal((await open(whole.address)).names.length, masks.length);
  assert.equal(whole.asked.length, 1);
  await whole.end();
  const none = await served(file('runs.mska'), (answer) => ({ ...answer, status: 404 }));
  await assert.rejects(open(none.address), /case\.mska: the server answers 404/);
  await none.end();
  let answers = 0;
  const short = await served(file('raw.mska'), (answer) => ({ ...answer, body: (answers += 1) > 1 ? answer.body.subarray(1) : answer.body }));
  const load = async () => {
    const archive = await open(short.address);
    for (const name of archive.names) await archive.load(name);
  };
  await assert.rejects(load(), /does not give the bytes/);
  await short.end();
});

test('parts of two files make none', async () => {
  let answers = 0;
  const tagged = (answer) => ({ ...answer, more: { ...answer.more, ETag: (answers += 1) > 1 ? '"second"' : '"first"' } });
  const { address, end } = await served(file('raw.mska'), tagged);
  const archive = await open(address);
  const load = async () => {
    for (const name of archive.names) await archive.load(name);
  };
  await assert.rejects(load(), /has changed since it was opened/);
  await end();
});

test('what is wrong is an error that says so', async () => {
  await assert.rejects(open(new TextEncoder().encode('no archive, whatever it is called')), /is no medmask file|not a medmask file/);
  await assert.rejects(open(file('runs.mska').subarray(0, 900)), /cut off|damaged|shorter/);
  const archive = await open(file('raw.mska'));
  await assert.rejects(archive.load('livr'), /did you mean "liver"/);
  await assert.rejects(archive.load('liver', 'spleen'), /has no label "spleen"/);
  assert.throws(() => archive.labels('livr'), /no entry/);
  archive.close();
  await assert.rejects(archive.load('liver'), /closed/);
});

test('damage to one entry leaves the others', async () => {
  const bytes = Buffer.from(file('raw.mska'));
  const [first, ...others] = masks;
  // Which bytes are its voxels is not known here: one after the other, until it cannot be loaded.
  let damaged;
  for (let at = 0; !damaged && at < bytes.length; at += 100) {
    const changed = Buffer.from(bytes);
    changed[at] ^= 1;
    const archive = await open(changed).catch(() => undefined);
    const error = await archive?.load(first.name).then(() => undefined, (error) => error);
    damaged = error && { archive, error };
  }
  assert.match(damaged.error.message, /entry "liver": .*(damaged|checksum)/);
  for (const entry of others) {
    const { data } = await damaged.archive.load(entry.name);
    assert.equal(sha256(data), entry.sha256_of_uint32_zyx);
  }
});

test('a NIfTI file of a mask', async () => {
  const archive = await open(file('runs.mska'));
  const mask = await archive.load('liver');
  const bytes = new DataView(toNifti(mask));
  const [depth, height, width] = masks[0].shape;
  const dims = [0, 1, 2, 3].map((at) => bytes.getInt16(40 + 2 * at, true));
  assert.deepEqual(dims, [3, width, height, depth]);
  assert.equal(bytes.getInt32(0, true), 348);
  assert.equal(bytes.getInt16(254, true), 1);
  for (const [at, row] of expected.affine_ras_xyz.slice(0, 3).entries()) {
    row.forEach((value, axis) => assert.ok(Math.abs(bytes.getFloat32(280 + 16 * at + 4 * axis, true) - value) < 1e-5));
  }
  assert.deepEqual(new Uint8Array(bytes.buffer, 352), new Uint8Array(mask.data.buffer));
});

test('NiiVue gets a volume of labels', async () => {
  const told = [];
  register({ useLoader: (...what) => told.push(what) });
  assert.deepEqual(told, [[toLabels, 'mska', 'nii']]);
  const labels = new Uint16Array(await toLabels(file('runs.mska')), 352);
  const archive = await open(file('runs.mska'));
  const last = masks.findLastIndex((entry) => entry.labels.length > 0);
  const { data } = await archive.load(masks[last].name);
  assert.ok(data.every((value, at) => value === 0 || labels[at] === last + 1));
  assert.equal(labels.length, data.length);
});
