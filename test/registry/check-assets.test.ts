import type { RequestListener } from 'node:http';
import path from 'node:path';
import type Database from 'better-sqlite3';
import { expect } from 'chai';
import { CheckTimes } from '../../registry/announced-assets.ts';
import { type CheckOptions, type CheckReport, checkAssets } from '../../registry/check-assets.ts';
import { GitHub } from '../../registry/github.ts';
import { ASSET_LIMITS, type CheckLimits } from '../../registry/limits.ts';
import { Outbound } from '../../registry/outbound.ts';
import { verifyRegistry } from '../../registry/verify.ts';
import { append } from '../../src/lib/index/append.ts';
import { openIndex } from '../../src/lib/index/open.ts';
import { type AssetEntry, encodeEntry } from '../../src/lib/log/entry.ts';
import { mpakRegistry } from '../support/cli.ts';
import { publishEntry } from '../support/entries.ts';
import { LocalGitHub } from '../support/github.ts';
import { provenanceFrom } from '../support/index-of.ts';
import { type BundleFile, makeBundle } from '../support/mcpb.ts';
import { temporaryFolder } from '../support/temporary.ts';

const LIMITS: CheckLimits = { paceMs: 0, confirmMs: 1, attempts: 3, backoffMs: 1, patienceMs: 60_000 };

