import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';

const ROOT = path.join(import.meta.dirname, '..');

interface Source {
  /** Relative to the root, with slashes. */
  readonly file: string;
  readonly text: string;
  /** What it imports at run time or for types: files relative to the root, packages by name. */
  readonly imports: readonly string[];
}

function sources(pattern: string): Source[] {
  return globSync(pattern, { cwd: ROOT }).map((file) => {
    const text = readFileSync(path.join(ROOT, file), 'utf8');
    const imports = [...text.matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].map(([, target]) => {
      const name = target as string;
      return name.startsWith('.') ? path.join(path.dirname(file), name).split(path.sep).join('/') : name;
    });
    return { file: file.split(path.sep).join('/'), text, imports };
  });
}

function expectNoImport(pattern: string, forbidden: RegExp): void {
  const found = sources(pattern).flatMap(({ file, imports }) =>
    imports.filter((target) => forbidden.test(target)).map((target) => `${file} imports ${target}`),
  );
  expect(found).to.deep.equal([]);
}

describe('the layers', () => {
  it('find the sources', () => {
    expect(sources('src/lib/**/*.ts').length).to.be.greaterThan(20);
    expect(sources('src/lib/index/apply.ts')[0]?.imports).to.include('src/lib/log/entry.ts');
  });

  it('keep the library below the command line, the server and the tests', () => {
    expectNoImport('src/lib/**/*.ts', /^(src\/(cli|commands|main)|registry|test|bench|scripts)/);
  });

  it('keep the server and the commands apart', () => {
    expectNoImport('src/**/*.ts', /^registry\//);
    expectNoImport('registry/**/*.ts', /^src\/(commands|main)/);
    expectNoImport('{src,registry}/**/*.ts', /^(test|bench|scripts)\//);
  });

  it('keep index and log to themselves: no network, no files, nothing of the library but names and errors', () => {
    expectNoImport(
      'src/lib/log/*.ts',
      /^(undici|node:(fs|http|https|net|child_process)|src\/lib\/(?!log|errors|bundle\/name))/,
    );
    expectNoImport(
      'src/lib/index/*.ts',
      /^(undici|jose|node:(fs|http|https|net|child_process)|src\/lib\/(?!index|log|errors|bundle\/name))/,
    );
  });

  it('let the library print nothing, end nothing and read no environment', () => {
    // What the scanner looks for in others is named in texts.
    const texts = /\/\*[\s\S]*?\*\/|\/\/.*|'(?:[^'\\\n]|\\.)*'/g;
    const found = sources('src/lib/**/*.ts').flatMap(({ file, text }) =>
      [
        ...text
          .replace(texts, '')
          .matchAll(/\b(console\.\w+|process\.(stdout|stderr|stdin|env|exit|exitCode|argv))\b/g),
      ].map(([use]) => `${file} uses ${use}`),
    );
    expect(found).to.deep.equal([]);
  });

  /** What is loaded with a file, without what is imported later. */
  function loadedWith(start: string): { readonly files: Set<string>; readonly packages: Set<string> } {
    const seen = new Set<string>();
    const packages = new Set<string>();
    const visit = (file: string) => {
      if (seen.has(file)) return;
      seen.add(file);
      const text = readFileSync(path.join(ROOT, file), 'utf8');
      for (const [, clause, target] of text.matchAll(/import\s+([^'"]*?)from\s+['"]([^'"]+)['"]/g)) {
        if (clause?.startsWith('type ')) continue;
        const name = target as string;
        if (name.startsWith('.')) visit(path.join(path.dirname(file), name).split(path.sep).join('/'));
        else packages.add(name);
      }
    };
    visit(start);
    return { files: seen, packages };
  }

  it('let a search start without what only others need', () => {
    const { packages } = loadedWith('src/commands/bundle/search.ts');
    expect([...packages].filter((name) => !name.startsWith('node:')).sort()).to.deep.equal([
      '@oclif/core',
      'better-sqlite3',
      'string-width',
    ]);
  });

  it('let a server run without parsers: what scans is in processes of its own', () => {
    const { files, packages } = loadedWith('registry/commands/serve.ts');
    expect([...files]).to.include('registry/scans/pool.ts');
    expect([...packages].filter((name) => /^@(babel|lezer)\//.test(name))).to.deep.equal([]);
    // Data, what is counted with it, and what a worker is told: who signed, which sources are approved, and a Scorecard.
    expect([...files].filter((file) => file.startsWith('src/lib/certification/')).sort()).to.deep.equal([
      'src/lib/certification/approved-sources.ts',
      'src/lib/certification/catalogue.ts',
      'src/lib/certification/finding.ts',
      'src/lib/certification/level.ts',
      'src/lib/certification/report.ts',
      'src/lib/certification/scorecard.ts',
      'src/lib/certification/verified-provenance.ts',
    ]);
  });
});
