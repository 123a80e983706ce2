import type { Mask } from './index.js';

/** The bytes of a NIfTI-1 file of the voxels: little-endian, with an sform, marked as a map of labels. Axes are at most 32,767 voxels long. */
export function toNifti(mask: Mask): ArrayBuffer;