describe('checking announced assets', () => {
  const folder = temporaryFolder();
  let github: LocalGitHub;
  let db: Database.Database;
  let times: CheckTimes;
  let outbound: Outbound;

  beforeEach(async () => {
    github = await LocalGitHub.start();
    db = openIndex(path.join(folder(), 'registry.db'));
    times = new CheckTimes(path.join(folder(), 'asset-checks.db'));
    outbound = new Outbound({ configured: [github.api] });
  });
  afterEach(async () => {
    await outbound.close();
    times.close();
    db.close();
    await github.close();
  });

  /** Announces a bundle that is on GitHub. */
  function announced(repo = 'echo', version = '1.0.0', claims: { digest?: false } = {}): BundleFile {
    const bundle = makeBundle(`@acme/${repo}`, version);
    const tag = `v${version}`;
    const url = github.addAsset('Acme', repo, tag, 'echo.mcpb', bundle.bytes, claims);
    const entry = publishEntry(`@acme/${repo}`, version, {
      provenance: provenanceFrom(`Acme/${repo}`),
      release: { tag, url },
      artifact: { filename: 'echo.mcpb', sha256: bundle.sha256, size: bundle.bytes.length, url },
    });
    db.transaction(() => append(db, [encodeEntry(entry)], { keepLines: true })).immediate();
    return bundle;
  }

  function check(options: Partial<CheckOptions> = {}): Promise<CheckReport> {
    const now = () => new Date();
    const requests = { api: github.api, assetHosts: [], outbound, limits: ASSET_LIMITS, now };
    return checkAssets({
      ...{ db, times, github: new GitHub(requests), now, limits: LIMITS },
      ...{ olderThanMs: 0, concurrency: 2, full: false },
      ...options,
    });
  }

  const log = () =>
    (db.prepare('SELECT line FROM log ORDER BY seq').pluck().all() as Buffer[]).map((line) =>
      JSON.parse(line.toString()),
    );
  const states = () =>
    log()
      .filter(({ kind }) => kind === 'asset')
      .map((entry: AssetEntry) => entry.state);
  const expectUnchanged = (report: CheckReport, reason: RegExp) => {
    expect(report).to.include({ checked: 0, recorded: 0 });
    expect(report.unchecked.map((each) => each.reason).join('\n')).to.match(reason);
    expect(states()).to.deep.equal([]);
  };

  /** GitHub's answers one after another, the last one from then on; `undefined`: as it is. */
  function answersOfApi(...listeners: (RequestListener | undefined)[]): void {
    let count = 0;
    const next = (): RequestListener | undefined => listeners[Math.min(count++, listeners.length - 1)];
    Object.defineProperty(github, 'answerApi', { get: next, configurable: true });
  }
  const status =
    (code: number, headers: Record<string, string> = {}): RequestListener =>
    (_request, response) =>
      response.writeHead(code, headers).end();

  it('finds that all are there, and records nothing', async () => {
    announced();
    announced('other');
    expect(await check()).to.deep.equal({
      ...{ checked: 2, skipped: 0, available: 2, gone: 0, changed: 0, recorded: 0, unchecked: [] },
    });
    expect(states()).to.deep.equal([]);
  });

  it('records one that is gone, once, and that it is back', async () => {
    const bundle = announced();
    announced('other');
    github.removeAsset('Acme', 'echo', 'v1.0.0', 'echo.mcpb');
    expect(await check()).to.include({ checked: 2, available: 1, gone: 1, recorded: 1 });
    expect(log().at(-1)).to.include({
      kind: 'asset',
      package: '@acme/echo',
      version: '1.0.0',
      sha256: bundle.sha256,
      state: 'gone',
    });
    expect(await check()).to.include({ gone: 1, recorded: 0 });
    github.addAsset('Acme', 'echo', 'v1.0.0', 'echo.mcpb', bundle.bytes);
    expect(await check()).to.include({ gone: 0, available: 2, recorded: 1 });
    expect(states()).to.deep.equal(['gone', 'available']);
    expect(verifyRegistry(db).differences).to.deep.equal([]);
  });

  it('records all of a repository that is gone', async () => {
    announced();
    announced('echo', '1.1.0');
    github.createRelease('Acme', 'echo', 'v1.0.0');
    github.createRelease('Acme', 'echo', 'v1.1.0');
    expect(await check()).to.include({ gone: 2, recorded: 2 });
  });

  it('records one that is another by the digest that GitHub has', async () => {
    const { bytes } = announced();
    github.addAsset('Acme', 'echo', 'v1.0.0', 'echo.mcpb', Buffer.from(bytes).fill(1, 0, 4));
    expect(await check()).to.include({ changed: 1, recorded: 1 });
  });

  it('records one that is another by its size, where GitHub has no digest', async () => {
    const { bytes } = announced();
    github.addAsset('Acme', 'echo', 'v1.0.0', 'echo.mcpb', bytes.subarray(1), { digest: false });
    expect(await check()).to.include({ changed: 1, recorded: 1 });
  });

  it('finds one of the same size that is another when it downloads them, and does not forget it', async () => {
    const { bytes } = announced('echo', '1.0.0', { digest: false });
    github.addAsset('Acme', 'echo', 'v1.0.0', 'echo.mcpb', Buffer.from(bytes).fill(1, 0, 4), {
      digest: false,
    });
    expect(await check()).to.include({ available: 1, recorded: 0 });
    expect(await check({ full: true })).to.include({ changed: 1, recorded: 1 });
    expect(await check()).to.include({ changed: 1, recorded: 0 });
    github.addAsset('Acme', 'echo', 'v1.0.0', 'echo.mcpb', bytes, { digest: false });
    expect(await check({ full: true })).to.include({ available: 1, recorded: 1 });
  });

  it('takes no failure for an answer', async () => {
    announced();
    for (const [listener, reason] of [
      [status(500), /status 500/],
      [status(401), /status 401/],
      [status(403), /status 403/],
      [(_request, response) => response.end('<html>'), /an unexpected answer/],
      [(_request, response) => response.destroy(), /could not be read/],
      [status(302, { location: 'http://169.254.169.254/' }), /is not read: it leads to/],
    ] as readonly (readonly [RequestListener, RegExp])[]) {
      answersOfApi(listener);
      expectUnchanged(await check(), reason);
    }
    answersOfApi(status(500), status(502), undefined);
    expect(await check()).to.include({ checked: 1, available: 1 });
  });

  it('takes nothing for gone that is not so twice', async () => {
    announced();
    answersOfApi(status(404), undefined);
    expectUnchanged(await check(), /it is gone and then available/);
    answersOfApi(status(404), status(500));
    expectUnchanged(await check(), /status 500/);
  });

  it('takes nothing for gone that can still be downloaded, or of which that cannot be told', async () => {
    announced();
    answersOfApi(status(404));
    expectUnchanged(await check(), /it is gone and then available/);
    github.answerStorage = status(503);
    expectUnchanged(await check(), /status 503/);
    github.answerStorage = status(404);
    expect(await check()).to.include({ gone: 1, recorded: 1 });
  });

  it('waits for as long as GitHub asks to, all of it at once', async () => {
    for (const repo of ['a', 'b', 'c', 'd']) announced(repo);
    // Who comes back sooner is sent away again, with another second to wait.
    let [refusals, closedUntil] = [0, 0];
    Object.defineProperty(github, 'answerApi', {
      get() {
        if (refusals > 0 && performance.now() >= closedUntil) return undefined;
        refusals += 1;
        closedUntil = performance.now() + 900;
        return status(429, { 'retry-after': '1' });
      },
    });
    expect(await check({ concurrency: 1 })).to.include({ checked: 4, available: 4 });
    expect([refusals, github.requests.length]).to.deep.equal([1, 5]);
  });

  it('ends when GitHub asks for more patience than it has, and goes on there the next time', async () => {
    for (const repo of ['a', 'b', 'c', 'd']) announced(repo);
    answersOfApi(undefined, undefined, status(403, { 'x-ratelimit-remaining': '0', 'retry-after': '3000' }));
    const report = await check({ concurrency: 1 });
    expect(report).to.include({ checked: 2, available: 2 });
    expect(report.unchecked.map((each) => each.package)).to.deep.equal(['@acme/c', '@acme/d']);
    expect(github.requests).to.have.length(3);
    answersOfApi(undefined);
    github.requests.length = 0;
    expect(await check({ olderThanMs: 3_600_000 })).to.include({ checked: 2, skipped: 2 });
    expect(github.requests.sort()).to.deep.equal([
      'GET /api/v3/repos/Acme/c/releases/tags/v1.0.0',
      'GET /api/v3/repos/Acme/d/releases/tags/v1.0.0',
    ]);
  });

  it('asks once for all artifacts of a release, and not for what was imported or revoked', async () => {
    announced();
    const imported = publishEntry('@npm/imported', '1.0.0', { provenance: null });
    announced('bad');
    const at = new Date().toISOString();
    const revoke = { kind: 'revoke', package: '@acme/bad', versions: '*', reason: 'malicious', at } as const;
    db.transaction(() => append(db, [imported, revoke].map(encodeEntry), { keepLines: true })).immediate();
    expect(await check()).to.include({ checked: 1 });
    expect(github.requests).to.deep.equal(['GET /api/v3/repos/Acme/echo/releases/tags/v1.0.0']);
  });

  it('is of one package when that is asked for', async () => {
    announced();
    announced('other');
    expect(await check({ package: '@acme/other' })).to.include({ checked: 1, skipped: 0 });
  });

  describe('as mpak-registry check-assets', () => {
    const run = (...args: string[]) =>
      mpakRegistry(['check-assets', '--data', folder(), '--github-api', github.api, ...args]);

    it('reports what it found, in words and in JSON', async () => {
      announced();
      announced('lost');
      github.removeAsset('Acme', 'lost', 'v1.0.0', 'echo.mcpb');
      const first = await run();
      expect(first.stderr).to.equal('');
      expect(first.status).to.equal(0);
      expect(first.stdout).to.match(/^Checked 2: 1 available, 1 gone, 0 changed; 0 passed over\.$/m);
      expect(first.stdout).to.match(/^The log got 1 new entries\.$/m);
      const second = await run('--json');
      expect([second.status, JSON.parse(second.stdout)]).to.deep.equal([
        0,
        { checked: 0, skipped: 2, available: 0, gone: 0, changed: 0, recorded: 0, unchecked: [] },
      ]);
    });

    it('ends with status 10 when GitHub cannot be asked', async () => {
      announced();
      answersOfApi(status(302, { location: 'https://evil.example.com/' }));
      const { status: exit, stdout } = await run('--older-than', '0');
      expect(exit).to.equal(10);
      expect(stdout).to.match(/^Not checked: 1\n {2}@acme\/echo 1\.0\.0: GitHub is not read/m);
    });

    it('refuses wrong usage', async () => {
      for (const args of [
        ['--older-than', 'soon'],
        ['--package', 'echo'],
        ['--asset-host', 'https://x/y'],
      ]) {
        expect((await run(...args)).status).to.equal(2);
      }
      const { status: exit } = await mpakRegistry(['check-assets', '--data', path.join(folder(), 'none')]);
      expect(exit).to.equal(3);
    });
  });
});
