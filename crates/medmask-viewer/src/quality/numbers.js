/** The middle of ascending numbers, or of the two in the middle their mean. */
function median(ascending) {
  const half = ascending.length >> 1;
  return ascending.length % 2 ? ascending[half] : (ascending[half - 1] + ascending[half]) / 2;
}

const ascending = (a, b) => a - b;

/** Fewer say nothing of what is usual. */
const FEWEST_VALUES = 5;

/** Where values are nearly equal, this share of their median is the least that counts for a deviation. */
const LEAST_DEVIATION = 0.01;

/**
 * The median of values, and how far each lies from it in median absolute deviations, with a sign. Undefined where a value is, and everywhere
 * where there are too few, or most are 0, so that there is no measure.
 */
function deviations(values) {
  const known = values.filter((value) => value !== undefined).sort(ascending);
  if (known.length < FEWEST_VALUES) return { middle: undefined, distances: values.map(() => undefined) };
  const middle = median(known);
  const absolute = known.map((value) => Math.abs(value - middle)).sort(ascending);
  const deviation = Math.max(median(absolute), middle * LEAST_DEVIATION);
  const distance = (value) =>
    value === undefined || deviation === 0 ? undefined : (value - middle) / deviation;
  return { middle, distances: values.map(distance) };
}

/** A volume in mL as the command prints it: two digits after the point, three that count below 1 mL. */
function millilitres(ml) {
  if (ml === 0 || ml >= 0.995) return ml.toFixed(2);
  return ml.toFixed(Math.min(9, Math.max(2, 2 - Math.floor(Math.log10(ml)))));
}

