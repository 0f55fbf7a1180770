import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { parsePackageName } from '../../../src/lib/bundle/name.ts';
import { BundleCache } from '../../../src/lib/cache/bundle-cache.ts';
import { prune } from '../../../src/lib/cache/prune.ts';
import { type Receipt, writeReceipt } from '../../../src/lib/cache/receipt.ts';
import { MpakError } from '../../../src/lib/errors.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { putVersion, receiptOf } from './installed.ts';

const named = (text: string) => parsePackageName(text) ?? expect.fail(text);
const ECHO = named('@acme/echo');
const SOURCE = pathToFileURL(path.join(import.meta.dirname, '../../../src/lib/cache/bundle-cache.ts')).href;

describe('the cache of bundles', () => {
  const folder = temporaryFolder();
  let cache: BundleCache;

  beforeEach(() => {
    cache = new BundleCache(folder());
  });

  const put = (...versions: string[]) =>
    versions.reduce<Promise<unknown>>(
      (before, version) => before.then(() => putVersion(cache, ECHO, version)),
      Promise.resolve(),
    );
  const remove = (version: string) => cache.change(ECHO, async () => cache.remove(ECHO, version));
  const inPackage = (...parts: string[]) => path.join(cache.packageFolder(ECHO), ...parts);
  const nothing = () => cache.change(ECHO, async () => undefined);
  const expectDamaged = (work: () => unknown) =>
    expect(work)
      .to.throw(MpakError)
      .that.satisfies((error: MpakError) => error.code === 'CACHE_DAMAGED' && error.hint?.includes('remove'));

  it('is empty before anything is installed', () => {
    expect(cache.list()).to.deep.equal([]);
    expect(cache.findCurrent(ECHO)).to.equal(undefined);
    expect(cache.versions(ECHO)).to.deep.equal([]);
    expect(existsSync(cache.root)).to.equal(false);
  });

  it('lists by name, and the highest version first', async () => {
    for (const name of ['@zoo/ape', '@acme/web', '@acme/echo'])
      for (const version of ['1.2.0', '1.10.0', '1.10.0-rc.1', '1.9.0'])
        await putVersion(cache, named(name), version);
    const versions = ['1.10.0', '1.10.0-rc.1', '1.9.0', '1.2.0'];
    expect(cache.list().map(({ name, version }) => `${name} ${version}`)).to.deep.equal(
      ['@acme/echo', '@acme/web', '@zoo/ape'].flatMap((name) =>
        versions.map((version) => `${name} ${version}`),
      ),
    );
  });

  describe('what runs', () => {
    it('is what was made current last, with those before it, newest first', async () => {
      await put('1.0.0', '2.0.0', '3.0.0');
      expect(cache.current(ECHO)).to.deep.equal({ version: '3.0.0', previous: ['2.0.0', '1.0.0'] });
      cache.setCurrent(ECHO, '1.0.0');
      expect(cache.current(ECHO)).to.deep.equal({ version: '1.0.0', previous: ['3.0.0', '2.0.0'] });
      cache.setCurrent(ECHO, '1.0.0');
      expect(cache.current(ECHO)).to.deep.equal({ version: '1.0.0', previous: ['3.0.0', '2.0.0'] });
      expect(cache.findCurrent(ECHO)?.version).to.equal('1.0.0');
    });

    it('is the one before when it is removed', async () => {
      await put('1.0.0', '2.0.0', '3.0.0');
      await remove('3.0.0');
      expect(cache.current(ECHO)).to.deep.equal({ version: '2.0.0', previous: ['1.0.0'] });
    });

    it('is one before that is still there', async () => {
      await put('1.0.0', '2.0.0', '3.0.0');
      rmSync(inPackage('2.0.0'), { recursive: true });
      await remove('3.0.0');
      expect(cache.current(ECHO)).to.deep.equal({ version: '1.0.0', previous: [] });
    });

    it('stays when another one is removed', async () => {
      await put('1.0.0', '2.0.0');
      await remove('1.0.0');
      expect(cache.current(ECHO)).to.deep.equal({ version: '2.0.0', previous: [] });
      expect(existsSync(inPackage('1.0.0'))).to.equal(false);
      expect(existsSync(inPackage('1.0.0.json'))).to.equal(false);
    });

    for (const [what, stop] of [
      ['the receipt', '3.0.0.json'],
      ['the folder', '3.0.0'],
    ] as const) {
      it(`is one that is whole when a removal ends at ${what}`, async function () {
        if (process.platform === 'win32') this.skip();
        await put('1.0.0', '2.0.0', '3.0.0');
        const script = `
          import fs from 'node:fs';
          import { syncBuiltinESMExports } from 'node:module';
          for (const call of ['rmSync', 'renameSync', 'unlinkSync']) {
            const original = fs[call];
            fs[call] = (file, ...rest) => {
              if (file === ${JSON.stringify(inPackage(stop))}) process.kill(process.pid, 'SIGKILL');
              return original(file, ...rest);
            };
          }
          syncBuiltinESMExports();
          const { BundleCache } = await import(${JSON.stringify(SOURCE)});
          const cache = new BundleCache(${JSON.stringify(folder())});
          await cache.change('@acme/echo', async () => cache.remove('@acme/echo', '3.0.0'));
        `;
        const { signal } = spawnSync(process.execPath, ['--input-type=module', '--eval', script]);
        expect(signal).to.equal('SIGKILL');
        expect(cache.findCurrent(ECHO)?.version).to.equal('2.0.0');
        await remove('3.0.0');
        expect(cache.versionNames(ECHO)).to.deep.equal(['2.0.0', '1.0.0']);
      });
    }

    it('goes last when all are removed', async () => {
      await put('1.0.0', '2.0.0');
      cache.setCurrent(ECHO, '1.0.0');
      const order: string[] = [];
      const remove = cache.remove.bind(cache);
      cache.remove = (name, version) => {
        order.push(`${version} while ${cache.findCurrent(name)?.version} runs`);
        remove(name, version);
      };
      await cache.change(ECHO, async () => cache.removeAll(ECHO, cache.versionNames(ECHO)));
      expect(order).to.deep.equal(['2.0.0 while 1.0.0 runs', '1.0.0 while 1.0.0 runs']);
    });

    it('is compared with the highest that is here when nothing is current', async () => {
      await put('1.0.0', '3.0.0', '2.0.0');
      expect(cache.baseline(ECHO)?.version).to.equal('2.0.0');
      rmSync(inPackage('current.json'));
      expect(cache.baseline(ECHO)?.version).to.equal('3.0.0');
      rmSync(inPackage('3.0.0.json'));
      expect(cache.baseline(ECHO)?.version).to.equal('2.0.0');
    });

    it('is nothing when all are removed', async () => {
      await put('1.0.0', '2.0.0');
      await remove('2.0.0');
      await remove('1.0.0');
      await remove('1.0.0');
      expect(cache.current(ECHO)).to.equal(undefined);
      expect(readdirSync(inPackage())).to.deep.equal(['lock']);
      expect(cache.list()).to.deep.equal([]);
    });

    for (const [what, content] of [
      ['half a file', '{"version": "1.'],
      ['nothing', ''],
      ['null', 'null'],
      ['a list', '[]'],
      ['a number', '7'],
      ['no version', '{"version": "latest", "previous": []}'],
      ['a path', '{"version": "../../../etc", "previous": []}'],
    ] as const) {
      it(`is unknown when current.json holds ${what}, and is known again when it is set`, async () => {
        await put('1.0.0');
        writeFileSync(inPackage('current.json'), content);
        expect(cache.current(ECHO)).to.equal(undefined);
        expect(cache.findCurrent(ECHO)).to.equal(undefined);
        cache.setCurrent(ECHO, '1.0.0');
        expect(cache.findCurrent(ECHO)?.version).to.equal('1.0.0');
      });
    }

    it('has no previous versions that are none', async () => {
      await put('1.0.0');
      const previous = ['0.9.0', '../0.8.0', 7, null, ['0.7.0'], 'v0.6.0'];
      writeFileSync(inPackage('current.json'), JSON.stringify({ version: '1.0.0', previous }));
      expect(cache.current(ECHO)).to.deep.equal({ version: '1.0.0', previous: ['0.9.0'] });
    });
  });

  describe('a version without its receipt', () => {
    it('does not exist, and is cleared away by the next change', async () => {
      await put('1.0.0');
      rmSync(inPackage('1.0.0.json'));
      expect(cache.find(ECHO, '1.0.0')).to.equal(undefined);
      expect(cache.findCurrent(ECHO)).to.equal(undefined);
      expect(cache.list()).to.deep.equal([]);
      await nothing();
      expect(existsSync(inPackage('1.0.0'))).to.equal(false);
    });

    it('and a receipt without its version are not installed', async () => {
      await put('1.0.0');
      rmSync(inPackage('1.0.0'), { recursive: true });
      expect(cache.find(ECHO, '1.0.0')).to.equal(undefined);
      writeFileSync(inPackage('1.0.0'), 'a file');
      expect(cache.find(ECHO, '1.0.0')).to.equal(undefined);
    });
  });

  describe('the next change', () => {
    it('clears away what a killed process has left, and nothing else', async () => {
      // All of these are versions, and look like something else.
      const versions = ['1.0.0', '1.0.0-rc.1', '1.0.0-tmp-1', '1.0.0-x.json', '1.0.0-x.json.tmp-1'];
      await put(...versions);
      const before = readdirSync(inPackage()).sort();
      for (const name of ['.aside-abc', 'tmp-0123456789abcdef', '2.0.0'])
        mkdirSync(inPackage(name, 'deep'), { recursive: true });
      for (const name of ['tmp-0123456789abcdef.mcpb', '1.0.0.json.tmp-77-88', 'current.json.tmp-77-88'])
        writeFileSync(inPackage(name), 'half');
      await nothing();
      expect(readdirSync(inPackage()).sort()).to.deep.equal(before);
      expect(cache.versions(ECHO).map(({ version }) => version)).to.have.members(versions);
    });

    it('leaves alone what is not its own', async () => {
      await put('1.0.0');
      for (const name of ['notes.txt', 'v1.0.0', '1.0', '..hidden'])
        writeFileSync(inPackage(name), 'of somebody');
      mkdirSync(inPackage('1.0'.concat('.x')));
      await nothing();
      expect(readdirSync(inPackage())).to.include.members([
        'notes.txt',
        'v1.0.0',
        '1.0',
        '..hidden',
        '1.0.x',
      ]);
    });

    it('follows no link', async function () {
      if (process.platform === 'win32') this.skip();
      await put('1.0.0');
      const outside = path.join(folder(), 'outside');
      mkdirSync(outside);
      writeFileSync(path.join(outside, 'kept'), '');
      for (const name of ['tmp-link', '.aside-link', '2.0.0']) symlinkSync(outside, inPackage(name));
      await nothing();
      await remove('2.0.0');
      expect(readdirSync(outside)).to.deep.equal(['kept']);
    });
  });

  describe('what else lies there', () => {
    it('is no package and no version', async () => {
      await put('1.0.0');
      for (const parts of [
        ['Acme', 'echo', '1.0.0'],
        ['.git', 'objects'],
        ['acme', 'E CHO', '1.0.0'],
        ['acme', '..x'],
        ['a'.repeat(60), 'x', '1.0.0'],
        ['acme', 'echo', '01.0.0'],
        ['acme', 'echo', 'latest'],
      ])
        mkdirSync(path.join(cache.root, ...parts), { recursive: true });
      writeFileSync(path.join(cache.root, '.DS_Store'), '');
      writeFileSync(path.join(cache.root, 'acme', '.DS_Store'), '');
      writeFileSync(inPackage('latest.json'), '{}');
      expect(cache.list().map(({ name, version }) => `${name} ${version}`)).to.deep.equal([
        '@acme/echo 1.0.0',
      ]);
    });

    it('is not found by what is no version', async () => {
      await put('1.0.0');
      for (const text of ['latest', 'current', '', '.', '..', '../echo/1.0.0', 'v1.0.0', '1.0.0 ', '^1.0.0'])
        expect(cache.find(ECHO, text), text).to.equal(undefined);
    });
  });

  describe('a receipt', () => {
    const damage = (text: string) => writeFileSync(inPackage('1.0.0.json'), text);
    const changed = (changes: object) => JSON.stringify({ ...receiptOf(ECHO, '1.0.0'), ...changes });

    beforeEach(() => put('0.9.0', '1.0.0'));

    it('is what was written', () => {
      const receipt: Receipt = receiptOf(ECHO, '1.0.0');
      writeReceipt(cache.receiptFile(ECHO, '1.0.0'), receipt);
      expect(cache.find(ECHO, '1.0.0')?.receipt).to.deep.equal(receipt);
    });

    for (const [what, text] of [
      ['half a file', () => changed({}).slice(0, 200)],
      ['nothing', () => ''],
      ['null', () => 'null'],
      ['no object', () => '[1]'],
      ['another schema', () => changed({ schema: 2 })],
      ['another package', () => changed({ package: '@evil/echo' })],
      ['another version', () => changed({ version: '1.0.1' })],
      ['a registry that is none', () => changed({ registry: 'file:///etc/passwd' })],
      [
        'a registry that is not its own name',
        () => changed({ registry: 'https://registry.example.com/../x' }),
      ],
      ['no platform', () => changed({ platform: undefined })],
      ['no artifact', () => changed({ artifact: null })],
      ['permissions that are no JSON', () => changed({ permissions: '{' })],
      ['a publisher without its id', () => changed({ publisher: { owner: 'x' } })],
      ['provenance without its signer', () => changed({ provenance: {} })],
    ] as const) {
      it(`with ${what} is told of, and can be removed`, async () => {
        damage(text());
        expectDamaged(() => cache.find(ECHO, '1.0.0'));
        expect(cache.list().map(({ version }) => version)).to.deep.equal(['0.9.0']);
        expect(cache.damaged().map(({ version }) => version)).to.deep.equal(['1.0.0']);
        expect(cache.versionNames(ECHO)).to.deep.equal(['1.0.0', '0.9.0']);
        await remove('1.0.0');
        expect(cache.findCurrent(ECHO)?.version).to.equal('0.9.0');
        expect(cache.list()).to.have.length(1);
      });
    }

    for (const [what, put] of [
      ['a pipe', (file: string) => execFileSync('mkfifo', [file])],
      ['a folder', (file: string) => mkdirSync(path.join(file, 'deep'), { recursive: true })],
      ['a link to a device', (file: string) => symlinkSync('/dev/zero', file)],
      ['a link to itself', (file: string) => symlinkSync(file, file)],
      ['far too large', (file: string) => truncateSync(file, 2 ** 33)],
    ] as const) {
      it(`that is ${what} is told of, and can be removed; what runs is unknown when current.json is`, async function () {
        if (process.platform === 'win32') this.skip();
        for (const file of [inPackage('1.0.0.json'), inPackage('current.json')]) {
          if (what !== 'far too large') rmSync(file);
          put(file);
        }
        expectDamaged(() => cache.find(ECHO, '1.0.0'));
        expect(cache.current(ECHO)).to.equal(undefined);
        rmSync(inPackage('current.json'), { recursive: true });
        await remove('1.0.0');
        expect(cache.versionNames(ECHO)).to.deep.equal(['0.9.0']);
      });
    }

    it('does not stand in the way of removing another version', async () => {
      damage('{');
      await remove('0.9.0');
      expect(cache.versionNames(ECHO)).to.deep.equal(['1.0.0']);
      expect(cache.current(ECHO)).to.deep.equal({ version: '1.0.0', previous: [] });
    });

    it('of a version under another name is told of', () => {
      renameSync(inPackage('1.0.0'), inPackage('3.0.0'));
      renameSync(inPackage('1.0.0.json'), inPackage('3.0.0.json'));
      expectDamaged(() => cache.find(ECHO, '3.0.0'));
    });
  });

  it('lets one change at a time happen to a package, and others to other packages', async () => {
    const order: string[] = [];
    const slow = cache.change(ECHO, async () => {
      order.push('first begins');
      await new Promise((resolve) => setTimeout(resolve, 120));
      order.push('first ends');
    });
    const second = cache.change(ECHO, async () => order.push('second'));
    const other = cache.change(named('@acme/web'), async () => order.push('other'));
    await Promise.all([slow, second, other]);
    expect(order).to.deep.equal(['first begins', 'other', 'first ends', 'second']);
  });

  describe('prune', () => {
    beforeEach(() => put('1.0.0', '2.0.0', '3.0.0', '4.0.0'));

    const versions = () => cache.versionNames(ECHO);

    for (const [keep, kept] of [
      [0, ['4.0.0']],
      [1, ['4.0.0', '3.0.0']],
      [2, ['4.0.0', '3.0.0', '2.0.0']],
      [9, ['4.0.0', '3.0.0', '2.0.0', '1.0.0']],
    ] as const) {
      it(`keeps what runs and ${keep} before it`, async () => {
        const removed = await prune(cache, keep);
        expect(versions()).to.deep.equal(kept);
        expect(removed).to.have.length(4 - kept.length);
        expect(cache.current(ECHO)?.version).to.equal('4.0.0');
      });
    }

    it('keeps what ran before, whatever its number', async () => {
      cache.setCurrent(ECHO, '1.0.0');
      await prune(cache, 1);
      expect(versions()).to.deep.equal(['4.0.0', '1.0.0']);
      expect(cache.current(ECHO)).to.deep.equal({ version: '1.0.0', previous: ['4.0.0'] });
    });

    it('counts those that are there', async () => {
      rmSync(inPackage('3.0.0'), { recursive: true });
      await prune(cache, 1);
      expect(versions()).to.deep.equal(['4.0.0', '2.0.0']);
    });

    it('takes nothing of a package of which nobody knows what runs', async () => {
      writeFileSync(inPackage('current.json'), '{');
      expect(await prune(cache, 0)).to.deep.equal([]);
      expect(versions()).to.have.length(4);
    });

    it('takes away of every package, and finds nothing the second time', async () => {
      await putVersion(cache, named('@acme/web'), '1.0.0');
      await putVersion(cache, named('@acme/web'), '1.1.0');
      const removed = await prune(cache, 0);
      expect(removed.map(({ name, version }) => `${name} ${version}`)).to.deep.equal([
        '@acme/echo 3.0.0',
        '@acme/echo 2.0.0',
        '@acme/echo 1.0.0',
        '@acme/web 1.0.0',
      ]);
      expect(await prune(cache, 0)).to.deep.equal([]);
    });
  });
});
