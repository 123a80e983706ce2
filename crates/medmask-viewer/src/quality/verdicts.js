/** Verdicts and notes by file. They are kept by the browser, for the page at this place, where it allows that. */
class Verdicts {
  constructor() {
    this.key = `medmask quality ${location.pathname}`;
    this.kept = true;
    this.unsaved = false;
    this.byFile = new Map();
    try {
      const stored = JSON.parse(localStorage.getItem(this.key) ?? '{}');
      this.byFile = new Map(Object.entries(stored));
      localStorage.setItem(this.key, JSON.stringify(stored));
    } catch {
      this.kept = false;
    }
  }

  /** The verdict, which is pass, fail or empty, and the note. A verdict on another content of the file does not count; its note stays. */
  of(one) {
    const { verdict = '', note = '', state } = this.byFile.get(one.file) ?? {};
    return { verdict: state === one.state ? verdict : '', note, outdated: verdict !== '' && state !== one.state };
  }

  set(one, change) {
    const { verdict, note } = { ...this.of(one), ...change };
    this.byFile.set(one.file, { verdict, note, state: one.state });
    this.unsaved = true;
    try {
      if (this.kept) localStorage.setItem(this.key, JSON.stringify(Object.fromEntries(this.byFile)));
    } catch {
      this.kept = false;
    }
  }
}

