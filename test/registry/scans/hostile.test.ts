import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { pino } from 'pino';
import type { ScanLimits } from '../../../registry/limits.ts';
import { type RunningRegistry, type ScanConfig, startRegistry } from '../../../registry/registry.ts';
import type { Order } from '../../../registry/scans/order.ts';
import { enqueueRescans } from '../../../registry/scans/queue.ts';
import { runWorker, workerEnvironment } from '../../../registry/scans/worker-process.ts';
import { verifyRegistry } from '../../../registry/verify.ts';
import { CATALOGUE } from '../../../src/lib/certification/catalogue.ts';
import { openIndex, openIndexReadOnly } from '../../../src/lib/index/open.ts';
import type { CertifyEntry } from '../../../src/lib/log/entry.ts';
import { programLine } from '../../support/cli.ts';
import { LocalGitHub } from '../../support/github.ts';
import { heavyBundle } from '../../support/heavy-bundle.ts';
import { type BundleFile, makeBundle } from '../../support/mcpb.ts';
import { announcement, postAnnouncement } from '../../support/registry.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const MIB = 1024 * 1024;
const WAIT_MS = 25_000;
const LIMITS: ScanLimits = {
  kills: 3,
  misses: 5,
  asked: 3,
  backoffMs: [1, 1],
  longestMs: 86_400_000,
  pollMs: 50,
};
const SCANS: ScanConfig = {
  workers: 1,
  memoryBytes: 1024 * MIB,
  timeoutMs: 60_000,
  maxAgeDays: 30,
  environment: workerEnvironment(process.env),
  version: '0.0.0',
  limits: LIMITS,
};

