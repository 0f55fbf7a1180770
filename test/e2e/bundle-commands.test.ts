import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { sharedFolder } from '../registry/support/shared-folder.ts';
import { finished, type Result } from '../support/cli.ts';
import { type BundleFile, makeBundle } from '../support/mcpb.ts';
import { World } from '../support/world.ts';

const ECHO = '@acme/echo';
const WEB = '@acme/web';

describe('the commands for what is installed', () => {
  const folder = sharedFolder();
  let world: World;
  let echo: BundleFile;

  before(async function () {
    this.timeout(60_000);
    world = await World.start(folder());
    await world.publish(ECHO, '1.0.0');
    echo = await world.publish(ECHO, '1.1.0');
    await world.publish(WEB, '1.0.0');
  });
  after(() => world.stop());
  beforeEach(async () => {
    world.newUser();
    await run('sync');
  });

  async function run(...args: string[]): Promise<Result> {
    return expectStatus(await world.mpak(...args), 0);
  }
  async function fails(status: number, ...args: string[]): Promise<Result> {
    return expectStatus(await world.mpak(...args), status);
  }
  const json = async (...args: string[]) => JSON.parse((await run(...args, '--json')).stdout);
  const error = async (status: number, ...args: string[]) =>
    JSON.parse((await fails(status, ...args, '--json')).stdout).error;
  const install = (...references: string[]) =>
    references.reduce<Promise<unknown>>(
      (before, reference) => before.then(() => run('bundle', 'install', reference)),
      Promise.resolve(),
    );
  const here = (...parts: string[]) => path.join(world.packageFolder(ECHO), ...parts);

  function expectStatus(result: Result, status: number): Result {
    const said = `${result.stdout}${result.stderr}`;
    expect(result.status, said).to.equal(status);
    expect(said).to.not.match(/^ {4}at |INTERNAL|failed in a way/m);
    return result;
  }

  it('say that there is nothing when nothing is installed', async () => {
    expect(await run('bundle', 'list')).to.include({ stdout: '', stderr: 'Nothing is installed.\n' });
    expect(await json('bundle', 'list')).to.deep.equal({ installed: [], damaged: [] });
    expect(await json('bundle', 'outdated')).to.deep.equal({ outdated: [], failed: [] });
    expect(await json('bundle', 'update')).to.deep.equal({ updated: [], failed: [] });
    expect(await json('cache', 'verify')).to.deep.equal({ verified: [], damaged: [] });
    expect(await json('cache', 'prune')).to.deep.equal({ removed: [], local: [], archives: [] });
    for (const command of ['remove', 'rollback', 'update']) {
      const told = await error(3, 'bundle', command, ECHO);
      expect(told, command).to.include({ code: 'NOT_FOUND', message: `${ECHO} is not installed.` });
    }
    expect((await error(3, 'cache', 'path', ECHO)).code).to.equal('NOT_FOUND');
    expect(existsSync(path.join(world.mpakHome, 'cache'))).to.equal(false);
  });

  it('refuse what is no name', async () => {
    for (const args of [
      ['bundle', 'remove', 'echo'],
      ['bundle', 'rollback', '../echo'],
      ['bundle', 'update', '@acme'],
      ['bundle', 'pull', 'echo'],
      ['cache', 'path', '@acme/../..'],
      ['cache', 'prune', '--keep', '-1'],
      ['bundle', 'remove'],
    ])
      expect((await error(2, ...args)).code, args.join(' ')).to.equal('USAGE');
    expect((await error(3, 'cache', 'path', `${ECHO}@../x`)).code).to.equal('NOT_FOUND');
  });

  it('list, tell what is outdated, update, roll back and remove', async () => {
    await install(`${ECHO}@1.0.0`, WEB);
    const list = await run('bundle', 'list');
    const rows = list.stdout.trimEnd().split('\n');
    expect(rows.map((row) => row.split('\t').slice(0, 5))).to.deep.equal([
      [ECHO, '1.0.0', 'current', 'any-any', 'attested'],
      [WEB, '1.0.0', 'current', 'any-any', 'attested'],
    ]);
    expect(await run('bundle', 'outdated')).to.include({ stdout: `${ECHO}\t1.0.0\t1.1.0\t-\n`, stderr: '' });
    expect(await json('bundle', 'outdated')).to.deep.equal({
      outdated: [
        {
          name: ECHO,
          current: '1.0.0',
          latest: '1.1.0',
          revoked: null,
          yanked: null,
          registry: world.registry.url,
        },
      ],
      failed: [],
    });

    expect(await json('bundle', 'update')).to.deep.equal({
      updated: [{ name: ECHO, from: '1.0.0', to: '1.1.0' }],
      failed: [],
    });
    expect((await run('bundle', 'update', ECHO)).stderr).to.include('Nothing to update');
    expect((await run('bundle', 'outdated')).stderr).to.include('is the latest');
    expect((await json('cache', 'path', ECHO)).path).to.equal(here('1.1.0'));

    expect(await json('bundle', 'rollback', ECHO)).to.deep.equal({ name: ECHO, from: '1.1.0', to: '1.0.0' });
    expect((await run('bundle', 'rollback', `${ECHO}@1.0.0`)).stdout).to.equal(
      `${ECHO} runs 1.0.0 already.\n`,
    );
    expect((await run('bundle', 'rollback', `${ECHO}@1.1.0`)).stdout).to.equal(
      `${ECHO} runs 1.1.0 again, and no longer 1.0.0.\n`,
    );
    expect((await error(3, 'bundle', 'rollback', `${ECHO}@9.0.0`)).hint).to.include(`${ECHO}@9.0.0`);

    const { installed } = await json('bundle', 'list');
    expect(
      installed.map((row: { version: string; current: boolean }) => [row.version, row.current]),
    ).to.deep.equal([
      ['1.1.0', true],
      ['1.0.0', false],
      ['1.0.0', true],
    ]);

    expect(await json('bundle', 'remove', `${ECHO}@1.1.0`)).to.deep.equal({
      name: ECHO,
      removed: ['1.1.0'],
      current: '1.0.0',
    });
    expect((await error(3, 'bundle', 'remove', `${ECHO}@1.1.0`)).code).to.equal('NOT_FOUND');
    expect((await run('bundle', 'remove', ECHO)).stdout).to.equal(`Removed 1 version of ${ECHO}: 1.0.0.\n`);
    // That it was proven once is remembered.
    expect(readdirSync(here()).filter((name) => !/^attested-\w+\.json$/.test(name))).to.deep.equal(['lock']);
    expect((await json('bundle', 'list')).installed).to.have.length(1);
  });

  it('update to the latest version only, and say how to get another', async () => {
    await install(`${ECHO}@1.0.0`);
    const told = await error(2, 'bundle', 'update', `${ECHO}@1.1.0`);
    expect(told.hint).to.include(`mpak bundle install ${ECHO}@1.1.0`);
  });

  it('update all that can be, and say of each that cannot why', async () => {
    const at = new Date().toISOString();
    for (const name of ['@acme/a-bad', '@acme/b-good']) {
      await world.publish(name, '1.0.0');
      await world.publish(name, '1.1.0');
    }
    await run('sync');
    await install('@acme/a-bad@1.0.0', '@acme/b-good@1.0.0');
    world.appendToLog({ kind: 'revoke', package: '@acme/a-bad', versions: '*', reason: 'takedown', at });
    await run('sync');
    expect((await run('bundle', 'outdated')).stdout).to.equal(
      '@acme/a-bad\t1.0.0\t-\trevoked: takedown\n@acme/b-good\t1.0.0\t1.1.0\t-\n',
    );
    const result = await fails(32, 'bundle', 'update', '--json');
    const answer = JSON.parse(result.stdout);
    expect(answer.updated).to.deep.equal([{ name: '@acme/b-good', from: '1.0.0', to: '1.1.0' }]);
    expect(answer.failed).to.have.length(1);
    expect(answer.failed[0]).to.include({ name: '@acme/a-bad', version: '1.0.0', code: 'REVOKED' });
    expect(result.stderr).to.include('@acme/a-bad stays at 1.0.0');
    expect((await error(32, 'bundle', 'update', '@acme/a-bad')).code).to.equal('REVOKED');
  });

  describe('mpak bundle pull', () => {
    const pull = (args: readonly string[], cwd: string) =>
      finished(world.start(['bundle', 'pull', ...args], { cwd }));

    it('writes the file under its own name, and says what it is', async () => {
      const result = expectStatus(await pull([ECHO], world.home), 0);
      const file = path.join(world.home, '1.1.0.mcpb');
      expect(result.stdout).to.equal(`${file}\n`);
      expect(result.stderr).to.include('1.1.0').and.include('attested');
      expect(readFileSync(file).equals(echo.bytes)).to.equal(true);
      if (process.platform !== 'win32') expect(statSync(file).mode & 0o077).to.equal(0);
      expect(readdirSync(world.home).sort()).to.deep.equal(['.mpak', '1.1.0.mcpb']);
      // No bundle, but that it was proven.
      expect(readdirSync(here()).join()).to.match(/^attested-\w+\.json,lock$|^attested-\w+\.json$/);
    });

    it('answers in JSON', async () => {
      const file = path.join(world.home, 'x.mcpb');
      const answer = await json('bundle', 'pull', `${ECHO}@^1`, '-o', file);
      expect(answer).to.deep.equal({
        name: ECHO,
        version: '1.1.0',
        platform: { os: 'any', arch: 'any' },
        file,
        sha256: echo.sha256,
        size: echo.bytes.length,
        attested: true,
        deprecated: null,
      });
    });

    it('writes into a folder under its own name, and nothing to standard output', async () => {
      const place = path.join(world.home, 'bundles');
      mkdirSync(place);
      const answer = await json('bundle', 'pull', ECHO, '-o', place);
      expect(answer.file).to.equal(path.join(place, '1.1.0.mcpb'));
      expect(readdirSync(place)).to.deep.equal(['1.1.0.mcpb']);
      expectStatus(await pull([ECHO, '-o', '-'], place), 2);
      expectStatus(await pull([ECHO, '-o', ''], place), 2);
      expect(readdirSync(place)).to.deep.equal(['1.1.0.mcpb']);
    });

    it('writes over a file only when it is told to', async () => {
      const file = path.join(world.home, 'x.mcpb');
      writeFileSync(file, 'mine');
      const told = await error(2, 'bundle', 'pull', ECHO, '-o', file);
      expect(told.hint).to.include('--force');
      expect(readFileSync(file, 'utf8')).to.equal('mine');
      await run('bundle', 'pull', ECHO, '-o', file, '--force');
      expect(readFileSync(file).equals(echo.bytes)).to.equal(true);
    });

    it('replaces no pipe and no link to nowhere, and what a link leads to in its place', async () => {
      const at = (name: string) => path.join(world.home, name);
      execFileSync('mkfifo', [at('pipe')]);
      symlinkSync(at('nothing'), at('dangling'));
      writeFileSync(at('real'), 'mine');
      symlinkSync(at('real'), at('link'));
      for (const name of ['pipe', 'dangling'])
        expect((await error(2, 'bundle', 'pull', ECHO, '-o', at(name), '--force')).code).to.equal('USAGE');
      await error(2, 'bundle', 'pull', ECHO, '-o', at('dangling'));
      await run('bundle', 'pull', ECHO, '-o', at('link'), '--force');
      expect(lstatSync(at('pipe')).isFIFO()).to.equal(true);
      for (const name of ['dangling', 'link']) expect(lstatSync(at(name)).isSymbolicLink()).to.equal(true);
      expect(readFileSync(at('real')).equals(echo.bytes)).to.equal(true);
    });

    it('takes no name from a publisher that hides, or that a shell reads otherwise', async () => {
      for (const [index, filename] of ['.hidden.mcpb', '-rf.mcpb', 'a b.mcpb'].entries()) {
        await world.publish('@acme/names', `1.0.${index}`, { filename });
        await run('sync');
        const result = expectStatus(await pull([`@acme/names@1.0.${index}`], world.home), 0);
        expect(result.stdout).to.equal(`${path.join(world.home, `names-1.0.${index}.mcpb`)}\n`);
      }
    });

    it('is for the platform that is asked for', async () => {
      const linux = makeBundle('@acme/native', '1.0.0', {}, { for: 'linux' });
      const mac = makeBundle('@acme/native', '1.0.0', {}, { for: 'mac' });
      for (const [os, arch, bundle] of [
        ['linux', 'arm64', linux],
        ['darwin', 'arm64', mac],
      ] as const)
        await world.publish('@acme/native', '1.0.0', {
          bundle,
          filename: `${os}.mcpb`,
          platform: { os, arch },
        });
      await run('sync');
      const file = path.join(world.home, 'native.mcpb');
      await run('bundle', 'pull', '@acme/native', '--os', 'darwin', '--arch', 'arm64', '-o', file);
      expect(readFileSync(file).equals(mac.bytes)).to.equal(true);
      const told = await error(3, 'bundle', 'pull', '@acme/native', '--os', 'win32', '--arch', 'x64');
      expect(told.message).to.include('linux-arm64, darwin-arm64');
      expect((await error(2, 'bundle', 'pull', '@acme/native', '--os', 'linux')).code).to.equal('USAGE');
    });

    it('leaves nothing behind when it is refused', async () => {
      await world.publish('@acme/gone', '1.0.0');
      await world.publish('@acme/other-bytes', '1.0.0');
      await world.publish('@acme/bare', '1.0.0', { attest: false });
      await run('sync');
      world.github.createRelease('acme', 'gone', 'v1.0.0');
      const other = makeBundle('@acme/other-bytes', '1.0.1').bytes;
      world.github.addAsset('acme', 'other-bytes', 'v1.0.0', '1.0.0.mcpb', other);
      for (const [name, status] of [
        ['gone', 14],
        ['other-bytes', 31],
        ['bare', 3],
      ] as const)
        expectStatus(await pull([`@acme/${name}`], world.home), status);
      expect(readdirSync(world.home)).to.deep.equal(['.mpak']);
      const result = expectStatus(await pull(['@acme/bare', '--allow-unattested'], world.home), 0);
      expect(result.stderr).to.include('NOT attested');
    });

    it('warns of what is deprecated', async () => {
      await world.publish('@acme/older', '1.0.0');
      const [at, message] = [new Date().toISOString(), 'No longer kept.'];
      world.appendToLog({ kind: 'deprecate', package: '@acme/older', versions: '*', message, at });
      await run('sync');
      const result = expectStatus(await pull(['@acme/older'], world.home), 0);
      expect(result.stderr).to.include(message);
    });
  });

  describe('mpak cache', () => {
    it('path says where bundles are, and where one of them is', async () => {
      expect((await run('cache', 'path')).stdout).to.equal(`${path.join(world.mpakHome, 'cache')}\n`);
      await install(`${ECHO}@1.0.0`, ECHO);
      expect((await run('cache', 'path', ECHO)).stdout).to.equal(`${here('1.1.0')}\n`);
      expect((await json('cache', 'path', `${ECHO}@1.0.0`)).path).to.equal(here('1.0.0'));
    });

    it('verify notices what was changed, and what only a runtime wrote', async () => {
      await install(ECHO, WEB);
      const verified = [
        { name: ECHO, version: '1.1.0' },
        { name: WEB, version: '1.0.0' },
      ];
      expect(await json('cache', 'verify')).to.deep.equal({ verified, damaged: [] });
      expect((await run('cache', 'verify')).stdout).to.match(/^2 installed versions: /);
      writeFileSync(here('1.1.0', 'uv.lock'), 'version = 1\n');
      expect(await json('cache', 'verify')).to.deep.equal({ verified, damaged: [] });
      writeFileSync(here('1.1.0', 'server', 'index.js'), 'evil();\n');
      const told = JSON.parse((await fails(34, 'cache', 'verify', '--json')).stdout);
      expect(told.error.message).to.include(`${ECHO}@1.1.0`).and.not.include(WEB);
      expect(told.damaged).to.deep.equal([{ name: ECHO, version: '1.1.0', changed: 'files' }]);
      expect(told.verified).to.deep.equal([{ name: WEB, version: '1.0.0' }]);
      expect((await fails(34, 'cache', 'verify')).stderr).to.include(`${ECHO}@1.1.0`);
      await run('bundle', 'remove', ECHO);
      await install(ECHO);
      expect(await json('cache', 'verify')).to.deep.equal({ verified, damaged: [] });
    });

    it('verify names a damaged receipt, and what it says to do mends it', async () => {
      await install(ECHO, WEB);
      writeFileSync(here('1.1.0.json'), '{"schema": 1');
      expect((await error(34, 'cache', 'verify')).message).to.include(`${ECHO}@1.1.0`);
      const { installed, damaged } = await json('bundle', 'list');
      expect(installed.map((row: { name: string }) => row.name)).to.deep.equal([WEB]);
      expect(damaged).to.have.length(1);
      expect(damaged[0]).to.include({ name: ECHO, version: '1.1.0', current: true, folder: here('1.1.0') });
      const list = await run('bundle', 'list');
      expect(list.stdout)
        .to.match(/^@acme\/echo\t1\.1\.0\tcurrent\t-\tDAMAGED/m)
        .and.include(WEB);
      expect(list.stderr).to.include(damaged[0].hint);
      expect((await json('cache', 'prune')).removed).to.deep.equal([]);
      for (const command of ['outdated', 'update']) {
        const answer = JSON.parse((await fails(34, 'bundle', command, '--json')).stdout);
        expect(answer.failed).to.have.length(1);
        expect(answer.failed[0]).to.include({ name: ECHO, code: 'CACHE_DAMAGED' });
      }
      expect((await fails(34, 'run', ECHO)).stderr).to.include('is not the receipt');
      const command = /`mpak (.*?)`/.exec(damaged[0].hint)?.[1] ?? expect.fail(damaged[0].hint);
      await run(...command.split(' '));
      await install(ECHO);
      await run('cache', 'verify');
    });

    it('prune takes away what does not run any more', async () => {
      await install(`${ECHO}@1.0.0`, ECHO);
      expect(await json('cache', 'prune')).to.deep.equal({ removed: [], local: [], archives: [] });
      const pruned = await run('cache', 'prune', '--keep', '0');
      expect(pruned).to.include({ stdout: `${ECHO} 1.0.0\n`, stderr: 'Removed 1 version.\n' });
      const kept = readdirSync(here()).filter((name) => !name.startsWith('attested-'));
      expect(kept.sort()).to.deep.equal(['1.1.0', '1.1.0.json', 'current.json', 'lock']);
    });

    it('prune takes away local files that were not started for thirty days, and says so', async () => {
      const sha256 = async (version: string) => {
        const file = path.join(world.home, `${version}.mcpb`);
        const bundle = makeBundle('mine', version, {}, { 'server/index.js': '' });
        writeFileSync(file, bundle.bytes);
        await run('run', '--local', file);
        return bundle.sha256;
      };
      const digests = [await sha256('1.0.0'), await sha256('1.0.1'), await sha256('1.0.2')] as const;
      const old = new Date(Date.now() - 31 * 24 * 3_600_000);
      for (const digest of digests.slice(0, 2))
        utimesSync(path.join(world.mpakHome, 'local', digest), old, old);
      // Started again, so it is used.
      await run('run', '--local', path.join(world.home, '1.0.1.mcpb'));
      const pruned = await run('cache', 'prune');
      expect(pruned.stdout).to.equal(`local ${digests[0]}\n`);
      expect(pruned.stderr).to.include('1 local file not run for 30 days');
      expect(readdirSync(path.join(world.mpakHome, 'local')).sort()).to.deep.equal(
        [digests[1], digests[2], 'lock'].sort(),
      );
      expect((await json('cache', 'prune')).local).to.deep.equal([]);
    });

    it('forgets a version without its receipt, and installs it again', async () => {
      await install(ECHO);
      rmSync(here('1.1.0.json'));
      expect((await json('bundle', 'list')).installed).to.deep.equal([]);
      expect((await json('bundle', 'install', ECHO)).action).to.equal('installed');
      await run('cache', 'verify');
    });
  });
});
