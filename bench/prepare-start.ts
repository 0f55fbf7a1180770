/**
 * Puts what start.ts measures into a folder: a home with an index and a server, and the program as npm lays it out. In a
 * process of its own: to start another one takes the longer, the more memory a process has filled.
 *
 *     node bench/prepare-start.ts FOLDER PACKAGES
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { writeIndex, writeInstalled } from '../test/support/sample-home.ts';
import { corpus } from './corpus.ts';
import { buildProgram } from './program.ts';

const SERVER = 'process.stdout.write("ready\\n"); process.stdin.resume(); process.stdin.on("end", () => {});';

const [folder, packages] = process.argv.slice(2) as [string, string];
const home = path.join(folder, 'home');
mkdirSync(home, { mode: 0o700 });
writeIndex(home, corpus(Number(packages)));
console.log(await writeInstalled(home, '@acme/server', SERVER));

await buildProgram(folder);
