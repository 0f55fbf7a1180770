import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import type { Receipt } from '../../src/lib/cache/receipt.ts';
import type { PublishEntry } from '../../src/lib/log/entry.ts';
import { sharedFolder } from '../registry/support/shared-folder.ts';
import { finished, type Result } from '../support/cli.ts';
import { publishEntry } from '../support/entries.ts';
import { makeBundle, sha256Of } from '../support/mcpb.ts';
import { runOnTerminal } from '../support/terminal.ts';
import { World } from '../support/world.ts';

/** Mounts for a process and what it starts, seen by nobody else. */
const NAMESPACE = ['unshare', '--user', '--map-root-user', '--mount'] as const;

const folder = sharedFolder();
let world: World;

/** A bundle that says what its server may do. */
function permitted(name: string, version: string, permissions: unknown) {
  return makeBundle(name, version, {
    manifest_version: '0.4',
    _meta: { 'org.mpaktrust': { permissions } },
  });
}

function expectStatus(result: Result, status: number): void {
  const said = `${result.stdout}${result.stderr}`;
  expect(result.status, said).to.equal(status);
  expect(said).to.not.match(/^ {4}at |INTERNAL|failed in a way/m);
}

const succeed = async (...args: string[]): Promise<Result> => {
  const result = await world.mpak(...args);
  expectStatus(result, 0);
  return result;
};

const refuse = async (status: number, ...args: string[]): Promise<Result> => {
  const result = await world.mpak(...args);
  expectStatus(result, status);
  expect(result.stdout).to.equal('');
  return result;
};

const json = async (...args: string[]) => JSON.parse((await succeed(...args, '--json')).stdout);

/** The files of a package, without those that say how it stands. */
function filesOf(name: string): string[] {
  const folder = world.packageFolder(name);
  return existsSync(folder) ? readdirSync(folder).filter((entry) => entry !== 'lock') : [];
}

function currentOf(name: string): string {
  return JSON.parse(readFileSync(path.join(world.packageFolder(name), 'current.json'), 'utf8')).version;
}

before(async function () {
  world = await World.start(folder());
  this.timeout(30_000);
});
after(() => world.stop());
beforeEach(() => world.newUser());

