import { once } from 'node:events';
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import type { PackageName } from '../../src/lib/bundle/name.ts';
import { BundleCache } from '../../src/lib/cache/bundle-cache.ts';
import { contentDigest, filesOnDisk } from '../../src/lib/cache/content.ts';
import { makeBundle } from '../support/mcpb.ts';
import { seeded } from '../support/random.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { World } from '../support/world.ts';

const KILLS = 100;
/** So many files that some of the kills fall into their extraction. */
const FILES = 200;
const NAME = '@acme/echo' as PackageName;
const VERSIONS = ['1.0.0', '1.1.0'] as const;

/** What is done, from what, to what. `null`: not installed. */
const CHANGES = [
  { args: ['bundle', 'install', `${NAME}@1.0.0`], from: null, to: '1.0.0' },
  { args: ['bundle', 'update', NAME], from: '1.0.0', to: '1.1.0' },
  { args: ['bundle', 'rollback', NAME], from: '1.1.0', to: '1.0.0' },
  { args: ['bundle', 'remove', `${NAME}@1.1.0`], from: '1.1.0', to: '1.0.0' },
] as const;

describe('installing, updating, rolling back and removing, killed at a random point', () => {
  const folder = temporaryFolder();
  let world: World;
  let cache: BundleCache;

  beforeEach(async () => {
    world = await World.start(folder());
    cache = new BundleCache(world.mpakHome);
  });
  afterEach(() => world.stop());

  const entries = () =>
    readdirSync(world.packageFolder(NAME)).filter(
      (name) => !/^lock|^attested-[0-9a-f]{12}\.json$/.test(name),
    );
  const template = (from: string | null) => path.join(folder(), `template-${from}`);

  /** Every version that counts is whole, and the one that runs is among them. @returns which one runs */
  function expectSound(): string | null {
    for (const installed of cache.versions(NAME)) {
      const digest = contentDigest(filesOnDisk(installed.folder));
      expect(digest, `content of ${installed.version}`).to.equal(installed.receipt.content);
    }
    const current = cache.current(NAME);
    if (current === undefined) return null;
    expect(cache.findCurrent(NAME)?.version).to.equal(current.version);
    return current.version;
  }

  /** Nothing but what is installed: a folder and a receipt each, and what runs. */
  function expectTidy(): void {
    const installed = cache.versions(NAME).flatMap(({ version }) => [version, `${version}.json`]);
    expect(entries().sort()).to.deep.equal([...installed, 'current.json'].sort());
  }

  async function complete(args: readonly string[]): Promise<string> {
    const result = await world.mpak(...args);
    expect(result.status, result.stderr).to.equal(0);
    return result.stdout;
  }

  it(`${KILLS} times: what runs is the old version or the new one, whole, and the next command completes`, async function () {
    this.timeout(600_000);
    const random = seeded(20_261_123);
    for (const version of VERSIONS) await world.publish(NAME, version, { bundle: speaker(version) });
    await complete(['sync']);
    // How each state looks, and how long each change takes here once everything is warm.
    const lengths: number[] = [];
    for (const round of ['cold', 'warm']) {
      rmSync(world.packageFolder(NAME), { recursive: true, force: true });
      for (const [step, { args, from }] of CHANGES.entries()) {
        if (from !== null && round === 'warm' && !existsSync(template(from)))
          cpSync(world.packageFolder(NAME), template(from), { recursive: true });
        else if (from !== null && existsSync(template(from))) {
          rmSync(world.packageFolder(NAME), { recursive: true, force: true });
          cpSync(template(from), world.packageFolder(NAME), { recursive: true });
        }
        const began = performance.now();
        await complete(args);
        lengths[step] = performance.now() - began;
      }
    }
    const outcomes = { old: 0, new: 0, unfinished: 0 };
    // On a machine that is busy now and then, more: some must fall into the work.
    const enough = () => Math.min(...Object.values(outcomes)) > 0;
    for (let kill = 0; kill < KILLS || (!enough() && kill < 3 * KILLS); kill += 1) {
      const step = kill % CHANGES.length;
      const { args, from, to } = CHANGES[step] as (typeof CHANGES)[number];
      rmSync(world.packageFolder(NAME), { recursive: true, force: true });
      if (from !== null) cpSync(template(from), world.packageFolder(NAME), { recursive: true });
      const child = world.start(args);
      child.stdin.end();
      const exited = once(child, 'exit');
      await sleep((lengths[step] as number) * (0.35 + 0.7 * random()));
      child.kill('SIGKILL');
      await exited;

      const current = expectSound();
      expect(current).to.be.oneOf([from, to]);
      outcomes[current === to ? 'new' : 'old'] += 1;
      const left = existsSync(world.packageFolder(NAME)) ? entries() : [];
      if (left.some((name) => /^\.aside-|tmp-/.test(name))) outcomes.unfinished += 1;
      // The next run works; where nothing was installed it installs the latest.
      expect(await complete(['run', NAME])).to.equal(`${current ?? '1.1.0'}\n`);
      // The next change clears away what was left.
      if (kill % 10 === 0)
        await complete(
          args[1] === 'rollback' || args[1] === 'remove' ? ['bundle', 'install', `${NAME}@${to}`] : args,
        );
      else await cache.change(NAME, async () => undefined);
      expectTidy();
      expect(expectSound()).to.equal(kill % 10 === 0 ? to : (current ?? '1.1.0'));
    }
    // The kills fell before, into and after the work.
    expect(enough(), JSON.stringify(outcomes)).to.equal(true);
  });
});

/** A server that says its version and ends. */
function speaker(version: string) {
  const files = Array.from({ length: FILES }, (_, index) => [`server/files/${index}.js`, `// ${version}`]);
  return makeBundle(
    NAME,
    version,
    {},
    {
      'server/index.js': `process.stdout.write('${version}\\n');`,
      ...Object.fromEntries(files),
    },
  );
}
