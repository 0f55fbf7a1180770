/**
 * Puts what start.ts measures into a folder: a home with an index and a server, and the program as npm lays it out. In a
 * process of its own: to start another one takes the longer, the more memory a process has filled.
 *
 *     node bench/prepare-start.ts FOLDER PACKAGES
 */
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { bundle } from '../scripts/bundle.ts';
import { writeProgram } from '../scripts/program.ts';
import { writeIndex, writeInstalled } from '../test/support/sample-home.ts';
import { corpus } from './corpus.ts';

const ROOT = path.join(import.meta.dirname, '..');
const SERVER = 'process.stdout.write("ready\\n"); process.stdin.resume(); process.stdin.on("end", () => {});';

const [folder, packages] = process.argv.slice(2) as [string, string];
const home = path.join(folder, 'home');
mkdirSync(home, { mode: 0o700 });
writeIndex(home, corpus(Number(packages)));
console.log(await writeInstalled(home, '@acme/server', SERVER));

const root = path.join(folder, 'package');
const chunks = await bundle({ programs: ['mpak', 'mpak-registry'], executable: false });
writeProgram(path.join(root, 'dist', 'program'), chunks);
cpSync(path.join(ROOT, 'bin'), path.join(root, 'bin'), { recursive: true });
mkdirSync(path.join(root, 'node_modules'));
const dependency = path.join('node_modules', 'better-sqlite3');
symlinkSync(path.join(ROOT, dependency), path.join(root, dependency), 'dir');