describe('mpak bundle install', () => {
  it('installs what its publisher attested, and says what it is', async () => {
    const bundle = await world.publish('@acme/echo', '1.0.0');
    await succeed('sync');
    const result = await succeed('bundle', 'install', '@acme/echo');
    expect(result.stderr).to.include('acme/echo').and.include('proven');
    const installed = path.join(world.packageFolder('@acme/echo'), '1.0.0');
    expect(result.stdout).to.equal(`@acme/echo 1.0.0 is installed: ${installed}\n`);
    expect(readdirSync(installed).sort()).to.deep.equal(['manifest.json', 'server']);
    const receipt: Receipt = JSON.parse(readFileSync(`${installed}.json`, 'utf8'));
    expect(receipt.artifact.sha256).to.equal(bundle.sha256);
    expect(receipt.provenance?.source_repository).to.equal('acme/echo');
    const { MPAK_TRUSTED_ROOT = '' } = world.environment;
    expect(receipt.provenance).to.include({
      trusted_root: MPAK_TRUSTED_ROOT,
      trusted_root_sha256: sha256Of(readFileSync(MPAK_TRUSTED_ROOT)),
    });
    const list = await json('bundle', 'list');
    expect(list.installed).to.have.length(1);
    expect(list.installed[0]).to.include({
      name: '@acme/echo',
      version: '1.0.0',
      current: true,
      attested: true,
    });
    expect((await json('bundle', 'install', '@acme/echo')).action).to.equal('none');
  });

  it('says in the receipt by which root it was proven: that of TUF, when that was fetched', async () => {
    await world.publish('@acme/rooted', '1.0.0');
    await succeed('sync');
    const rootFile = path.join(world.home, 'root.json');
    writeFileSync(rootFile, world.sigstore.tufRoot);
    const environment = {
      MPAK_TRUSTED_ROOT: '',
      MPAK_TUF_URL: world.sigstore.tufUrl,
      MPAK_TUF_ROOT: rootFile,
    };
    expectStatus(await finished(world.start(['bundle', 'install', '@acme/rooted'], { environment })), 0);
    const file = path.join(world.packageFolder('@acme/rooted'), '1.0.0.json');
    const { provenance } = JSON.parse(readFileSync(file, 'utf8')) as Receipt;
    expect(provenance?.trusted_root).to.equal(world.sigstore.tufUrl);
    expect(provenance?.trusted_root_sha256).to.match(/^[0-9a-f]{64}$/);
  });

  it('takes a version, a range and a tag', async () => {
    for (const version of ['1.0.0', '1.1.0', '2.0.0', '2.1.0-rc.1'])
      await world.publish('@acme/many', version);
    await succeed('sync');
    for (const [wanted, version] of [
      ['1.0.0', '1.0.0'],
      ['^1', '1.1.0'],
      ['latest', '2.0.0'],
      ['2.1.0-rc.1', '2.1.0-rc.1'],
      ['~1.0', '1.0.0'],
    ] as const) {
      expect((await json('bundle', 'install', `@acme/many@${wanted}`)).version).to.equal(version);
      expect(currentOf('@acme/many')).to.equal(version);
    }
    for (const wanted of ['3.0.0', '^3', 'nightly', '../1.0.0'])
      await refuse(3, 'bundle', 'install', `@acme/many@${wanted}`);
    await refuse(2, 'bundle', 'install', 'many');
  });

  it('keeps a prerelease through every later change', async () => {
    await world.publish('@acme/early', '1.0.0-beta.1');
    await world.publish('@acme/early', '1.0.0-tmp-2');
    await world.publish('@acme/early', '1.0.0');
    await succeed('sync');
    for (const version of ['1.0.0-beta.1', '1.0.0-tmp-2', '1.0.0'])
      await succeed('bundle', 'install', `@acme/early@${version}`);
    const { installed } = await json('bundle', 'list');
    expect(installed.map((row: { version: string }) => row.version)).to.deep.equal([
      '1.0.0',
      '1.0.0-tmp-2',
      '1.0.0-beta.1',
    ]);
    expect(filesOf('@acme/early')).to.have.length(8);
    expect((await json('bundle', 'rollback', '@acme/early')).to).to.equal('1.0.0-tmp-2');
  });

  it('refuses what is no longer what was announced', async () => {
    await world.publish('@acme/swapped', '1.0.0');
    await succeed('sync');
    world.github.addAsset(
      'acme',
      'swapped',
      'v1.0.0',
      '1.0.0.mcpb',
      makeBundle('@acme/swapped', '1.0.1').bytes,
    );
    await refuse(31, 'bundle', 'install', '@acme/swapped');
    world.github.createRelease('acme', 'swapped', 'v1.0.0');
    await refuse(14, 'bundle', 'install', '@acme/swapped');
    expect(filesOf('@acme/swapped')).to.deep.equal([]);
  });

  it('does not install, pull or go back to what is revoked, and says what to do', async () => {
    await world.publish('@acme/bad', '1.0.0');
    await world.publish('@acme/bad', '1.1.0');
    await succeed('sync');
    await succeed('bundle', 'install', '@acme/bad@1.0.0');
    await succeed('bundle', 'install', '@acme/bad@1.1.0');
    revoke('@acme/bad', '1.0.0');
    await succeed('sync');
    const rollback = await refuse(32, 'bundle', 'rollback', '@acme/bad');
    expect(rollback.stderr).to.include('malicious');
    expect(currentOf('@acme/bad')).to.equal('1.1.0');
    world.newUser();
    await succeed('sync');
    for (const command of ['install', 'pull', 'run']) {
      const refused = await refuse(32, 'bundle', command, '@acme/bad@1.0.0');
      expect(refused.stderr).to.include('1.1.0');
    }
    expect((await json('bundle', 'install', '@acme/bad@^1')).version).to.equal('1.1.0');
  });

  it('says beforehand that it is deprecated, and by what it is followed', async () => {
    await world.publish('@acme/old', '1.0.0');
    world.appendToLog({
      kind: 'deprecate',
      package: '@acme/old',
      versions: '*',
      message: 'It is not maintained.',
      successor: '@acme/new',
      at: new Date().toISOString(),
    });
    await succeed('sync');
    const { stderr } = await succeed('bundle', 'install', '@acme/old');
    expect(stderr).to.include('It is not maintained.').and.include('@acme/new');
  });
});

