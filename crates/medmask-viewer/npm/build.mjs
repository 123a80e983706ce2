// Puts NiiVue as one compressed script into ../built, with its licence and those of the packages that are in it. `cargo xtask viewer` runs it.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const here = fileURLToPath(new URL('.', import.meta.url));
const modules = join(here, 'node_modules');
const built = join(here, '..', 'built');

/** A script that puts all that NiiVue exports into `globalThis.niivue`. */
const script = readFileSync(join(modules, '@niivue/niivue/dist/niivue.umd.js'), 'utf8');
if (script.includes('</script') || script.includes('<!--')) {
  throw new Error('NiiVue has grown a text that ends a script element');
}

/** Every package that npm installed for NiiVue, with what it depends on. */
function packages() {
  const lock = JSON.parse(readFileSync(join(here, 'package-lock.json'), 'utf8'));
  const wanted = Object.entries(lock.packages).filter(([path, entry]) => path && !entry.dev && !entry.optional);
  return wanted.map(([path]) => join(here, path)).sort();
}

/** The text of a licence whose packages may come without it: NiiVue's own. */
const BSD_2 = `Redistribution and use in source and binary forms, with or without modification, are permitted provided that the following conditions are met:
1. Redistributions of source code must retain the above copyright notice, this list of conditions and the following disclaimer.
2. Redistributions in binary form must reproduce the above copyright notice, this list of conditions and the following disclaimer in the documentation
and/or other materials provided with the distribution.
THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE
IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE
LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE
GOODS OR SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT
LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH
DAMAGE.`;

function licence(folder) {
  const about = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const files = readdirSync(folder).filter((name) => /^(licen[cs]e|copying)/i.test(name));
  const texts = files.map((name) => readFileSync(join(folder, name), 'utf8').trim());
  if (texts.length === 0 && about.license === 'BSD-2-Clause') {
    texts.push(`Copyright (c) ${about.author?.name ?? about.author ?? about.name}`, BSD_2);
  }
  const author = typeof about.author === 'object' ? about.author?.name : about.author;
  const heading = `${about.name} ${about.version}, licence ${about.license ?? 'as below'}${author ? `, by ${author}` : ''}`;
  const where = about.repository?.url ?? about.repository ?? about.homepage ?? '';
  return [heading, where, ...texts].filter(Boolean).join('\n');
}

mkdirSync(built, { recursive: true });
writeFileSync(join(built, 'niivue.js.gz'), gzipSync(script, { level: 9 }));
writeFileSync(join(built, 'LICENCES.txt'), `This page contains these programs:\n\n${packages().map(licence).join('\n\n')}\n`);
