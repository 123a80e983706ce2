/** Teaches a Niivue to load `.mska`. */
export function register(niivue: { useLoader(loader: unknown, from: string, to: string): void }): void;

/** All masks of an archive in one NIfTI file of labels, numbered from 1 in their order; where masks overlap, the later one counts. */
export function toLabels(bytes: BufferSource): Promise<ArrayBuffer>;
