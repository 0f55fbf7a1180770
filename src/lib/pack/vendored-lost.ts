/** Vendored packages that would not work, since a rule that does not mean them leaves out what they start with. */
import path from 'node:path';
import type { BundleContent } from './collect.ts';
import type { Finding } from './finding.ts';
import type { IgnoreRules } from './ignore-rules.ts';
import { parseObject } from './json-file.ts';
import { NODE_PACKAGE } from './vendored.ts';

/** @param all with what is left out @param kept without */
export function lostFindings(all: BundleContent, kept: BundleContent, rules: IgnoreRules): Finding[] {
  const packages = [...all.paths].filter((name) => NODE_PACKAGE.test(name));
  return packages.flatMap((name) => {
    const lost = [name, mainOf(name, all)].find(
      (each) => each !== undefined && !kept.paths.has(each) && !rules.names(each),
    );
    if (lost === undefined) return [];
    return [
      {
        severity: 'error',
        path: lost,
        message: 'It is vendored, and left out of the bundle: the package would not work.',
        remedy: `Take it back in with a line \`!${lost}\` in .mcpbignore.`,
      },
    ];
  });
}

/** The file that `require` loads, where it is there: https://nodejs.org/api/modules.html, LOAD_AS_DIRECTORY. */
function mainOf(packageJson: string, all: BundleContent): string | undefined {
  const main = parseObject(all.read(packageJson))?.main;
  const folder = path.posix.dirname(packageJson);
  const named = path.posix.join(folder, typeof main === 'string' ? main : 'index.js');
  return [named, `${named}.js`, `${named}/index.js`, `${folder}/index.js`].find((each) =>
    all.paths.has(each),
  );
}
