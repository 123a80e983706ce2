// Reads .mska and .msk archives of segmentation masks. medmask.wasm opens and decodes them; here is what gives it the bytes it asks for.

/** Read first of a file behind an address: the front and the index of most archives lie there. */
const FIRST_BYTES = 16384;

const DONE = 0;
const MISSING = 1;

/** The one instance of the module, which all archives share. */
let decoder;

/** Loads the module, from `wasm` (its bytes, or compiled) or from beside this file. `open` does so where it was not done before. */
export function initialise(wasm) {
  decoder ??= instantiate(wasm).catch((error) => {
    decoder = undefined;
    throw error;
  });
  return decoder;
}

async function instantiate(wasm) {
  const source = wasm ?? (await moduleBytes());
  const module = source instanceof WebAssembly.Module ? source : await WebAssembly.compile(source);
  return (await WebAssembly.instantiate(module, {})).exports;
}

async function moduleBytes() {
  const address = new URL('./medmask.wasm', import.meta.url);
  if (address.protocol === 'file:') {
    const { readFile } = await import('node:fs/promises');
    return readFile(address);
  }
  return (await answerOf(address)).arrayBuffer();
}

/** What the module does, which is in no state to go on where that fails; the next archive gets a new one. */
function guarded(operation) {
  try {
    return operation();
  } catch (error) {
    decoder = undefined;
    throw new Error('the decoder has failed, most likely for want of memory', { cause: error });
  }
}

/** Opens an archive: its bytes, or the address of one, of which only the ranges that are needed are fetched. */
export async function open(source, options = {}) {
  const module = await initialise(options.wasm);
  const file = isBytes(source) ? ofBytes(source) : await Remote.open(source, options.fetch ?? fetch);
  const archive = new Archive(module, file);
  await archive.describe();
  return archive;
}

function isBytes(source) {
  return source instanceof ArrayBuffer || ArrayBuffer.isView(source);
}

function ofBytes(source) {
  const bytes = ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
  return { size: bytes.length, first: bytes };
}

async function answerOf(address, init, request = fetch) {
  const response = await request(address, init);
  if (!response.ok) {
    throw new Error(`${address}: the server answers ${response.status} ${response.statusText}`);
  }
  return response;
}

/** A file behind an address, read range by range. */
class Remote {
  /** The file, or its bytes where the server gives no ranges. */
  static async open(address, request) {
    const headers = { Range: `bytes=0-${FIRST_BYTES - 1}` };
    const response = await answerOf(address, { headers }, request);
    const first = new Uint8Array(await response.arrayBuffer());
    if (response.status !== 206) {
      return ofBytes(first);
    }
    const size = Number(/\/(\d+)$/.exec(response.headers.get('Content-Range') ?? '')?.[1] ?? NaN);
    if (!Number.isSafeInteger(size)) {
      throw new Error(`${address}: the server does not say how long the file is`);
    }
    const tag = response.headers.get('ETag');
    return Object.assign(new Remote(), { address, request, size, first, tag });
  }

  async read(start, end) {
    const headers = { Range: `bytes=${start}-${end - 1}` };
    const response = await answerOf(this.address, { headers }, this.request);
    // Parts of two files would make none. A server that tells no tag leaves it to the checksums.
    if (response.headers.get('ETag') !== this.tag) {
      throw new Error(`${this.address}: the file has changed since it was opened; load the page again`);
    }
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (response.status !== 206 || bytes.length !== end - start) {
      throw new Error(`${this.address}: the server does not give the bytes ${start} to ${end} that were asked for`);
    }
    return bytes;
  }
}

/** An open archive. */
class Archive {
  #module;
  #file;
  #reader;
  #description;

  constructor(module, file) {
    this.#module = module;
    this.#file = file;
    this.#reader = guarded(() => module.create(BigInt(file.size)));
    this.#supply(0, file.first);
  }

  /** Names of the entries, in the order in which they were added. */
  get names() {
    return this.#description.entries.map((entry) => entry.name);
  }

  /** Voxels along z, y and x. */
  get shape() {
    return this.#description.shape;
  }

  /** mm along z, y and x. */
  get spacing() {
    return this.#description.spacing;
  }

