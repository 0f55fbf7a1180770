import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { expect } from 'chai';
import { verifyRegistry } from '../../registry/verify.ts';
import { Facets, popularityOf } from '../../src/lib/index/facets.ts';
import { openIndexReadOnly } from '../../src/lib/index/open.ts';
import { mpakRegistry } from '../support/cli.ts';
import { LocalGitHub } from '../support/github.ts';
import { makeBundle } from '../support/mcpb.ts';
import { announcement, logSize, postAnnouncement, startRegistry } from '../support/registry.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** How often the registry is killed, and at what moment after announcements started, in milliseconds. */
const KILLS = 50;
const EARLIEST_MS = 5;
const LATEST_MS = 300;

describe('mpak-registry serve', () => {
  const folder = temporaryFolder();
  const data = () => path.join(folder(), 'data');
  const github = { server: undefined as unknown as LocalGitHub };
  before(async () => {
    github.server = await LocalGitHub.start();
  });
  after(() => github.server.close());

  function released(name: string, version = '1.0.0') {
    const bundle = makeBundle(`@acme/${name}`, version);
    github.server.addAsset('Acme', name, `v${version}`, 'echo.mcpb', bundle.bytes);
    return bundle;
  }

  it('documents every flag and its environment variable', async () => {
    const { stdout } = await mpakRegistry(['serve', '--help']);
    const text = stdout.replace(/\s+/g, ' ');
    for (const [flag, variable] of [
      ['data', 'MPAK_REGISTRY_DATA'],
      ['host', 'MPAK_REGISTRY_HOST'],
      ['port', 'MPAK_REGISTRY_PORT'],
      ['public-url', 'MPAK_REGISTRY_PUBLIC_URL'],
      ['origin', 'MPAK_REGISTRY_ORIGIN'],
      ['oidc-issuer', 'MPAK_OIDC_ISSUER'],
      ['oidc-audience', 'MPAK_OIDC_AUDIENCE'],
      ['github-api', 'MPAK_GITHUB_API'],
      ['github-token', 'MPAK_GITHUB_TOKEN'],
      ['asset-host', 'MPAK_ASSET_HOST'],
      ['attestation-issuer', 'MPAK_ATTESTATION_ISSUER'],
      ['trusted-root', 'MPAK_TRUSTED_ROOT'],
      ['tuf-url', 'MPAK_TUF_URL'],
      ['tuf-root', 'MPAK_TUF_ROOT'],
      ['reserved-scopes', 'MPAK_RESERVED_SCOPES'],
      ['allowed-names', 'MPAK_ALLOWED_NAMES'],
      ['popular-downloads', 'MPAK_POPULAR_DOWNLOADS'],
      ['rate-reads', 'MPAK_RATE_READS'],
      ['rate-writes', 'MPAK_RATE_WRITES'],
      ['rate-owner', 'MPAK_RATE_OWNER'],
      ['trusted-proxy', 'MPAK_TRUSTED_PROXY'],
      ['scan-workers', 'MPAK_SCAN_WORKERS'],
      ['scan-memory', 'MPAK_SCAN_MEMORY'],
      ['scan-timeout', 'MPAK_SCAN_TIMEOUT'],
      ['vulnerabilities', 'MPAK_VULNERABILITIES'],
    ]) {
      expect(text).to.match(new RegExp(`--${flag}=[^-].*${variable}`));
    }
    expect(text).to.match(/--require-attestation .*MPAK_REQUIRE_ATTESTATION/);
    expect(text).to.match(/--\[no-\]scan .*MPAK_SCAN\]/);
  });

  it('takes its configuration from the environment', async () => {
    const registry = await startRegistry({
      data: data(),
      environment: {
        MPAK_REGISTRY_ORIGIN: 'env.test',
        MPAK_REGISTRY_PUBLIC_URL: 'https://registry.example.com/',
        MPAK_GITHUB_API: github.server.api,
        MPAK_OIDC_ISSUER: github.server.issuer,
        MPAK_OIDC_AUDIENCE: 'https://audience.test',
        MPAK_GITHUB_TOKEN: 'ghs_secret',
      },
    });
    const bundle = released('env');
    const token = await github.server.issueToken('Acme/env', {}, { audience: 'https://audience.test' });
    expect((await postAnnouncement(registry.url, token, announcement(bundle))).status).to.equal(200);
    await registry.stop();
    expect(github.server.authorized).to.deep.equal([
      '/api/v3/repos/Acme/env/releases/tags/v1.0.0',
      `/api/v3/repos/Acme/env/attestations/sha256:${bundle.sha256}`,
    ]);
    expect(registry.log).not.to.contain('ghs_secret').and.not.to.contain(token);
    const db = openIndexReadOnly(path.join(data(), 'registry.db'));
    const origin = db.prepare("SELECT value FROM meta WHERE key = 'registry_origin'").pluck().get();
    expect(origin).to.equal('env.test');
    db.close();
  });

  it('names a new log after its public URL', async () => {
    const args = ['--public-url', 'https://registry.example.com:8443/'];
    const registry = await startRegistry({ data: data(), args });
    await registry.stop();
    const db = openIndexReadOnly(path.join(data(), 'registry.db'));
    const origin = db.prepare("SELECT value FROM meta WHERE key = 'registry_origin'").pluck().get();
    expect(origin).to.equal('registry.example.com:8443');
    db.close();
  });

  it('keeps its key and the name of its log over a restart', async () => {
    const first = await startRegistry({ data: data(), args: ['--origin', 'log.test'] });
    await first.stop();
    const second = await startRegistry({ data: data() });
    expect(second.fingerprint).to.equal(first.fingerprint);
    await second.stop();
    const other = await mpakRegistry(['serve', '--data', data(), '--port', '0', '--origin', 'other.test']);
    expect(other.status).to.equal(22);
    expect(other.stderr).to.match(/This log is "log\.test", and --origin says "other\.test"/);
  });

  it('says what is wrong with its configuration', async () => {
    for (const [args, words] of [
      [['--github-api', 'ftp://x'], /"ftp:\/\/x" is not an http or https URL/],
      [['--port', '99999'], /less than or equal to 65535/],
      [['--asset-host', 'https://x/y'], /"https:\/\/x\/y" is not a host/],
      [['--trusted-root', 'missing.json'], /There is no trusted root/],
      [['--scan-timeout', '0'], /A scan takes more than no time/],
      [['--scan-timeout', 'soon'], /"soon" is not a span of time/],
      [['--scan-memory', '10'], /greater than or equal to 192/],
    ] as const) {
      const { status, stderr } = await mpakRegistry(['serve', '--data', data(), ...args]);
      expect(status).to.equal(2);
      expect(stderr).to.match(words);
    }
    const { status, stderr } = await mpakRegistry(['serve']);
    expect([status, /data/.test(stderr)]).to.deep.equal([2, true]);
  });

  it('refuses to sign a log with a new key when the old one is lost', async () => {
    const registry = await startRegistry({ data: data() });
    await registry.stop();
    rmSync(path.join(data(), 'signing-key.json'));
    const { status, stderr } = await mpakRegistry(['serve', '--data', data(), '--port', '0']);
    expect(status).to.equal(1);
    expect(stderr).to.include('Restore it from a backup');
    expect(existsSync(path.join(data(), 'signing-key.json'))).to.equal(false);
  });

  it('takes no empty name for a log or for its folder, and no word that it does not know', async () => {
    for (const args of [
      ['serve', '--data', data(), '--port', '0', '--origin', ''],
      ['serve', '--data', '', '--port', '0'],
      ['verify', 'zzz', '--data', data()],
    ]) {
      expect(await mpakRegistry(args), args.join(' ')).to.include({ status: 2 });
    }
  });

  it('says which port is taken', async () => {
    const first = await startRegistry({ data: data() });
    const port = new URL(first.url).port;
    const second = await mpakRegistry(['serve', '--data', path.join(folder(), 'other'), '--port', port]);
    expect(second.status).to.equal(6);
    expect(second.stderr).to.contain(`port ${port} `);
    await first.stop();
  });

  it('finishes what is under way when it gets SIGTERM, and closes its database clean', async () => {
    const registry = await startRegistry({ data: data(), github: github.server });
    const bundle = released('slow');
    const asked = Promise.withResolvers<void>();
    github.server.beforeAsset = async () => {
      asked.resolve();
      await sleep(300);
    };
    const token = await github.server.issueToken('Acme/slow');
    const answer = postAnnouncement(registry.url, token, announcement(bundle));
    await asked.promise;
    github.server.beforeAsset = async () => undefined;
    const stopped = registry.stop();
    expect((await answer).json).to.include({ status: 'created' });
    expect(await stopped).to.equal(0);
    expect(registry.log).to.match(/"msg":"stopped"/);
    expect(existsSync(path.join(data(), 'registry.db-wal'))).to.equal(false);
    const db = new Database(path.join(data(), 'registry.db'), { readonly: true });
    expect(db.prepare('SELECT count(*) FROM log').pluck().get()).to.equal(1);
    db.close();
  });

  it('answers 502 when GitHub does not answer, and the log has not grown', async () => {
    const registry = await startRegistry({
      data: data(),
      args: ['--github-api', 'http://127.0.0.1:9', '--oidc-issuer', github.server.issuer],
    });
    const token = await github.server.issueToken('Acme/far');
    const answer = await postAnnouncement(registry.url, token, announcement(released('far')));
    expect(answer.status).to.equal(502);
    expect(await logSize(registry.url)).to.equal(0);
    await registry.stop();
  });

  it('counts downloads, and writes them when it stops', async () => {
    const registry = await startRegistry({ data: data(), github: github.server });
    const token = await github.server.issueToken('Acme/counted');
    await postAnnouncement(registry.url, token, announcement(released('counted')));
    const url = `${registry.url}/v1/bundles/@acme/counted/versions/latest/download`;
    for (let count = 0; count < 3; count += 1) await fetch(url, { redirect: 'manual' });
    expect((await fetch(url, { method: 'HEAD', redirect: 'manual' })).status).to.equal(302);
    await registry.stop();
    const db = new Database(path.join(data(), 'registry.db'), { readonly: true });
    expect(db.prepare('SELECT downloads FROM packages').pluck().get()).to.equal(3);
    expect(db.prepare('SELECT downloads FROM versions').pluck().get()).to.equal(3);
    // What search scores by, too.
    expect(new Facets(db).popularity(1)).to.equal(popularityOf(3)).and.not.to.equal(popularityOf(0));
    db.close();
  });

  it(`is killed ${KILLS} times while bundles are announced, and loses none that it acknowledged`, async function () {
    this.timeout(120_000);
    const acknowledged = new Set<string>();
    const unanswered: number[] = [];
    let next = 0;
    /** Announces one after the other until the registry is gone; what got no answer is announced again. */
    const announce = async (url: string) => {
      for (;;) {
        const number = unanswered.pop() ?? next++;
        const bundle = released(`kill-${number}`);
        const token = await github.server.issueToken(`Acme/kill-${number}`);
        const answer = await postAnnouncement(url, token, announcement(bundle)).catch(() => undefined);
        if (answer === undefined) {
          unanswered.push(number);
          return;
        }
        expect(answer.status, JSON.stringify(answer.json)).to.equal(200);
        acknowledged.add(bundle.name);
      }
    };
    for (let round = 0; round < KILLS; round += 1) {
      const registry = await startRegistry({ data: data(), github: github.server });
      const announcing = Array.from({ length: 8 }, () => announce(registry.url));
      await sleep(EARLIEST_MS + Math.random() * (LATEST_MS - EARLIEST_MS));
      await registry.kill();
      await Promise.all(announcing);
      const db = openIndexReadOnly(path.join(data(), 'registry.db'));
      const { differences } = verifyRegistry(db);
      const published = new Set(db.prepare('SELECT name FROM packages').pluck().all());
      db.close();
      expect(differences, `round ${round}`).to.deep.equal([]);
      expect([...acknowledged].filter((name) => !published.has(name))).to.deep.equal([]);
    }
    const registry = await startRegistry({ data: data(), github: github.server });
    const answer = await postAnnouncement(
      registry.url,
      await github.server.issueToken('Acme/last'),
      announcement(released('last')),
    );
    expect(answer.json).to.include({ status: 'created' });
    expect(await registry.stop()).to.equal(0);
    const { status } = await mpakRegistry(['verify', '--data', data()]);
    expect(status).to.equal(0);
  });
});
