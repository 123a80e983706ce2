// What becomes of a decoder that fails or has much memory: modules written by hand stand for it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

/** A section of a module, or what holds a number of bytes: that number first. */
const sized = (bytes) => [bytes.length, ...bytes];
const section = (id, items) => [id, ...sized([items.length, ...items.flat()])];
const text = (name) => sized([...new TextEncoder().encode(name)]);

const [I32, I64, CONST, END, UNREACHABLE] = [0x7f, 0x7e, 0x41, 0x0b, 0x00];
/** Parameters and result of functions that the package calls; `supply` and `forget` give nothing. */
const TYPES = {
  create: [[I64], [I32]], prepare: [[I32], [I32]], supply: [[I32, I64], []], describe: [[I32], [I32]],
  answer: [[], [I32]], answer_length: [[], [I32]], forget: [[], []],
};

/** A module with `pages` of memory, whose functions have these `bodies`. */
function moduleOf(bodies, pages) {
  const names = Object.keys(bodies);
  return Uint8Array.from([
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    ...section(1, names.map((name) => [0x60, ...sized(TYPES[name][0]), ...sized(TYPES[name][1])])),
    ...section(3, names.map((_, index) => [index])),
    ...section(5, [[0, ...unsigned(pages)]]),
    ...section(7, [[...text('memory'), 2, 0], ...names.map((name, index) => [...text(name), 0, index])]),
    ...section(10, names.map((name) => sized([0, ...bodies[name], END]))),
  ]);
}

function unsigned(number) {
  return number < 128 ? [number] : [(number & 127) | 128, ...unsigned(number >>> 7)];
}

const ZERO = [CONST, 0];
/** -2 ** 31, which as an address is 2 GiB. */
const TWO_GIB = [CONST, 0x80, 0x80, 0x80, 0x80, 0x78];

test('a decoder that fails while it is given bytes is not used again', async () => {
  const { open } = await import('../index.js?fails');
  const archive = readFileSync(new URL('../../../../testdata/version2/raw.mska', import.meta.url));
  const wasm = moduleOf({ create: ZERO, prepare: [UNREACHABLE], supply: [] }, 1);
  await assert.rejects(open(archive, { wasm }), /the decoder has failed, most likely for want of memory/);
  assert.ok((await open(archive)).names.includes('liver'));
});

test('addresses beyond 2 GiB', async () => {
  const { open } = await import('../index.js?large');
  // The module answers what it was given, as if that were its description of the archive.
  const description = new TextEncoder().encode('{"shape":[2,3,4],"entries":[]}');
  const bodies = {
    create: ZERO, prepare: TWO_GIB, supply: [], describe: ZERO, answer: TWO_GIB, answer_length: [CONST, description.length], forget: [],
  };
  const archive = await open(description, { wasm: moduleOf(bodies, 32769) });
  assert.deepEqual(archive.shape, [2, 3, 4]);
});
