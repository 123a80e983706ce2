/** The middle of ascending numbers, or of the two in the middle their mean. */
function median(ascending) {
  const half = ascending.length >> 1;
  return ascending.length % 2 ? ascending[half] : (ascending[half - 1] + ascending[half]) / 2;
}

const ascending = (a, b) => a - b;

/** Fewer cases say nothing of what is usual. */
const FEWEST = 5;
/** In median absolute deviations. */
const FAR = 5;
const FARTHER = 10;
/** Where values are nearly equal, this share of their median is the least that counts for a deviation. */
const LEAST_DEVIATION = 0.01;
/** Up to this share of the cases, and always one of them, is the exception. */
const EXCEPTION = 0.1;

/** A volume in mL as the command prints it: two digits after the point, three that count below 1 mL. */
function millilitres(ml) {
  if (ml === 0 || ml >= 0.995) return ml.toFixed(2);
  return ml.toFixed(Math.min(9, Math.max(2, 2 - Math.floor(Math.log10(ml)))));
}

/**
 * What is unusual among the volumes of one structure, one for each case: a mark, or undefined. A volume is undefined where a case lacks the
 * structure, and null where the case could not be read.
 */
function unusual(volumes) {
  const read = volumes.filter((ml) => ml !== null);
  if (read.length < FEWEST) return volumes.map(() => undefined);
  const present = read.filter((ml) => ml > 0).sort(ascending);
  const few = Math.max(1, Math.floor(read.length * EXCEPTION));
  const middle = present.length ? median(present) : 0;
  const absolute = present.map((ml) => Math.abs(ml - middle)).sort(ascending);
  const deviation = Math.max(present.length ? median(absolute) : 0, middle * LEAST_DEVIATION);
  return volumes.map((ml) => {
    if (ml === null) return undefined;
    if (!ml) return read.length - present.length <= few ? exception('', `${present.length} of ${read.length} cases have it`) : undefined;
    if (present.length <= few) return exception('▲', `${read.length - present.length} of ${read.length} cases have none`);
    return present.length < FEWEST ? undefined : distant(ml, middle, deviation);
  });
}

const exception = (sign, title) => ({ kind: 'farther', sign, title });

/** A mark where a volume is far from the median of those that there are. */
function distant(ml, middle, deviation) {
  const distance = (ml - middle) / deviation;
  const away = Math.abs(distance);
  if (away < FAR) return undefined;
  const [sign, side] = distance > 0 ? ['▲', 'above'] : ['▼', 'below'];
  const title = `${away.toFixed(1)} MAD ${side} the median of ${millilitres(middle)} mL`;
  return { kind: away < FARTHER ? 'far' : 'farther', sign, title };
}

