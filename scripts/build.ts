/** Builds what the published package carries: dist/program, both programs bundled, and the licences of what is in them. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { bundle } from './bundle.ts';
import { bundledPackages, licenceTexts } from './licences.ts';

const folder = path.join(import.meta.dirname, '..', 'dist', 'program');
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const chunks = await bundle({ programs: ['mpak', 'mpak-registry'], executable: false });
for (const { name, code } of chunks) writeFileSync(path.join(folder, name), code);
const entries = chunks.flatMap(({ name, entry }) => (entry === undefined ? [] : [[entry, name]]));
writeFileSync(path.join(folder, 'entries.json'), JSON.stringify(Object.fromEntries(entries)));
writeFileSync(path.join(folder, 'LICENCES.txt'), licenceTexts(bundledPackages(chunks)));
