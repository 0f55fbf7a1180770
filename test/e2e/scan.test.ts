import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import type { CertifyEntry } from '../../src/lib/log/entry.ts';
import { sharedFolder } from '../registry/support/shared-folder.ts';
import { bundleWithManifest, certifiedManifest } from '../support/certified-bundle.ts';
import type { Result } from '../support/cli.ts';
import { sha256Of } from '../support/mcpb.ts';
import { serverManifest, writeFiles } from '../support/server-project.ts';
import { World } from '../support/world.ts';

const ECHO = '@acme/echo';

function certify(sha256: string, level: number, controls: CertifyEntry['controls']): CertifyEntry {
  const scanner = { name: 'mpak', version: '0.1.0' };
  const at = '2026-06-01T12:00:00.000Z';
  return { kind: 'certify', package: ECHO, version: '1.0.0', sha256, level, controls, scanner, at };
}

describe('certification, for a user', function () {
  this.timeout(60_000);
  const folder = sharedFolder();
  const bytes = bundleWithManifest({});
  const sha256 = sha256Of(bytes);
  let world: World;

  before(async () => {
    world = await World.start(folder());
    await world.publish(ECHO, '1.0.0', {
      bundle: { name: ECHO, bytes, sha256, manifest: certifiedManifest() },
    });
    world.appendToLog(certify(sha256, 2, { 'AI-01': 'pass', 'CQ-05': 'fail', 'SC-02': 'skip' }));
    await mpak(0, 'sync');
  });
  after(() => world.stop());

  async function mpak(status: number, ...args: string[]): Promise<Result> {
    const result = await world.mpak(...args);
    expect(result.status, `${args.join(' ')}\n${result.stdout}${result.stderr}`).to.equal(status);
    return result;
  }

  const file = (name: string, content: string | Buffer) => {
    writeFileSync(path.join(folder(), name), content);
    return path.join(folder(), name);
  };

  it('grades a file, and ends with the status of what will not do', async () => {
    const bundle = file('echo.mcpb', bytes);
    const sarif = path.join(folder(), 'scan.sarif');
    const { stdout } = await mpak(0, 'bundle', 'scan', bundle, '--sarif', sarif);
    expect(stdout)
      .to.match(/^@acme\/echo 1\.0\.0: L\d/)
      .and.include(sha256);
    expect(JSON.parse(readFileSync(sarif, 'utf8')).version).to.equal('2.1.0');
    const broken = file('broken.mcpb', bytes.subarray(0, 100));
    const low = await mpak(37, 'bundle', 'scan', broken, '--level', '1', '--json');
    expect(JSON.parse(low.stdout)).to.include({ level: 0 });
    expect(low.stderr).to.include('L1 is asked for');
    expect((await mpak(38, 'bundle', 'scan', broken, '--fail-on', 'high')).stderr).to.include(
      '1 finding at high',
    );
  });

  it('grades a folder, and says where in the repository it is', async () => {
    const project = path.join(folder(), 'project');
    mkdirSync(project);
    writeFiles(project, {
      'manifest.json': JSON.stringify(serverManifest({ name: 'echo' })),
      'server/index.js': '',
    });
    const { stdout } = await mpak(0, 'bundle', 'scan', project, '--json');
    const report = JSON.parse(stdout);
    expect(report.bundle).to.include({ name: 'echo', sha256: null, files: 2 });
    expect(report.controls).to.have.length(25);
  });

  it('refuses what it cannot read or write, and writes nothing', async () => {
    await mpak(3, 'bundle', 'scan', path.join(folder(), 'none.mcpb'));
    await mpak(3, 'bundle', 'scan', '@acme/none');
    await mpak(2, 'bundle', 'scan', '/dev/null');
    await mpak(2, 'bundle', 'scan', file('same.mcpb', bytes), '--sarif', '-');
    await mpak(2, 'bundle', 'scan', file('same.mcpb', bytes), '--fail-on', 'worst');
    expect(existsSync('-')).to.equal(false);
  });

  it('puts no SARIF in the place of the bundle, of a device, a pipe or a folder, and says so before it scans', async () => {
    const bundle = file('kept.mcpb', bytes);
    const pipe = path.join(folder(), 'pipe');
    execFileSync('mkfifo', [pipe]);
    const link = path.join(folder(), 'link.sarif');
    symlinkSync(bundle, link);
    for (const place of [bundle, link, pipe, folder(), path.join(folder(), 'none', 'scan.sarif')]) {
      const { stderr } = await mpak(2, 'bundle', 'scan', bundle, '--sarif', place);
      expect(stderr, place).not.to.include('.tmp-');
    }
    expect(readFileSync(bundle).equals(bytes)).to.equal(true);
    expect(lstatSync(pipe).isFIFO()).to.equal(true);
    const kept = file('kept.sarif', '');
    const other = path.join(folder(), 'other.sarif');
    symlinkSync(kept, other);
    await mpak(0, 'bundle', 'scan', bundle, '--sarif', other);
    expect(lstatSync(other).isSymbolicLink()).to.equal(true);
    expect(JSON.parse(readFileSync(kept, 'utf8')).version).to.equal('2.1.0');
  });

  it('grades a package by the bytes that the log names, which are fetched once', async () => {
    const first = JSON.parse((await mpak(0, 'bundle', 'scan', ECHO, '--json')).stdout);
    expect(first.bundle).to.include({ name: ECHO, version: '1.0.0', sha256 });
    const archives = path.join(world.mpakHome, 'archives');
    expect(readdirSync(archives)).to.deep.equal([`${sha256}.mcpb`]);
    // Whoever writes there is not believed.
    writeFileSync(path.join(archives, `${sha256}.mcpb`), 'something else');
    const again = JSON.parse((await mpak(0, 'bundle', 'scan', `${ECHO}@1.0.0`, '--json')).stdout);
    expect(again.bundle).to.deep.equal(first.bundle);
    world.github.removeAsset('acme', 'echo', 'v1.0.0', '1.0.0.mcpb');
    await mpak(0, 'bundle', 'scan', ECHO);
    world.github.addAsset('acme', 'echo', 'v1.0.0', '1.0.0.mcpb', bytes);
  });

  it('is shown with what each control came to', async () => {
    const { stdout } = await mpak(0, 'bundle', 'show', ECHO);
    expect(stdout).to.match(/^certified +L2 Standard, 1 of 3 controls passed$/m);
    expect(stdout).to.include('  failed: CQ-05 Safe execution\n  skipped: SC-02\n  passed: AI-01\n');
    const { certifications } = JSON.parse((await mpak(0, 'bundle', 'show', ECHO, '--json')).stdout);
    expect(certifications[0]).to.deep.include({ level: 2, platform: { os: 'any', arch: 'any' } });
  });

  it('refuses to install what is below the policy, whatever is agreed to', async () => {
    await mpak(0, 'config', 'set', 'policy.minimumLevel', '3');
    await mpak(0, 'config', 'set', 'policy.allow', '@acme/*');
    for (const command of [['bundle', 'install'], ['run']]) {
      const { stderr } = await mpak(37, ...command, ECHO, '--yes');
      expect(stderr).to.include('is certified L2, and policy.minimumLevel asks for L3');
    }
    expect(existsSync(world.packageFolder(ECHO))).to.equal(false);
    const { stderr } = await mpak(37, 'run', '--local', file('local.mcpb', bytes));
    expect(stderr).to.include('mpak bundle scan');
    await mpak(0, 'config', 'set', 'policy.minimumLevel', '2');
    const installed = await mpak(0, 'bundle', 'install', ECHO);
    expect(installed.stderr).to.match(/certified +L2 Standard$/m);
  });

  it('says at each sync that an installed bundle fell, and goes on running it', async () => {
    expect((await mpak(0, 'sync')).stderr).to.equal('');
    world.appendToLog(certify(sha256, 1, { 'AI-01': 'pass', 'SC-02': 'fail' }));
    for (const _ of [1, 2]) {
      const { stderr } = await mpak(0, 'sync');
      expect(stderr).to.include('@acme/echo 1.0.0 is installed and was certified L2 then, and is L1 now.');
    }
    const { installed } = JSON.parse((await mpak(0, 'sync', '--json')).stdout);
    expect(installed[0]).to.deep.include({ known: true, revoked: null, level: { before: 2, now: 1 } });
    world.appendToLog(certify(sha256, 3, { 'AI-01': 'pass' }));
    expect((await mpak(0, 'sync')).stderr).to.equal('');
  });
});
