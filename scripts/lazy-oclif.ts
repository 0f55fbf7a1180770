/**
 * oclif is CommonJS as the TypeScript compiler writes it, and each of its modules requires what any of its functions
 * might need: all of oclif to parse one line. In our bundles a module of it is required where it is first used.
 */

const REQUIRE = /^(?:const|var) (\w+_\d+) = ((?:__import(?:Default|Star)\()?require\("[^"]+"\)\)?);$/gm;
const RE_EXPORT = /^exports\.(\w+) = (__importStar\(require\("[^"]+"\)\));$/gm;

/** @param file of oclif, `@oclif/core/lib/...` @returns its code, with what it requires required at first use */
export function lazily(file: string, code: string): string {
  const names: string[] = [];
  let changed = code
    .replace(REQUIRE, (_, name: string, required: string) => {
      names.push(name);
      return `let ${name}$; const ${name} = () => ${name}$ ??= ${required};`;
    })
    .replace(
      RE_EXPORT,
      'Object.defineProperty(exports, "$1", { enumerable: true, get: function () { return $2; } });',
    );
  for (const name of names) {
    changed = changed
      .replace(new RegExp(`\\bnew ${name}\\.([\\w.]+)`, 'g'), `new (${name}().$1)`)
      .replace(new RegExp(`\\b${name}\\b(?=\\.)`, 'g'), `${name}()`);
  }
  // src/cli/output.ts listens when there is a stream to listen to: to ask for it is to make it.
  if (file.endsWith('core/lib/command.js'))
    changed = replaced(changed, /^process\.stdout\.on\('error', [\s\S]*?^\}\);$/m, '');
  // bin/ has checked the version of Node, and there is no package.json beside a bundle.
  if (file.endsWith('core/lib/index.js')) changed = replaced(changed, /^checkNodeVersion\(\);$/m, '');
  return changed;
}

function replaced(code: string, pattern: RegExp, replacement: string): string {
  if (!pattern.test(code)) throw new Error(`oclif has changed: there is no ${pattern}`);
  return code.replace(pattern, replacement);
}
