/** Builds what the published package carries: dist/program, both programs bundled, and the licences of what is in them. */
import path from 'node:path';
import { bundle } from './bundle.ts';
import { writeProgram } from './program.ts';

const chunks = await bundle({ programs: ['mpak', 'mpak-registry'], executable: false });
writeProgram(path.join(import.meta.dirname, '..', 'dist', 'program'), chunks);
