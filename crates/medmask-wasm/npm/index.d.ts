/** A label of an entry. */
export interface Label {
  /** `null` for voxels that were stored without one. */
  name: string | null;
  /** Its number in the voxels. */
  number: number;
  /** Red, green, blue and opacity, 0 to 255, where it has a colour of its own. */
  colour: [number, number, number, number] | null;
}

/** What the index says of a label; `null` for what it does not say. */
export interface Statistics {
  name: string | null;
  number: number;
  voxels: number | null;
  ml: number | null;
  /** First voxel and one past the last, each (z, y, x). */
  bounds: [[number, number, number], [number, number, number]] | null;
  /** x, y, z in LPS+ mm. */
  centroid: [number, number, number] | null;
}

/** From voxels (x, y, z) to RAS+ mm: four rows, as NIfTI has it. */
export type Affine = [Row, Row, Row, Row];
type Row = [number, number, number, number];

/** Dense voxels. */
export interface Mask {
  /** (z, y, x), x running fastest; 0 is background. */
  data: Uint8Array | Uint16Array | Uint32Array;
  /** Voxels along z, y and x. */
  shape: [number, number, number];
  affine: Affine;
}

/** An open archive. */
export interface Archive {
  /** Names of the entries, in the order in which they were added. */
  readonly names: string[];
  /** Voxels along z, y and x. */
  readonly shape: [number, number, number];
  /** mm along z, y and x. */
  readonly spacing: [number, number, number];
  readonly affine: Affine;
  /** What is wrong with a file that opens all the same; `null` for one in order. */
  readonly damage: string | null;
  /** Version of the format: `1.0` or `2.0`. */
  readonly version: string;
  /** @throws where no entry has that name */
  labels(name: string): Label[];
  /** @throws where no entry has that name */
  statistics(name: string): Statistics[];
  /**
   * Dense voxels of an entry in its own type or, where a label is named or numbered, of that label alone, as 1.
   * Rejects where there is no such entry or label, where its bytes are damaged, and for want of memory.
   */
  load(name: string, label?: string | number): Promise<Mask>;
  /**
   * As `load`, but three numbers for each run of equal voxels: the number of its first voxel, of the one after its last, and the label.
   * Voxels are numbered from 0 in the order of `data`. Rejects as `load` does.
   */
  runs(name: string, label?: string | number): Promise<Uint32Array>;
  /** Frees what the module holds of it; it cannot be asked any more. */
  close(): void;
}

export interface Options {
  /** Bytes of `medmask.wasm`, or the module compiled; else it is read from beside this file. */
  wasm?: BufferSource | WebAssembly.Module;
  /** In place of the global `fetch`, to add headers for instance. */
  fetch?: typeof fetch;
}

/**
 * Opens an archive: its bytes, or the address of one. Of an address only the ranges that are needed are fetched, or the whole file where
 * the server gives no ranges. Rejects where it is no archive, where it is damaged, and where the server fails.
 */
export function open(source: BufferSource | string | URL, options?: Options): Promise<Archive>;

/** Loads the module; `open` does so where it was not done before. */
export function initialise(wasm?: BufferSource | WebAssembly.Module): Promise<object>;
