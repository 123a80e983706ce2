/** What makes a spreadsheet take a text for a formula where it comes first, in their full width too. */
const FORMULA = /^[=+\-@\t\r\n\uff0b\uff0d\uff1d\uff20]/;

/** A cell that is text: quoted where a reader of any separator needs it, and never a formula. */
function textCell(text) {
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",;\t\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** All cases in the order of the command, whatever is shown: volumes in mL with all their digits, empty where a structure is missing. */
function toCsv(cases, structures, verdictOf) {
  const headings = ['case', 'file', 'verdict', 'note', 'problem', ...structures.map((name) => `${name} mL`)];
  const row = (one) => {
    const { verdict, note } = verdictOf(one);
    const texts = [one.name, one.file, verdict, note, [one.problem ?? [], one.remarks].flat().join('; ')];
    const volumes = structures.map((_, column) => one.ml[column] ?? '');
    return [...texts.map(textCell), ...volumes].join(',');
  };
  return [headings.map(textCell).join(','), ...cases.map(row)].join('\r\n') + '\r\n';
}

/** Gives the text to the browser to be saved. */
function save(name, text) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

