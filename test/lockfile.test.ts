import { readFileSync } from 'node:fs';
import { expect } from 'chai';

interface LockedPackage {
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

describe('package-lock.json', () => {
  const lock = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8')) as {
    packages: Readonly<Record<string, LockedPackage>>;
  };

  it('knows the packages of every platform, else `npm ci` refuses it on a clean machine', () => {
    const missing = Object.entries(lock.packages).flatMap(([place, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((name) => {
        const folders = [`${place}/node_modules/${name}`, `node_modules/${name}`];
        return !folders.some((folder) => Object.hasOwn(lock.packages, folder));
      }),
    );
    expect(missing).to.deep.equal([]);
  });

  it('names no host', () => {
    const resolved = Object.entries(lock.packages).filter(([, { resolved: url }]) => url !== undefined);
    expect(resolved.map(([place]) => place)).to.deep.equal([]);
  });
});