describe('consent', () => {
  it('is given by naming a package that is proven, where nobody can be asked, and stderr says what it is', async () => {
    await world.publish('@acme/proven', '1.0.0', {
      bundle: permitted('@acme/proven', '1.0.0', { network: 'full' }),
    });
    await succeed('sync');
    const { stderr } = await succeed('bundle', 'install', '@acme/proven');
    expect(stderr)
      .to.include('acme/proven at ')
      .and.include('{"network":"full"}')
      .and.include('1 tool: echo');
  });

  it('is not enough for what nobody attested: that needs its own flag, and a yes', async () => {
    await world.publish('@acme/bare', '1.0.0', { attest: false });
    await succeed('sync');
    const refused = await refuse(3, 'bundle', 'install', '@acme/bare', '--yes');
    expect(refused.stderr).to.include('has no attestation');
    await refuse(3, 'run', '@acme/bare', '--yes');
    await refuse(33, 'bundle', 'install', '@acme/bare', '--allow-unattested');
    await refuse(33, 'run', '@acme/bare', '--allow-unattested');
    expect(filesOf('@acme/bare')).to.deep.equal([]);
    const { stderr } = await succeed('bundle', 'install', '@acme/bare', '--allow-unattested', '--yes');
    expect(stderr).to.include('NOT PROVEN');
    expect((await succeed('bundle', 'list')).stdout).to.include('UNATTESTED');
    expect((await json('bundle', 'list')).installed[0].attested).to.equal(false);
  });

  it('is asked for always when the policy says so, but for what is on the allow list', async () => {
    await world.publish('@acme/careful', '1.0.0');
    await world.publish('@other/careful', '1.0.0');
    await succeed('sync');
    await succeed('config', 'set', 'policy.consent', 'always');
    const refused = await refuse(33, 'bundle', 'install', '@acme/careful');
    expect(refused.stderr).to.include('mpak config set policy.allow @acme/careful');
    await refuse(33, 'run', '@acme/careful');
    expect(filesOf('@acme/careful')).to.deep.equal([]);
    await succeed('config', 'set', 'policy.allow', '@acme/*');
    await succeed('bundle', 'install', '@acme/careful');
    await refuse(33, 'bundle', 'install', '@other/careful');
    await succeed('bundle', 'install', '@other/careful', '--yes');
  });

  it('is needed for an update that wants more, and not for one that wants less', async () => {
    const name = '@acme/growing';
    for (const [version, permissions] of [
      ['1.0.0', { network: ['api.example.com'], filesystem: 'none' }],
      ['1.1.0', { network: [] }],
      ['1.2.0', { network: ['evil.example.com'] }],
    ] as const) {
      await world.publish(name, version, { bundle: permitted(name, version, permissions) });
    }
    await succeed('sync');
    await succeed('bundle', 'install', `${name}@1.0.0`);
    await succeed('bundle', 'install', `${name}@1.1.0`);
    const refused = await refuse(33, 'bundle', 'update', name);
    expect(refused.stderr).to.include('more permissions');
    expect(currentOf(name)).to.equal('1.1.0');
    expect(filesOf(name)).to.not.include('1.2.0');
    // Nor is it a first installation because nobody knows what runs.
    rmSync(path.join(world.packageFolder(name), 'current.json'));
    for (const command of [['bundle', 'install'], ['run']])
      expect((await refuse(33, ...command, name)).stderr).to.include('more permissions');
    await succeed('bundle', 'install', name, '--yes');
    expect(currentOf(name)).to.equal('1.2.0');
  });

  it('is given to what the bundle asks for: a registry that says less is found out', async () => {
    const bundle = permitted('@acme/liar', '1.0.0', { network: ['*'], subprocess: true });
    const url = world.github.addAsset('acme', 'liar', 'v1.0.0', 'liar.mcpb', bundle.bytes);
    const { _meta, ...manifest } = bundle.manifest as PublishEntry['manifest'];
    const { sha256, bytes } = bundle;
    world.appendToLog(
      publishEntry('@acme/liar', '1.0.0', { manifest, artifact: { sha256, size: bytes.length, url } }),
    );
    await succeed('sync');
    const refused = await refuse(30, 'bundle', 'install', '@acme/liar', '--yes', '--allow-unattested');
    expect(refused.stderr).to.include('other permissions');
    expect(filesOf('@acme/liar')).to.deep.equal([]);
  });

  it('is needed for an update that comes from another repository', async () => {
    const name = '@acme/moved';
    await world.publish(name, '1.0.0');
    await world.publish(name, '1.1.0', { repository: 'acme/elsewhere' });
    await succeed('sync');
    await succeed('bundle', 'install', `${name}@1.0.0`);
    const refused = await refuse(33, 'bundle', 'update');
    expect(refused.stderr).to.include('from elsewhere');
    expect(currentOf(name)).to.equal('1.0.0');
    await succeed('bundle', 'update', '--yes');
    expect(currentOf(name)).to.equal('1.1.0');
  });

  it('is asked for on a terminal: y installs, anything else does not', async () => {
    await world.publish('@acme/asked', '1.0.0');
    await succeed('sync');
    for (const answer of ['n\n', '\n', 'yep\n', '\u0003', '\u0004']) {
      const { status, output } = await onTerminal(['bundle', 'install', '@acme/asked'], answer);
      expect(status, output).to.be.oneOf([2, 33]);
      expect(filesOf('@acme/asked')).to.deep.equal([]);
    }
    const { status, output } = await onTerminal(['bundle', 'install', '@acme/asked'], 'y\n');
    expect(status, output).to.equal(0);
    expect(output).to.include('proven').and.include('is installed');
    expect(currentOf('@acme/asked')).to.equal('1.0.0');
  });
});

