import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { TARGETS } from '../../scripts/node-binary.ts';
import { hostTarget } from '../../scripts/sea.ts';

const ROOT = path.join(import.meta.dirname, '../..');

/** What the release workflow does on each platform, for this one. `npm run test:binary` runs the end-to-end tests. */
if (TARGETS.some((target) => target === hostTarget())) {
  describe('the executables of this platform', function () {
    this.timeout(180_000);
    let folder: string;
    before(() => {
      folder = mkdtempSync(path.join(os.tmpdir(), 'mpak-test-'));
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    const script = (name: string, ...args: string[]) => {
      const { status, stderr } = spawnSync(process.execPath, [path.join('scripts', name), ...args], {
        cwd: ROOT,
        // An executable is measured by nobody, and is built as without.
        env: { ...process.env, NODE_V8_COVERAGE: undefined },
        encoding: 'utf8',
      });
      return { status, stderr };
    };

    it('are built, open a database, and are Node for a server and what it forks', () => {
      const built = script('build-binaries.ts', '--target', hostTarget(), '--out', folder);
      expect(built, built.stderr).to.include({ status: 0 });
      expect(script('smoke.ts', path.join(folder, hostTarget()))).to.deep.equal({ status: 0, stderr: '' });
    });
  });
}