  /** From voxels (x, y, z) to RAS+ mm: four rows, as NIfTI and NiiVue have it. */
  get affine() {
    return this.#description.affine;
  }

  /** What is wrong with a file that opens all the same; `null` for one in order. */
  get damage() {
    return this.#description.damage;
  }

  /** Version of the format. */
  get version() {
    return this.#description.version;
  }

  /** Labels of an entry: name, number and colour. */
  labels(name) {
    return this.#entry(name).labels.map((label) => ({ name: label.name, number: label.number, colour: label.colour }));
  }

  /** What the index says of the labels of an entry: voxels, mL, bounds and centroid; `null` for what it does not say. */
  statistics(name) {
    const known = ({ name, number, voxels, ml, bounds, centroid }) => ({ name, number, voxels, ml, bounds, centroid });
    return this.#entry(name).labels.map(known);
  }

  /** Dense voxels of an entry or, where a label is named or numbered, of that label alone, as 1. */
  async load(name, label) {
    const runs = await this.runs(name, label);
    const [depth, height, width] = this.shape;
    const dtype = label === undefined ? this.#entry(name).dtype : 'bool';
    const data = new (arrayFor(dtype, runs))(depth * height * width);
    for (let at = 0; at < runs.length; at += 3) {
      data.fill(runs[at + 2], runs[at], runs[at + 1]);
    }
    return { data, shape: this.shape, affine: this.affine };
  }

  /** As `load`, as three numbers for each run of equal voxels: first voxel, the one after its last, label. */
  async runs(name, label) {
    const bytes = new TextEncoder().encode(name);
    const number = label === undefined ? 0 : this.#number(name, label);
    const answer = await this.#call(() => {
      this.#write(bytes);
      return this.#module.runs(this.#reader, number);
    });
    return new Uint32Array(answer.buffer);
  }

  /** Frees what the module holds of it. */
  close() {
    this.#module.close(this.#reader);
  }

  /** Reads the index. */
  async describe() {
    const answer = await this.#call(() => this.#module.describe(this.#reader));
    this.#description = JSON.parse(new TextDecoder().decode(answer));
  }

  #entry(name) {
    const entry = this.#description.entries.find((entry) => entry.name === name);
    if (!entry) {
      throw new Error(`no entry is named "${name}"`);
    }
    return entry;
  }

  #number(name, label) {
    const known = this.#entry(name).labels.find((known) => known.name === label || known.number === label);
    if (!known || known.number === 0) {
      throw new Error(`entry "${name}" has no label "${label}" with voxels of its own`);
    }
    return known.number;
  }

  /** Calls the module until nothing is missing, and copies its answer. */
  async #call(operation) {
    for (;;) {
      const status = guarded(operation);
      const answer = this.#take();
      if (status === DONE) {
        return answer;
      }
      if (status !== MISSING) {
        throw new Error(new TextDecoder().decode(answer));
      }
      const bounds = Array.from(new BigUint64Array(answer.buffer), Number);
      const fetched = bounds.filter((_, index) => index % 2 === 0).map((start, index) => this.#fetch(start, bounds[2 * index + 1]));
      await Promise.all(fetched);
    }
  }

  async #fetch(start, end) {
    this.#supply(start, await this.#file.read(start, end));
  }

  #supply(offset, bytes) {
    guarded(() => {
      this.#write(bytes);
      this.#module.supply(this.#reader, BigInt(offset));
    });
  }

  // Addresses beyond 2 GiB come from the module as negative numbers.

  #write(bytes) {
    const place = this.#module.prepare(bytes.length) >>> 0;
    new Uint8Array(this.#module.memory.buffer, place, bytes.length).set(bytes);
  }

  #take() {
    const module = this.#module;
    const [place, length] = [module.answer() >>> 0, module.answer_length() >>> 0];
    const copy = new Uint8Array(module.memory.buffer, place, length).slice();
    module.forget();
    return copy;
  }
}

function arrayFor(dtype, runs) {
  const types = { bool: Uint8Array, uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array };
  if (dtype) {
    return types[dtype];
  }
  let largest = 0;
  for (let at = 2; at < runs.length; at += 3) {
    largest = Math.max(largest, runs[at]);
  }
  return largest < 0x100 ? Uint8Array : largest < 0x10000 ? Uint16Array : Uint32Array;
}
