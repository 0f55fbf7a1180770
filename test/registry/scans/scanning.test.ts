import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { zstdDecompressSync } from 'node:zlib';
import { expect } from 'chai';
import { CATALOGUE } from '../../../src/lib/certification/catalogue.ts';
import { openIndexReadOnly } from '../../../src/lib/index/open.ts';
import type { CertifyEntry } from '../../../src/lib/log/entry.ts';
import { mpakRegistry } from '../../support/cli.ts';
import { LocalGitHub } from '../../support/github.ts';
import { type BundleFile, makeBundle } from '../../support/mcpb.ts';
import {
  announcement,
  postAnnouncement,
  type RegistryProcess,
  startRegistry,
} from '../../support/registry.ts';
import { sharedFolder } from '../support/shared-folder.ts';

const WAIT_MS = 20_000;

describe('scanning what is announced', () => {
  const folder = sharedFolder();
  const data = () => path.join(folder(), 'data');
  let github: LocalGitHub;
  let registry: RegistryProcess;
  before(async () => {
    github = await LocalGitHub.start();
    registry = await startRegistry({ data: data(), github, scan: true });
  });
  after(async () => {
    await registry.stop();
    await github.close();
  });

  async function announce(repo: string, version = '1.0.0', artifact: Record<string, unknown> = {}) {
    const bundle = makeBundle(`@acme/${repo}`, version);
    const filename = String(artifact.filename ?? 'echo.mcpb');
    github.addAsset('Acme', repo, `v${version}`, filename, bundle.bytes);
    await post(repo, bundle, artifact);
    return bundle;
  }

  async function post(repo: string, bundle: BundleFile, artifact: Record<string, unknown> = {}) {
    const token = await github.issueToken(`Acme/${repo}`);
    const answer = await postAnnouncement(registry.url, token, announcement(bundle, {}, artifact));
    expect(answer.status, JSON.stringify(answer.json)).to.equal(200);
  }

  function certifications(name: string): CertifyEntry[] {
    const db = openIndexReadOnly(path.join(data(), 'registry.db'));
    try {
      const lines = db.prepare('SELECT line FROM log ORDER BY seq').pluck().all() as Buffer[];
      return lines
        .map((line) => JSON.parse(line.toString()))
        .filter((entry) => entry.kind === 'certify' && entry.package === name);
    } finally {
      db.close();
    }
  }

  const scanOf = (name: string, version = '1.0.0') =>
    fetch(`${registry.url}/v1/bundles/${name}/versions/${version}/scan`);

  async function scanned(name: string, version = '1.0.0') {
    for (const end = Date.now() + WAIT_MS; Date.now() < end; await sleep(50)) {
      const response = await scanOf(name, version);
      const json = (await response.json()) as Scans;
      if (response.status === 200 && json.artifacts.every(({ queued }) => !queued)) return json;
    }
    throw new Error(`${name} was not scanned: ${registry.log}`);
  }

  interface Scans {
    readonly artifacts: readonly {
      readonly queued: boolean;
      readonly level: number | null;
      readonly digest: string;
      readonly platforms: readonly unknown[];
      readonly report: {
        readonly level: number;
        readonly controls: readonly { id: string; status: string }[];
      };
      readonly omitted_findings: number;
    }[];
  }

  async function queueIsEmpty(): Promise<void> {
    for (const end = Date.now() + WAIT_MS; Date.now() < end; await sleep(50)) {
      const metrics = await (await fetch(`${registry.url}/metrics`)).text();
      if (/^mpak_scan_queue 0$/m.test(metrics)) return;
    }
    throw new Error(`the queue is not empty: ${registry.log}`);
  }

  it('certifies it, keeps the report and serves it', async () => {
    const bundle = await announce('echo');
    const { artifacts } = await scanned('@acme/echo');
    const [entry, ...more] = certifications('@acme/echo');
    expect(more).to.deep.equal([]);
    expect(artifacts).to.have.length(1);
    const { report, level, digest, omitted_findings } = artifacts[0] as Scans['artifacts'][number];
    expect({ digest, omitted_findings }).to.deep.equal({
      digest: `sha256:${bundle.sha256}`,
      omitted_findings: 0,
    });
    expect([report.level, entry?.level]).to.deep.equal([level, level]);
    expect(entry?.controls).to.deep.equal(
      Object.fromEntries(report.controls.map(({ id, status }) => [id, status])),
    );
    expect(Object.keys(entry?.controls ?? {})).to.have.members(CATALOGUE.map(({ id }) => id));
    expect(entry?.controls['AI-01']).to.equal('pass');
    expect(entry?.scanner).to.include({ name: 'mpak', catalogue: '0.1' });
    expect(readdirSync(path.join(data(), 'scans'))).to.deep.equal([]);
    const answer = await scanOf('@acme/echo');
    expect(answer.headers.get('content-type')).to.equal('application/json; charset=utf-8');
    // As the scanner wrote it, to the byte.
    expect(await answer.text()).to.include(`"report":${JSON.stringify(report)}}`);
  });

  it('certifies the same bytes for several platforms, and those that come later too', async () => {
    await announce('many', '1.0.0', { filename: 'a.mcpb', os: 'linux', arch: 'x64' });
    await scanned('@acme/many');
    await announce('many', '1.0.0', { filename: 'b.mcpb', os: 'darwin', arch: 'arm64' });
    const { artifacts } = await scanned('@acme/many');
    expect(artifacts.map(({ platforms }) => platforms)).to.deep.equal([
      [
        { os: 'linux', arch: 'x64' },
        { os: 'darwin', arch: 'arm64' },
      ],
    ]);
    const answer = await fetch(`${registry.url}/v1/bundles/@acme/many`);
    const { certification } = (await answer.json()) as { certification: { level: number } | null };
    expect(certification?.level).to.equal(artifacts[0]?.level);
  });

  it('serves the report of one artifact alone to whoever asks by its digest', async () => {
    const linux = makeBundle('@acme/two', '1.0.0', { description: 'One.' });
    const darwin = makeBundle('@acme/two', '1.0.0', { description: 'Another.' });
    for (const [os, bundle] of [
      ['linux', linux],
      ['darwin', darwin],
    ] as const) {
      github.addAsset('Acme', 'two', 'v1.0.0', `${os}.mcpb`, bundle.bytes);
      await post('two', bundle, { filename: `${os}.mcpb`, os });
    }
    await scanned('@acme/two');
    const ask = (digest: string) =>
      fetch(`${registry.url}/v1/bundles/@acme/two/versions/1.0.0/scan?digest=${digest}`);
    const { artifacts } = (await (await ask(`sha256:${darwin.sha256}`)).json()) as Scans;
    expect(artifacts.map(({ digest }) => digest)).to.deep.equal([`sha256:${darwin.sha256}`]);
    expect((await ask(`sha256:${'0'.repeat(64)}`)).status).to.equal(404);
    for (const wrong of [darwin.sha256, 'sha256:..', `SHA256:${darwin.sha256}`]) {
      expect((await ask(wrong)).status).to.equal(400);
    }
  });

  it('adds nothing when the same is announced again', async () => {
    const bundle = await announce('again');
    await scanned('@acme/again');
    await post('again', bundle);
    await queueIsEmpty();
    expect(certifications('@acme/again')).to.have.length(1);
  });

  it('scans again at the word of the operator, and says it in the log only when it is news', async () => {
    await announce('news');
    const first = (await scanned('@acme/news')).artifacts[0]?.report as unknown as { at: string };
    const { status, stdout } = await mpakRegistry(['rescan', '@acme/news@1.0.0', '--data', data(), '--json']);
    expect([status, JSON.parse(stdout).enqueued]).to.deep.equal([0, 1]);
    await queueIsEmpty();
    const again = (await scanned('@acme/news')).artifacts[0]?.report as unknown as { at: string };
    expect(Date.parse(again.at)).to.be.greaterThan(Date.parse(first.at));
    expect(certifications('@acme/news')).to.have.length(1);
  });

  it('refuses to rescan what is not there, and what nobody named', async () => {
    for (const [expected, words, ...args] of [
      [3, /Nothing of @acme\/none was announced/, '@acme/none'],
      [3, /Nothing of @acme\/echo 9\.0\.0 was announced/, '@acme/echo@9.0.0'],
      [2, /Nothing says what to scan/],
      [2, /There is a package beside --all/, '@acme/echo', '--all'],
      [2, /is not the name of a package/, 'echo'],
    ] as const) {
      const { status, stderr } = await mpakRegistry(['rescan', ...args, '--data', data()]);
      expect(status, stderr).to.equal(expected);
      expect(stderr).to.match(words);
    }
  });

  it('says what is in the queue and how scans ended, to whoever watches it', async () => {
    await queueIsEmpty();
    const metrics = await (await fetch(`${registry.url}/metrics`)).text();
    expect(metrics).to.match(/^mpak_scans_total\{result="certified"\} [1-9]/m);
    expect(metrics).to.match(/^mpak_scans_total\{result="unchanged"\} [1-9]/m);
    expect(metrics).to.match(/^mpak_scan_duration_seconds_count [1-9]/m);
    expect(metrics).to.match(/^mpak_scans_running 0$/m);
  });

  it('leaves queue and reports out of snapshots', async () => {
    const { stdout } = await mpakRegistry(['snapshot', '--data', data(), '--json']);
    const { name } = JSON.parse(stdout) as { name: string };
    const index = path.join(folder(), 'index.db');
    writeFileSync(index, zstdDecompressSync(readFileSync(path.join(data(), 'snapshots', name))));
    const db = openIndexReadOnly(index);
    const count = (table: string) => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
    expect(['scan_queue', 'scan_reports'].map(count)).to.deep.equal([0, 0]);
    expect(count('certifications')).to.be.greaterThan(0);
    db.close();
  });

  it('has no report of what is revoked', async () => {
    await announce('bad');
    await scanned('@acme/bad');
    const words = ['revoke', '@acme/bad', '--versions', '*', '--reason', 'malicious', '--data', data()];
    expect((await mpakRegistry(words)).status).to.equal(0);
    expect((await scanOf('@acme/bad')).status).to.equal(410);
    expect((await mpakRegistry(['rescan', '@acme/bad', '--data', data()])).status).to.equal(3);
  });

  it('can be turned off, and made up for', async () => {
    await registry.stop();
    registry = await startRegistry({ data: data(), github });
    await announce('late');
    const answer = await scanOf('@acme/late');
    expect([answer.status, await answer.json()]).to.deep.equal([
      404,
      { error: { code: 'NOT_FOUND', message: '@acme/late@1.0.0 was not scanned.' } },
    ]);
    const { stdout } = await mpakRegistry(['rescan', '--all', '--data', data()]);
    // echo, many, two of two, again, news, late
    expect(stdout).to.equal('7 to scan again; 7 in the queue.\n');
    await registry.stop();
    registry = await startRegistry({ data: data(), github, scan: true });
    await scanned('@acme/late');
    await queueIsEmpty();
    expect(certifications('@acme/late')).to.have.length(1);
    expect(certifications('@acme/echo')).to.have.length(1);
  });
});
