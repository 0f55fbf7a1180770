import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { Job } from '../support/actions-runner.ts';
import { runAction } from '../support/composite-action.ts';
import { LocalGitHub } from '../support/github.ts';
import { makeBundle } from '../support/mcpb.ts';
import { temporaryFolder } from '../support/temporary.ts';

const ROOT = path.join(import.meta.dirname, '../..');
/** As GitHub checks out a repository whose action is used: no dependency is installed. */
const CHECKOUT = ['action', 'bin', 'src', 'package.json', 'package-lock.json', 'oclif.manifest.json'];

describe('the action installs mpak', () => {
  const folder = temporaryFolder();

  it('from its own checkout, with the dependencies of its lockfile and no other', async function () {
    this.timeout(180_000);
    const checkout = path.join(folder(), 'checkout');
    mkdirSync(checkout);
    for (const name of CHECKOUT)
      cpSync(path.join(ROOT, name), path.join(checkout, name), { recursive: true });
    // What an installation has left that broke off.
    mkdirSync(path.join(checkout, 'node_modules/zod'), { recursive: true });
    const github = await LocalGitHub.start();
    try {
      // The registry of npm that this machine is set up for, and what it has of it.
      const environment = {
        npm_config_userconfig: path.join(os.homedir(), '.npmrc'),
        npm_config_cache: path.join(os.homedir(), '.npm'),
        npm_config_prefer_offline: 'true',
      };
      const job = new Job({ folder: folder(), github, repository: 'Acme/echo', tag: 'v1.0.0', environment });
      writeFileSync(path.join(job.workspace, 'echo.mcpb'), makeBundle('@acme/echo', '1.0.0').bytes);
      const inputs = { 'bundle-path': 'echo.mcpb', attest: 'false', upload: 'false', announce: 'false' };
      const used = { 'actions/setup-node': async () => ({}) };
      const result = await runAction(path.join(checkout, 'action/action.yml'), { job, inputs, used });
      expect(result.status, result.stdout + result.stderr).to.equal(0);
      expect(result.outputs['bundle-path']).to.equal('echo.mcpb');
      const { dependencies, devDependencies } = JSON.parse(
        readFileSync(path.join(ROOT, 'package.json'), 'utf8'),
      ) as {
        dependencies: Record<string, string>;
        devDependencies: Record<string, string>;
      };
      const installed = (name: string) => existsSync(path.join(checkout, 'node_modules', name));
      expect(Object.keys(dependencies).filter((name) => !installed(name))).to.deep.equal([]);
      expect(installed('typescript') || installed('mocha')).to.equal(false);
      expect(Object.keys(devDependencies)).to.include.members(['typescript', 'mocha']);
    } finally {
      await github.close();
    }
  });
});
