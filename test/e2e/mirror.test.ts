import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { expect } from 'chai';
import { readMirror } from '../../registry/mirror/state.ts';
import { sharedFolder } from '../registry/support/shared-folder.ts';
import { finished, mpakRegistry, startCommand } from '../support/cli.ts';
import { publishEntries } from '../support/entries.ts';
import { HiddenIndex } from '../support/hidden-index.ts';
import { makeBundle } from '../support/mcpb.ts';
import { announcement, postAnnouncement, type RegistryProcess, startRegistry } from '../support/registry.ts';
import { World } from '../support/world.ts';

const ENTRIES = 10_000;
const KILLS = 10;

const folder = sharedFolder();
let world: World;
let mirrored: string;

const origin = () => path.join(folder(), 'registry');

function mirror(...args: string[]) {
  return startCommand(
    'mpak-registry',
    ['mirror', '--data', mirrored, '--from', world.registry.url, ...args],
    {},
  );
}

async function mirrorOnce(...args: string[]) {
  const result = await finished(mirror('--once', '--json', ...args));
  return { ...result, json: () => JSON.parse(result.stdout) };
}

/** As many entries of the origin are in the mirror; 0 before there is one. */
function copied(): number {
  try {
    const db = new Database(path.join(mirrored, 'registry.db'), { readonly: true });
    try {
      return readMirror(db)?.copied ?? 0;
    } finally {
      db.close();
    }
  } catch {
    return 0;
  }
}

function linesOf(data: string): string[] {
  const db = new Database(path.join(data, 'registry.db'), { readonly: true });
  try {
    return db
      .prepare<[], Buffer>('SELECT line FROM log ORDER BY seq')
      .pluck()
      .all()
      .map((line) => line.toString('utf8'));
  } finally {
    db.close();
  }
}

/** A page of a list without what only fills it. */
function onlyAttested(text: string): string {
  const page = JSON.parse(text);
  const isFiller = (name: string) => /^(@|dev\.mpak\.)acme\/p\d/.test(name);
  if (page.bundles) {
    page.bundles = page.bundles.filter(({ name }: { name: string }) => !isFiller(name));
    page.pagination.has_more = false;
  }
  for (const { server } of page.servers ?? []) if (isFiller(server.name)) server.packages = [];
  return JSON.stringify(page);
}

/** The origin, which was stopped. */
async function startAgain(): Promise<void> {
  const trustedRoot = path.join(folder(), 'trusted_root.json');
  world.registry = await startRegistry({
    data: origin(),
    github: world.github,
    args: ['--trusted-root', trustedRoot],
  });
}

