import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { type Order, READY } from '../../../registry/scans/order.ts';
import { verifyRegistry } from '../../../registry/verify.ts';
import { openIndexReadOnly } from '../../../src/lib/index/open.ts';
import type { CertifyEntry, Entry } from '../../../src/lib/log/entry.ts';
import { programLine } from '../../support/cli.ts';
import { LocalGitHub } from '../../support/github.ts';
import { type BundleFile, makeBundle } from '../../support/mcpb.ts';
import { processes } from '../../support/processes.ts';
import { seeded } from '../../support/random.ts';
import {
  announcement,
  postAnnouncement,
  type RegistryProcess,
  startRegistry,
} from '../../support/registry.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const KILLS = 20;
/** From the start of a worker to the kill: from before it has read its order to after the entry is written. */
const LATEST_MS = 400;
const WAIT_MS = 30_000;

describe('a registry that is killed while it scans', () => {
  const folder = temporaryFolder();
  const data = () => path.join(folder(), 'data');
  let github: LocalGitHub;
  let registry: RegistryProcess;
  let running: RegistryProcess | undefined;
  before(async () => {
    github = await LocalGitHub.start();
  });
  afterEach(async () => {
    await running?.stop();
    running = undefined;
  });
  after(() => github.close());

  const start = async () => {
    registry = await startRegistry({
      ...{ data: data(), github, scan: true },
      args: ['--scan-workers', '2', '--origin', 'kill.test'],
    });
    running = registry;
  };

  async function announce(repo: string, bundle: BundleFile): Promise<void> {
    github.addAsset('Acme', repo, 'v1.0.0', 'echo.mcpb', bundle.bytes);
    const token = await github.issueToken(`Acme/${repo}`);
    const { status, json } = await postAnnouncement(registry.url, token, announcement(bundle));
    expect(status, JSON.stringify(json)).to.equal(200);
  }

  const workersOf = (pid: number) =>
    processes().filter(({ parent, line }) => parent === pid && line.includes('scan-worker'));

  async function until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
    for (const end = Date.now() + WAIT_MS; !(await isSo()); await sleep(10)) {
      if (Date.now() > end) throw new Error(`${what}: ${registry.log}`);
    }
  }

  function read<T>(work: (db: ReturnType<typeof openIndexReadOnly>) => T): T {
    const db = openIndexReadOnly(path.join(data(), 'registry.db'));
    try {
      return work(db);
    } finally {
      db.close();
    }
  }

  const queued = () => read((db) => db.prepare('SELECT count(*) FROM scan_queue').pluck().get() as number);

  it(`certifies every bundle exactly once over ${KILLS} kills, and holds none of them against it`, async function () {
    this.timeout(120_000);
    const random = seeded(20);
    let interrupted = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      await start();
      await announce(`echo-${kill}`, makeBundle(`@acme/echo-${kill}`, '1.0.0'));
      await until(() => workersOf(registry.pid).length > 0 || queued() === 0, 'no worker was started');
      await sleep(random() * LATEST_MS);
      await registry.kill();
      if (queued() > 0) interrupted += 1;
    }
    expect(interrupted).to.be.greaterThan(KILLS / 4);
    await start();
    await until(() => queued() === 0, 'the queue is not empty');
    const entries = read((db) => {
      expect(verifyRegistry(db).differences).to.deep.equal([]);
      const lines = db.prepare('SELECT line FROM log ORDER BY seq').pluck().all() as Buffer[];
      return lines.map((line) => JSON.parse(line.toString()) as Entry);
    });
    const published = entries.flatMap((entry) => (entry.kind === 'publish' ? [entry.package] : []));
    const certified = entries.filter((entry): entry is CertifyEntry => entry.kind === 'certify');
    expect(published).to.have.length(KILLS);
    expect(certified.map((entry) => entry.package).sort()).to.deep.equal(published.sort());
    for (const { controls } of certified) expect(controls['AI-01']).to.equal('pass');
  });

  it('leaves no worker behind, whatever it is at', async () => {
    // A file that nobody writes to: the worker's thread waits in a call of the system.
    const file = path.join(folder(), 'fifo');
    execFileSync('mkfifo', [file]);
    const order: Order = {
      ...{ file, sha256: '0'.repeat(64), at: new Date().toISOString() },
      ...{
        provenance: null,
        approvedSources: {},
        vulnerabilities: null,
        maxAgeDays: 30,
        memoryBytes: 2 ** 31,
        timeoutMs: 600_000,
      },
    };
    const [program, ...args] = programLine('mpak-registry');
    const line = [program, [...args, 'scan-worker'], { stdio: ['pipe', 'inherit', 'inherit'] }];
    const server = spawn(process.execPath, [
      '-e',
      `require('node:child_process').spawn(...${JSON.stringify(line)}).stdin.end(${JSON.stringify(JSON.stringify(order))})`,
    ]);
    const ended = once(server, 'close');
    const [said] = (await once(server.stdout, 'data')) as [Buffer];
    expect(said.toString()).to.equal(READY);
    const [worker] = workersOf(server.pid as number);
    expect(worker).not.to.equal(undefined);
    server.kill('SIGKILL');
    // Its streams end when nobody has them any more.
    await ended;
    expect(processes().filter(({ pid, line }) => pid === worker?.pid && line.length > 0)).to.deep.equal([]);
  });

  it('certifies every bundle exactly once beside another server on the same folder', async () => {
    await start();
    const other = await startRegistry({ data: data(), github, scan: true, args: ['--scan-workers', '2'] });
    try {
      const names = Array.from({ length: 4 }, (_, at) => `beside-${at}`);
      for (const name of names) await announce(name, makeBundle(`@acme/${name}`, '1.0.0'));
      await until(() => queued() === 0, 'the queue is not empty');
      const certified = read((db) =>
        (db.prepare('SELECT line FROM log ORDER BY seq').pluck().all() as Buffer[])
          .map((line) => JSON.parse(line.toString()) as Entry)
          .flatMap((entry) => (entry.kind === 'certify' ? [entry.package] : [])),
      );
      expect(certified.sort()).to.deep.equal(names.map((name) => `@acme/${name}`));
    } finally {
      await other.stop();
    }
  });

  it('stops in good order while it scans, and goes on at the next start', async () => {
    await start();
    await announce('stopped', makeBundle('@acme/stopped', '1.0.0'));
    await until(() => workersOf(registry.pid).length > 0 || queued() === 0, 'no worker was started');
    expect(await registry.stop()).to.equal(0);
    await start();
    await until(() => queued() === 0, 'the queue is not empty');
    const kinds = read((db) =>
      (db.prepare('SELECT line FROM log ORDER BY seq').pluck().all() as Buffer[]).map(
        (line) => JSON.parse(line.toString()).kind,
      ),
    );
    expect(kinds).to.deep.equal(['publish', 'certify']);
  });
});