describe('somebody who is asked on a terminal', () => {
  const NAME = '@acme/slow';

  /** @param meanwhile what happens between the question and the answer */
  async function asked(meanwhile: () => Promise<unknown>) {
    await world.publish(NAME, '1.0.0').catch(() => undefined);
    await succeed('sync');
    return onTerminal(['bundle', 'install', NAME], 'y\n', meanwhile);
  }

  it('keeps nobody from the package, and finds done what another process did', async () => {
    let other: Result | undefined;
    const { status, output } = await asked(async () => {
      other = await world.mpak('bundle', 'install', NAME);
    });
    expect(other?.status, other?.stderr).to.equal(0);
    expect(status, output).to.equal(0);
    expect(output).to.include('1.0.0 is installed already');
  });

  it('is asked again when it is another thing now, and it is not installed when it was revoked', async () => {
    const { status, output } = await asked(async () => {
      await world.publish(NAME, '1.1.0');
      revoke(NAME, '1.0.0');
      await succeed('sync');
    });
    // The second question gets no answer: nothing more is typed, and the terminal ends.
    expect(status, output).to.not.equal(0);
    expect(output).to.include('Install @acme/slow 1.1.0? [y/N]');
    expect(filesOf(NAME)).to.deep.equal([]);
    expect(existsSync(path.join(world.packageFolder(NAME), '1.0.0'))).to.equal(false);
  });
});