before(async function () {
  this.timeout(60_000);
  world = await World.start(folder());
  mirrored = path.join(folder(), 'mirror');
  for (const version of ['1.0.0', '1.1.0', '2.0.0']) await world.publish('@acme/echo', version);
  const file = path.join(folder(), 'entries.ndjson');
  const entries = publishEntries(ENTRIES - 10);
  writeFileSync(file, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  expect((await mpakRegistry(['import', file, '--data', origin()])).status).to.equal(0);
  for (const name of ['one', 'two', 'three']) await world.publish(`@acme/${name}`, '1.0.0');
});
after(() => world.stop());

describe('mpak-registry mirror', function () {
  this.timeout(120_000);
  let server: RegistryProcess;

  it('copies every entry once and in order, killed ten times on the way', async () => {
    // On its way to the log, and then in the middle of copying.
    const points = Array.from({ length: KILLS }, (_, index) =>
      index < 3 ? { afterMs: 250 * (index + 1) } : { atEntry: ((index - 2) * ENTRIES) / (KILLS - 1) },
    );
    let between = 0;
    for (const point of points) {
      const child = mirror('--interval', '1s');
      const ended = finished(child);
      if ('afterMs' in point) await sleep(point.afterMs);
      else while (copied() < point.atEntry) await sleep(5);
      child.kill('SIGKILL');
      expect((await ended).status).to.equal(null);
      if (copied() > 0 && copied() < ENTRIES - 10) between += 1;
    }
    // The faster the machine, the fewer.
    expect(between, 'killed while it copied').to.be.greaterThan(0);
    const last = await mirrorOnce();
    expect(last.status, last.stderr).to.equal(0);
    const [theirs, ours] = [linesOf(origin()), linesOf(mirrored)];
    expect(theirs.length).to.be.greaterThan(ENTRIES - 10);
    expect(ours.length).to.equal(theirs.length);
    expect(ours).to.deep.equal(theirs);
    expect(last.json()).to.include({ kind: 'signed', copied: theirs.length, attestations_missing: 0 });
    const verified = await mpakRegistry(['verify', '--data', mirrored]);
    expect(verified.status, verified.stdout + verified.stderr).to.equal(0);
  });

  it('serves what it copied with its own key: its clients find and verify it without the origin', async () => {
    const { url } = world.registry;
    server = await startRegistry({ data: mirrored, github: world.github });
    expect(server.fingerprint).to.not.equal(world.registry.fingerprint);
    await world.registry.stop();
    world.newUser();
    const environment = {
      ...world.environment,
      MPAK_REGISTRY_URL: server.url,
      // Nobody is there: attestations come from the mirror.
      MPAK_GITHUB_API: 'http://127.0.0.1:9',
    };
    const mpak = (...args: string[]) => finished(startCommand('mpak', args, environment));
    const synced = await mpak('sync', '--verify');
    expect(synced.status, synced.stderr).to.equal(0);
    for (const name of ['@acme/echo', '@acme/echo@1.0.0', '@acme/two']) {
      const verified = await mpak('bundle', 'verify', name);
      expect(verified.status, verified.stdout + verified.stderr).to.equal(0);
    }
    const found = JSON.parse((await mpak('search', 'p9876', '--json')).stdout);
    expect(found.bundles[0].name).to.equal('@acme/p9876');
    const installed = await mpak('bundle', 'install', '@acme/echo');
    expect(installed.status, installed.stderr).to.equal(0);
    expect(installed.stderr).to.include('proven');
    const health = (await (await fetch(`${server.url}/health`)).json()) as { mirror: unknown };
    expect(health.mirror).to.include({ from: url, kind: 'signed', lag: 0, error: null });
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics)
      .to.match(/^mpak_mirror_lag 0$/m)
      .and.match(/^mpak_mirror_last_success_timestamp_seconds \d{10}/m);
  });

  it('makes a signed registry of one that has no log, and of what the MCP registry lists', async () => {
    await startAgain();
    for (const hidden of [/^\/v1\/(index|attestations)\//, /^\/v1\//]) {
      const registry = await HiddenIndex.start(world.registry.url);
      // Of ten thousand, those that can be downloaded.
      registry.alter = (target, text) => (target.includes('/versions') ? text : onlyAttested(text));
      registry.hidden = hidden;
      const data = path.join(folder(), `mirror-of-${hidden.source.length}`);
      const args = ['mirror', '--data', data, '--from', registry.url, '--once', '--json'];
      const result = await finished(startCommand('mpak-registry', args, {}));
      expect(result.status, result.stdout + result.stderr).to.equal(0);
      expect(JSON.parse(result.stdout)).to.include({ appended: 4, passed_over: 0 });
      await registry.close();
      const signed = await startRegistry({ data, github: world.github });
      world.newUser();
      const environment = { ...world.environment, MPAK_REGISTRY_URL: signed.url };
      const mpak = (...words: string[]) => finished(startCommand('mpak', words, environment));
      expect((await mpak('sync', '--verify')).status).to.equal(0);
      const installed = await mpak('bundle', 'install', '@acme/echo');
      expect(installed.status, installed.stderr).to.equal(0);
      expect(installed.stderr).to.include('2.0.0').and.include('proven');
      await signed.stop();
    }
  });

  it('takes no announcement', async () => {
    const bundle = makeBundle('@acme/fresh', '1.0.0');
    const answer = await postAnnouncement(server.url, 'token', announcement(bundle));
    expect(answer.status).to.equal(403);
    expect(answer.json.error?.code).to.equal('MIRROR');
    await server.stop();
  });
});