describe('a scan of what is hostile', () => {
  const folder = temporaryFolder();
  const data = () => path.join(folder(), 'data');
  let github: LocalGitHub;
  let registry: RunningRegistry | undefined;
  let log = '';

  beforeEach(async () => {
    github = await LocalGitHub.start();
    log = '';
  });
  afterEach(async () => {
    await registry?.close();
    registry = undefined;
    await github.close();
  });

  async function serve(scans: ScanConfig): Promise<RunningRegistry> {
    registry = await startRegistry({
      ...{ data: data(), host: '127.0.0.1', port: 0, origin: 'scan.test' },
      ...{ oidcIssuer: github.issuer, oidcAudience: 'https://mpak.dev', githubApi: github.api },
      self: programLine('mpak-registry'),
      log: pino({}, { write: (line: string) => (log += line) }),
      scans,
    });
    return registry;
  }

  /** Announces it to a server that scans nothing, and starts one that does when the asset is as `then` leaves it. */
  async function scan(bundle: BundleFile, scans: Partial<ScanConfig>, then: () => void = () => undefined) {
    const announcing = await serve({ ...SCANS, workers: 0 });
    github.addAsset('Acme', 'echo', 'v1.0.0', 'echo.mcpb', bundle.bytes);
    const token = await github.issueToken('Acme/echo');
    const { status, json } = await postAnnouncement(announcing.url, token, announcement(bundle));
    expect(status, JSON.stringify(json)).to.equal(200);
    await announcing.close();
    then();
    return serve({ ...SCANS, ...scans });
  }

  interface Scanned {
    readonly entries: readonly CertifyEntry[];
    readonly report: { readonly level: number; readonly controls: readonly { reason: string | null }[] };
    readonly metrics: string;
  }

  /** Waits until nothing is in the queue, and expects that log and tables agree. */
  async function done({ url }: RunningRegistry): Promise<Scanned> {
    for (const end = Date.now() + WAIT_MS; ; await sleep(50)) {
      const metrics = await (await fetch(`${url}/metrics`)).text();
      if (!/^mpak_scan_queue 0$/m.test(metrics)) {
        if (Date.now() > end) throw new Error(`still in the queue: ${log}`);
        continue;
      }
      const db = openIndexReadOnly(path.join(data(), 'registry.db'));
      const lines = db.prepare('SELECT line FROM log ORDER BY seq').pluck().all() as Buffer[];
      expect(verifyRegistry(db).differences).to.deep.equal([]);
      db.close();
      const entries = lines
        .map((line) => JSON.parse(line.toString()))
        .filter(({ kind }) => kind === 'certify');
      const answer = await fetch(`${url}/v1/bundles/@acme/echo/versions/1.0.0/scan`);
      expect(answer.status).to.equal(200);
      const { artifacts } = (await answer.json()) as { artifacts: { report: Scanned['report'] }[] };
      expect(readdirSync(path.join(data(), 'scans'))).to.deep.equal([]);
      return { entries, metrics, report: artifacts[0]?.report as Scanned['report'] };
    }
  }

  function expectError({ entries, report }: Scanned, reason: RegExp): void {
    expect(entries).to.have.length(1);
    expect(entries[0]?.level).to.equal(0);
    expect(new Set(Object.values(entries[0]?.controls ?? {}))).to.deep.equal(new Set(['error']));
    expect(Object.keys(entries[0]?.controls ?? {})).to.have.length(25);
    expect(report.level).to.equal(0);
    for (const { reason: why } of report.controls) expect(why).to.match(reason);
  }

  it('ends as an error when three workers took too much memory', async () => {
    const bundle = heavyBundle('@acme/echo', '1.0.0', [400]);
    const found = await done(await scan(bundle, { memoryBytes: 320 * MIB }));
    expectError(found, /ended every worker/);
    expect(found.metrics).to.match(/^mpak_scans_total\{result="killed"\} 3$/m);
    expect(log.match(/ended by SIGKILL/g)).to.have.length(3);
  });

  it('ends as an error when three workers took too long', async () => {
    const bundle = heavyBundle('@acme/echo', '1.0.0', Array(16).fill(100));
    const found = await done(await scan(bundle, { timeoutMs: 200 }));
    expectError(found, /ended every worker/);
    expect(log.match(/not done in 200 ms/g)).to.have.length(3);
  }).timeout(120_000);

  it('gives an honest bundle its level under the same limits', async () => {
    const found = await done(await scan(makeBundle('@acme/echo', '1.0.0'), { memoryBytes: 320 * MIB }));
    expect(found.entries[0]?.controls['AI-01']).to.equal('pass');
  });

  const bundle = makeBundle('@acme/echo', '1.0.0');
  const forged = Buffer.from(bundle.bytes);
  forged.writeUInt8(forged.readUInt8(60) ^ 1, 60);
  const pour: RequestListener = (_request, response) => {
    response.writeHead(200).on('error', () => undefined);
    const write = () => {
      while (!response.destroyed && response.write(Buffer.alloc(64 * 1024)));
    };
    response.on('drain', write);
    write();
  };
  const redirectTo =
    (location: string): RequestListener =>
    (_request, response) =>
      response.writeHead(302, { location }).end();
  const answers: [string, RegExp, RequestListener][] = [
    ['is other bytes of the same size', /other bytes/, (_request, response) => response.end(forged)],
    ['is without end', /other bytes/, pour],
    [
      'says that it is huge',
      /other bytes/,
      (_request, response) => response.writeHead(200, { 'content-length': 2 ** 40 }).flushHeaders(),
    ],
    ['leads to a private address', /not among the hosts/, redirectTo('http://169.254.169.254/latest/')],
    ['leads to a file', /only https is followed/, redirectTo('file:///etc/passwd')],
    ['is gone', /it is gone/, (_request, response) => response.writeHead(404).end()],
  ];
  for (const [what, reason, answer] of answers) {
    it(`ends as an error when an asset ${what} time and again`, async () => {
      const found = await done(
        await scan(bundle, {}, () => {
          github.answerStorage = answer;
        }),
      );
      expectError(found, /not where they were announced/);
      expect(found.metrics).to.match(/^mpak_scans_total\{result="missing"\} 5$/m);
      expect(log).to.match(reason);
      // No word of it for everybody: the network of a registry is its own business.
      expect(JSON.stringify(found.report)).not.to.match(/169\.254|passwd/);
    });
  }

  it('does not hold the network against a bundle', async () => {
    let requests = 0;
    const registry = await scan(bundle, {}, () => {
      github.answerStorage = (_request, response) => {
        requests += 1;
        if (requests > 12) response.end(bundle.bytes);
        else if (requests % 2 === 0) response.writeHead(503).end();
        else response.destroy();
      };
    });
    const { entries, metrics } = await done(registry);
    expect(entries.map(({ controls }) => controls['AI-01'])).to.deep.equal(['pass']);
    expect(metrics).to.match(/^mpak_scans_total\{result="failed"\} 12$/m);
  });

  it('waits for as long as GitHub asks to', async () => {
    let requests = 0;
    const registry = await scan(bundle, {}, () => {
      github.answerStorage = (_request, response) => {
        requests += 1;
        response.writeHead(429, { 'retry-after': '3600' }).end();
      };
    });
    while (!log.includes('not scanned')) await sleep(20);
    await sleep(300);
    expect(requests).to.equal(1);
    const answer = await fetch(`${registry.url}/v1/bundles/@acme/echo/versions/1.0.0/scan`);
    expect([answer.status, answer.headers.get('retry-after')]).to.deep.equal([202, '10']);
    expect(await answer.json()).to.deep.include({ name: '@acme/echo', version: '1.0.0' });
  });

  it('is asked for once more when somebody asks meanwhile, and says the last word alone', async () => {
    const reading = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const { url } = await scan(bundle, {}, () => {
      github.beforeAsset = () => {
        reading.resolve();
        return release.promise;
      };
    });
    await reading.promise;
    const db = openIndex(path.join(data(), 'registry.db'));
    db.transaction(() => enqueueRescans(db, '@acme/echo', undefined, new Date())).immediate();
    db.close();
    release.resolve();
    const found = await done({ ...(registry as RunningRegistry), url });
    expect(found.entries).to.have.length(1);
    expect(found.metrics).to.match(/^mpak_scans_total\{result="unwanted"\} 1$/m);
    expect(found.metrics).to.match(/^mpak_scans_total\{result="certified"\} 1$/m);
  });

  it('is not tried without a pause when the database cannot be written', async () => {
    let requests = 0;
    const limits: ScanLimits = { ...LIMITS, backoffMs: [300, 300] };
    await scan(bundle, { limits }, () => {
      const db = openIndex(path.join(data(), 'registry.db'));
      db.exec(
        "CREATE TRIGGER full BEFORE UPDATE ON scan_queue BEGIN SELECT RAISE(FAIL, 'disk is full'); END",
      );
      db.close();
      github.answerStorage = (_request, response) => {
        requests += 1;
        response.writeHead(503).end();
      };
    });
    while (!log.includes('disk is full')) await sleep(20);
    await sleep(1_000);
    expect(requests).to.be.within(2, 6);
    const db = openIndex(path.join(data(), 'registry.db'));
    db.exec('DROP TRIGGER full');
    db.close();
    github.answerStorage = undefined;
    const { entries } = await done(registry as RunningRegistry);
    expect(entries).to.have.length(1);
  });

  it('is given the Scorecard that the server asked for, where it may ask', async () => {
    const checks = ['Token-Permissions', 'Dangerous-Workflow', 'Branch-Protection'];
    const asked: string[] = [];
    const service = createServer((request, response) => {
      asked.push(request.url ?? '');
      const repo = { name: 'github.com/Acme/echo' };
      if (asked.length === 1) response.writeHead(500).end();
      else
        response.end(JSON.stringify({ repo, score: 9, checks: checks.map((name) => ({ name, score: 10 })) }));
    }).listen(0, '127.0.0.1');
    await once(service, 'listening');
    const { port } = service.address() as AddressInfo;
    const scorecard = `http://127.0.0.1:${port}/projects/{repository}`;
    const repository = { type: 'git', url: 'https://github.com/Acme/echo' };
    const { entries } = await done(
      await scan(makeBundle('@acme/echo', '1.0.0', { repository }), { scorecard }),
    );
    service.close();
    expect(entries.map(({ controls }) => controls['PR-05'])).to.deep.equal(['pass']);
    expect(asked).to.deep.equal(Array(2).fill('/projects/github.com/Acme/echo'));
  });

  it('does not begin with Scorecards that are nowhere', async () => {
    for (const scorecard of ['https://example.com/', path.join(folder(), 'none.json')]) {
      const error = await serve({ ...SCANS, scorecard }).catch((thrown: unknown) => thrown);
      expect(error, scorecard).to.be.instanceOf(Error);
    }
  });

  it('leaves the files of another server on the same folder alone, and takes away what dead ones left', async () => {
    const scans = path.join(data(), 'scans');
    mkdirSync(scans, { recursive: true });
    const ended = spawnSync(process.execPath, ['-e', '']).pid;
    for (const pid of [process.ppid, ended, process.pid])
      writeFileSync(path.join(scans, `${pid}-a.mcpb`), '');
    await serve(SCANS);
    expect(readdirSync(scans)).to.deep.equal([`${process.ppid}-a.mcpb`]);
  });

  describe('by a worker that was taken over', () => {
    const order = (): Order => ({
      ...{ file: '/none', sha256: bundle.sha256, at: new Date().toISOString() },
      ...{
        provenance: null,
        approvedSources: {},
        vulnerabilities: null,
        maxAgeDays: 30,
        memoryBytes: 512 * MIB,
        timeoutMs: 20_000,
      },
    });
    const report = (changes: object, beside: object = {}) =>
      JSON.stringify({
        report: JSON.stringify({
          ...{ catalogue: '0.1', scanner: { name: 'mpak', version: '1' }, level: 1 },
          ...{ bundle: { sha256: bundle.sha256 }, controls: controls(4) },
          ...changes,
        }),
        ...{ omitted: 0, sources: {}, ...beside },
      });
    /** Results that allow a level, and no higher one. */
    const controls = (allowed: number, changes: object = {}) =>
      CATALOGUE.map(({ id, level }) => {
        const status = level <= allowed ? 'pass' : 'skip';
        return { id, level, status, allows: status === 'pass' ? 4 : level - 1, ...changes };
      });

    async function endOf(program: string, environment = SCANS.environment) {
      const file = path.join(folder(), 'worker.cjs');
      writeFileSync(file, program);
      const options = { self: [process.execPath, file] as const, environment };
      return runWorker(order(), options, new AbortController().signal);
    }
    const says = (text: string) => `process.stdout.write('ready\\n' + ${JSON.stringify(text)})`;

    for (const [what, kind, reason, program] of [
      ['says nothing more', 'killed', /its answer is none/, says('')],
      ['says no JSON', 'killed', /its answer is none/, says('{')],
      ['speaks of another bundle', 'killed', /another bundle/, says(report({ bundle: { sha256: '0' } }))],
      ['names a level that there is not', 'killed', /level/, says(report({ level: 7 }))],
      [
        'names a level that no control allows',
        'killed',
        /do not allow/,
        says(report({ controls: controls(1), level: 3 })),
      ],
      [
        'judges by another catalogue',
        'failed',
        /was updated/,
        says(report({ catalogue: '9', controls: [] })),
      ],
      [
        'says what no terminal should see',
        'killed',
        /scanner/,
        says(report({ scanner: { name: '\u001b[2J', version: '1' } })),
      ],
      ['names a level and no control', 'killed', /do not allow/, says(report({ controls: [], level: 4 }))],
      [
        'leaves a control out',
        'killed',
        /do not allow/,
        says(report({ controls: controls(4).slice(1), level: 4 })),
      ],
      [
        'lets a control that failed allow its level',
        'killed',
        /do not allow/,
        says(report({ controls: controls(4, { status: 'fail' }), level: 4 })),
      ],
      [
        'names a control twice',
        'killed',
        /twice/,
        says(report({ controls: [...controls(4), ...controls(4).slice(0, 1)], level: 4 })),
      ],
      [
        'names more sources than there are',
        'killed',
        /sources/,
        says(
          report({}, { sources: Object.fromEntries(Array.from({ length: 40_000 }, (_, at) => [at, 'x'])) }),
        ),
      ],
      [
        'names a status that there is not',
        'killed',
        /status/,
        says(report({ controls: controls(4, { status: 'x' }) })),
      ],
      [
        'says too much',
        'killed',
        /too long/,
        "setInterval(() => process.stdout.write('ready\\n'.repeat(99999)), 1)",
      ],
      ['ends badly', 'killed', /status 7/, `${says('')}; process.exitCode = 7`],
      [
        'is killed',
        'killed',
        /SIGKILL/,
        "process.stdout.write('ready\\n', () => process.kill(process.pid, 'SIGKILL'))",
      ],
      ['cannot start', 'failed', /Cannot find module/, "require('./nothing')"],
      ['ends before it opened the bundle', 'failed', /status 3/, 'process.exitCode = 3'],
      [
        'ends with the system',
        'failed',
        /SIGTERM/,
        "process.stdout.write('ready\\n', () => process.kill(process.pid, 'SIGTERM'))",
      ],
      ['could not read the file', 'failed', /no space/, says('{"failure":"no space"}')],
    ] as const) {
      it(`that ${what} is ${kind === 'killed' ? 'the bundle’s doing' : 'tried again'}`, async () => {
        const end = await endOf(program);
        expect(end.kind).to.equal(kind);
        expect('reason' in end && end.reason).to.match(reason);
      });
    }

    it('sees nothing of the server’s environment but what a process needs', async () => {
      const program = `process.stdin.resume().on('end', () =>
        process.stdout.write('ready\\n' + JSON.stringify({ failure: Object.keys(process.env).join(' ') })))`;
      const environment = workerEnvironment({ ...process.env, MPAK_GITHUB_TOKEN: 'ghs_secret' });
      const end = await endOf(program, environment);
      expect('reason' in end && end.reason)
        .to.match(/NODE_OPTIONS/)
        .and.not.match(/MPAK|TOKEN/);
    });
  });
});