describe('an installation on a disk that fails', () => {
  /** 1.5 MB that do not compress. */
  const large = (() => {
    const bytes = Buffer.alloc(1_500_000);
    let state = 7;
    for (let index = 0; index < bytes.length; index += 1) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
      bytes[index] = state >>> 16;
    }
    return bytes;
  })();

  if (canMount()) {
    it('leaves nothing half there when it is full, during the download or the extraction', async () => {
      await publishLarge('@acme/full');
      // The download needs 1.5 MB, the extraction as much again.
      for (const size of ['1m', '2m']) {
        const result = await onSmallDisk(size, 'bundle', 'install', '@acme/full');
        expectStatus(result, 1);
        expect(result.stderr).to.include('the disk is full');
        expect(result.stdout).to.equal('./acme/full/lock\n');
      }
      const result = await onSmallDisk('4m', 'bundle', 'install', '@acme/full');
      expectStatus(result, 0);
      expect(result.stdout).to.include('./acme/full/1.0.0/server/large.bin');
    });
  } else
    it('leaves nothing half there when a file becomes larger than may be', async () => {
      await publishLarge('@acme/limited');
      const wrap = (line: readonly string[]) => ['sh', '-c', 'ulimit -f 2000; exec "$@"', 'sh', ...line];
      const result = await finished(world.start(['bundle', 'install', '@acme/limited'], { wrap }));
      expect(result.status, result.stderr).to.be.greaterThan(0);
      expect(filesOf('@acme/limited')).to.deep.equal([]);
    });

  if (canMount())
    it('says so when it may only be read, and what is installed there runs', async () => {
      const server = "process.stdout.write('runs\\n');";
      const bundle = makeBundle('@acme/sealed', '1.0.0', {}, { 'server/index.js': server });
      await world.publish('@acme/sealed', '1.0.0', { bundle });
      await succeed('sync');
      await succeed('bundle', 'install', '@acme/sealed');
      expect((await onSealedDisk('run', '@acme/sealed')).stdout).to.equal('runs\n');
      // Whoever used the index last.
      await world.publish('@acme/sealed', '1.0.1');
      await succeed('sync');
      expect((await onSealedDisk('run', '@acme/sealed')).stdout).to.equal('runs\n');
      const removal = await onSealedDisk('bundle', 'remove', '@acme/sealed');
      expectStatus(removal, 1);
      expect(removal.stderr).to.include('the file system is read-only');
      expect((await succeed('run', '@acme/sealed')).stdout).to.equal('runs\n');
    });

  it('leaves nothing half there when it may not be written', async () => {
    await world.publish('@acme/frozen', '1.0.0');
    await succeed('sync');
    const cache = path.join(world.mpakHome, 'cache');
    mkdirSync(cache, { mode: 0o500 });
    // What root may do, a root without that capability may not.
    const drop = ['setpriv', '--bounding-set=-dac_override', '--inh-caps=-dac_override'];
    const wrap = (line: readonly string[]) => [...(process.getuid?.() === 0 ? drop : []), ...line];
    const result = await finished(world.start(['bundle', 'install', '@acme/frozen'], { wrap }));
    expectStatus(result, 1);
    expect(result.stderr).to.include('permission was denied');
    expect(readdirSync(cache)).to.deep.equal([]);
  });

  const publishLarge = async (name: string) => {
    await world.publish(name, '1.0.0', {
      bundle: makeBundle(name, '1.0.0', {}, { 'server/large.bin': large }),
    });
    await succeed('sync');
  };

  it('says so when a file is where a folder must be', async () => {
    await world.publish('@acme/blocked', '1.0.0');
    await succeed('sync');
    mkdirSync(path.join(world.mpakHome, 'cache'));
    writeFileSync(path.join(world.mpakHome, 'cache', 'acme'), 'in the way');
    const result = await refuse(1, 'bundle', 'install', '@acme/blocked');
    expect(result.stderr).to.include(path.join('cache', 'acme'));
    expect(readFileSync(path.join(world.mpakHome, 'cache', 'acme'), 'utf8')).to.equal('in the way');
  });
});

function canMount(): boolean {
  const [command, ...args] = NAMESPACE;
  return spawnSync(command, [...args, 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;
}

/** Runs mpak with a cache on a disk of that size. stdout is what is on it afterwards. */
function onSmallDisk(size: string, ...args: string[]): Promise<Result> {
  mkdirSync(path.join(world.mpakHome, 'cache'), { recursive: true });
  const script =
    'mount -t tmpfs -o "size=$1" none "$MPAK_HOME/cache"; shift; "$@" >&2; status=$?; cd "$MPAK_HOME/cache"; find . -type f; exit $status';
  return finished(
    world.start(args, { wrap: (line) => [...NAMESPACE, 'sh', '-c', script, 'sh', size, ...line] }),
  );
}

/** Runs mpak with a home that nobody may write to. */
function onSealedDisk(...args: string[]): Promise<Result> {
  const script =
    'mount --bind "$MPAK_HOME" "$MPAK_HOME" && mount -o remount,ro,bind "$MPAK_HOME" && exec "$@"';
  return finished(world.start(args, { wrap: (line) => [...NAMESPACE, 'sh', '-c', script, 'sh', ...line] }));
}

const onTerminal = (args: readonly string[], answer: string, meanwhile?: () => Promise<unknown>) =>
  runOnTerminal(world, args, answer, { meanwhile });

function revoke(name: string, versions: string): void {
  world.appendToLog({
    kind: 'revoke',
    package: name,
    versions,
    reason: 'malicious',
    at: new Date().toISOString(),
  });
}
