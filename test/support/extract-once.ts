/** Installs an archive, as a process that can be killed. Arguments: archive, target. It says when it begins. */
import { readArchive } from '../../src/lib/bundle/archive.ts';
import { extractAside } from '../../src/lib/bundle/extract.ts';

const [file, target] = process.argv.slice(2) as [string, string];
const archive = readArchive(file);
process.stdout.write('begins\n');
extractAside(archive, target);
