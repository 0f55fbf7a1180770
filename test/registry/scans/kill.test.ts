import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { verifyRegistry } from '../../../registry/verify.ts';
import { openIndexReadOnly } from '../../../src/lib/index/open.ts';
import type { CertifyEntry, Entry } from '../../../src/lib/log/entry.ts';
import { LocalGitHub } from '../../support/github.ts';
import { heavyBundle } from '../../support/heavy-bundle.ts';
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
const LATEST_MS = 450;
const WAIT_MS = 30_000;

describe('a registry that is killed while it scans', () => {
  const folder = temporaryFolder();
  const data = () => path.join(folder(), 'data');
  let github: LocalGitHub;
  let registry: RegistryProcess;
  before(async () => {
    github = await LocalGitHub.start();
  });
  afterEach(() => registry.stop());
  after(() => github.close());

  const start = async () => {
    registry = await startRegistry({
      ...{ data: data(), github, scan: true },
      args: ['--scan-workers', '2', '--origin', 'kill.test', '--rate-writes', '0', '--rate-owner', '0'],
    });
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
      await announce(`more-${kill}`, makeBundle(`@acme/more-${kill}`, '1.0.0'));
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
    expect(published).to.have.length(2 * KILLS);
    expect(certified.map((entry) => entry.package).sort()).to.deep.equal(published.sort());
    for (const { controls } of certified) expect(controls['AI-01']).to.equal('pass');
  });

  it('leaves no worker behind', async () => {
    await start();
    // Long enough a scan for the kill to come before its end.
    await announce('heavy', heavyBundle('@acme/heavy', '1.0.0', Array(19).fill(100)));
    await until(() => workersOf(registry.pid).length > 0, 'no worker was started');
    const [worker] = workersOf(registry.pid);
    await registry.kill();
    await until(
      () => !processes().some(({ pid, line }) => pid === worker?.pid && line.length > 0),
      'it lives',
    );
    expect(queued()).to.equal(1);
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
