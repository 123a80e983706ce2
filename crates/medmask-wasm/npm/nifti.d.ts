import type { Affine, Mask } from './index.js';

/** Numbers of an image; a value is `slope` times a number plus `intercept`. */
export interface Image {
  data: Uint8Array | Int16Array | Uint16Array | Uint32Array;
  /** Voxels along z, y and x. */
  shape: [number, number, number];
  affine: Affine;
  slope: number;
  intercept?: number;
}

/** The bytes of a NIfTI-1 file of a mask, marked as a map of labels, or of an image: little-endian, with an sform. Axes are at most 32,767 voxels long. */
export function toNifti(volume: Mask | Image): ArrayBuffer;
