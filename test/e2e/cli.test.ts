import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { openIndex } from '../../src/lib/index/open.ts';
import { IndexStore } from '../../src/lib/sync/store.ts';
import { finished, mpak, programLine, startCommand } from '../support/cli.ts';
import { publishEntries, publishEntry } from '../support/entries.ts';
import { LogServer, newKey } from '../support/log-server.ts';
import { temporaryFolder } from '../support/temporary.ts';

describe('mpak', () => {
  const home = temporaryFolder();
  let server: LogServer;
  let url: URL;

  beforeEach(async () => {
    server = await LogServer.start();
    url = server.url;
    server.append(
      publishEntry('@acme/postgres', '1.0.0', {
        manifest: {
          name: '@acme/postgres',
          version: '1.0.0',
          description: 'Query PostgreSQL\u001b[2J databases',
          author: { name: 'Acme' },
          server: { type: 'node', mcp_config: { command: 'node', args: ['server.js'] } },
          tools: [{ name: 'query', description: 'Runs a query' }],
        },
      }),
      publishEntry('@acme/postgres', '1.1.0-beta.1'),
      publishEntry('@acme/weather', '2.0.0'),
      publishEntry('@acme/evil', '1.0.0'),
      {
        kind: 'revoke',
        package: '@acme/evil',
        versions: '*',
        reason: 'malicious',
        at: '2026-06-01T00:00:00.000Z',
      },
    );
  });
  afterEach(() => server.close());

  const run = (...args: string[]) => mpak(home(), args, { MPAK_REGISTRY_URL: url.href });
  const store = () => new IndexStore(path.join(home(), '.mpak'), url);

  it('syncs, then searches and shows with the registry gone', async () => {
    const synced = await run('sync');
    expect(synced.status).to.equal(0);
    expect(synced.stdout).to.include('3 packages');
    expect(synced.stderr).to.match(/Pinned the key of 127\.0\.0\.1:\d+: SHA256:[\w-]{43}/);
    await server.close();

    const found = await run('search', 'postgres');
    expect(found).to.include({ status: 0, stderr: '' });
    expect(found.stdout).to.equal('@acme/postgres\t1.0.0\tnode\t-\tQuery PostgreSQL[2J databases\n');
    expect((await run('bundle', 'search', 'postgres')).stdout).to.equal(found.stdout);

    const shown = await run('bundle', 'show', '@acme/postgres');
    expect(shown).to.include({ status: 0, stderr: '' });
    for (const text of [
      '@acme/postgres@1.0.0',
      'Acme',
      'query',
      'node server.js',
      '1.1.0-beta.1',
      'prerelease',
    ]) {
      expect(shown.stdout).to.include(text);
    }
    expect(shown.stdout).to.not.include('\u001b');

    const offline = await run('sync');
    expect(offline).to.include({ status: 10, stdout: '' });
    expect(offline.stderr).to.include('stays usable');
  });

  it('answers in JSON, of the shapes that the registry answers in', async () => {
    await run('sync');
    const page = JSON.parse((await run('search', 'weather', '--json')).stdout);
    expect(page).to.have.keys('bundles', 'total', 'pagination');
    expect(page.total).to.equal(1);
    expect(page.bundles[0].name).to.equal('@acme/weather');
    const detail = JSON.parse((await run('bundle', 'show', '@acme/postgres@1.1.0-beta.1', '--json')).stdout);
    expect(detail).to.include.keys(
      'name',
      'latest_version',
      'versions',
      'certification',
      'version',
      'status',
    );
    expect(detail.version.version).to.equal('1.1.0-beta.1');
    const status = JSON.parse((await run('index', 'status', '--json')).stdout);
    expect(status).to.include({ size: 5, packages: 2, origin: 'log.test' });
    const report = JSON.parse((await run('sync', '--json')).stdout);
    expect(report).to.include({ via: 'nothing', to: 5 });
  });

  it('says that a package is revoked, and finds it no more', async () => {
    await run('sync');
    expect((await run('search', 'evil')).stdout).to.equal('');
    const shown = await run('bundle', 'show', '@acme/evil');
    expect(shown.status).to.equal(0);
    expect(shown.stdout).to.include('revoked: malicious');
  });

  it('leaves its standard input alone: a name never comes from there', async () => {
    await run('sync');
    const environment = { HOME: home(), MPAK_HOME: path.join(home(), '.mpak'), MPAK_REGISTRY_URL: url.href };
    const child = startCommand('mpak', ['search'], environment, 'pipe');
    child.stdin?.end('weather\n');
    const { stdout, status } = await finished(child);
    expect(status).to.equal(0);
    expect(stdout.trim().split('\n')).to.have.length(2);
  });

  it('asks for a sync when there is no index yet', async () => {
    for (const args of [
      ['search', 'x'],
      ['bundle', 'show', '@a/b'],
      ['index', 'status'],
    ]) {
      const result = await run(...args);
      expect(result, args.join(' ')).to.include({ status: 3, stdout: '' });
      expect(result.stderr).to.include('mpak sync');
    }
  });

  it('says what was probably meant', async () => {
    await run('sync');
    const cases: [string[], number, string][] = [
      [['serch', 'postgres'], 2, 'mpak search'],
      [['bundle', 'sho', '@a/b'], 2, 'mpak bundle show'],
      [['bundle', 'show', '@acme/postgers'], 3, '@acme/postgres'],
      [['bundle', 'show', 'postgres'], 2, '@scope/name'],
      [['bundle', 'show', '@acme/postgres@9.9.9'], 3, '1.1.0-beta.1, 1.0.0'],
      [['search', '--type', 'ruby'], 2, 'node'],
      [['search', '--limit', '0'], 2, '--limit'],
      [['search', '--certified', '7'], 2, '--certified'],
      [['sync', '--key', 'abc'], 2, 'fingerprint'],
      [['sync', 'zzz'], 2, 'zzz'],
      [['index', 'status', 'zzz'], 2, 'zzz'],
      [['sync', '--registry', 'http://example.com'], 2, 'https'],
    ];
    for (const [args, status, text] of cases) {
      const result = await run(...args);
      expect(result.status, args.join(' ')).to.equal(status);
      expect(result.stderr, args.join(' ')).to.include(text);
      expect(result.stderr).to.not.match(/\n\s+at /);
    }
  });

  it('ends with the status and the code of what was refused', async () => {
    await run('sync');
    server.key = await newKey();
    server.append(...publishEntries(1));
    const refused = await run('sync', '--json');
    expect(refused.status).to.equal(21);
    expect(JSON.parse(refused.stdout).error).to.include({ code: 'KEY_NOT_PINNED' });
  });

  it('asks for a command where there are only flags', async () => {
    for (const flags of [['--json'], ['--no-such'], ['-x', '--json']]) {
      const { status, stdout, stderr } = await run(...flags);
      expect(status).to.equal(2);
      expect(stdout + stderr)
        .to.include('Which command is meant?')
        .and.include(flags[0]);
    }
  });

  it('tells of an error so that nothing in it looks like a line of its own', async () => {
    const { stderr } = await run('search', 'x', '--limit', 'a\nError: b');
    expect(stderr)
      .to.include('a')
      .and.not.match(/^Error: b/m);
    const { error } = JSON.parse((await run('search', 'x', '--limit', 'abc', '--json')).stdout);
    expect(error.message)
      .to.include('abc')
      .and.not.match(/[\t\n]/);
  });

  it('says that an index is old, on stderr', async () => {
    await run('sync');
    const trust = JSON.parse(readFileSync(store().trustFile, 'utf8'));
    trust.synced_at = new Date(Date.now() - 50 * 3_600_000).toISOString();
    writeFileSync(store().trustFile, JSON.stringify(trust));
    const found = await run('search', 'weather');
    expect(found.stderr).to.equal('The index is 2 days old: `mpak sync` brings it up to date.\n');
    expect(found.stdout).to.match(/^@acme\/weather\t/);
  });

  it('takes the registry from the configuration', async () => {
    const folder = path.join(home(), '.mpak');
    mkdirSync(folder);
    writeFileSync(
      path.join(folder, 'config.json'),
      JSON.stringify({ registries: [{ name: 'local', url: server.url.href.replace(/\/$/, '') }] }),
    );
    expect((await mpak(home(), ['sync'])).status).to.equal(0);
    writeFileSync(path.join(folder, 'config.json'), 'not JSON');
    const refused = await mpak(home(), ['search', 'x']);
    expect(refused.status).to.equal(2);
    expect(refused.stderr).to.include('config.json');
  });

  it('says that the answer could not be written, without a stack trace', async () => {
    if (process.platform !== 'linux') return;
    const line = [...programLine('mpak'), 'config', 'list', '--json'];
    const child = spawn('/bin/sh', ['-c', '"$@" > /dev/full', 'sh', ...line], {
      env: { ...process.env, MPAK_HOME: path.join(home(), '.mpak'), NO_COLOR: '1' },
    });
    const { status, stderr } = await finished(child);
    expect(status).to.equal(1);
    expect(stderr).to.match(/^Error: A file could not be used: the disk is full\.\n[^\n]+\n$/);
  });

  it('sets up shell completion in its own home', async () => {
    const result = await run('autocomplete', 'bash', '--refresh-cache');
    expect(result.status).to.equal(0);
    const script = path.join(home(), '.mpak', 'cli', 'autocomplete', 'functions', 'bash', 'mpak.bash');
    expect(readFileSync(script, 'utf8')).to.include('bundle:search');
  });

  it('says how it is used', async () => {
    const help = await run('--help');
    expect(help.status).to.equal(0);
    for (const name of ['sync', 'search', 'bundle', 'index', 'autocomplete'])
      expect(help.stdout).to.include(name);
    expect((await run('search', '--help')).stdout).to.include('EXAMPLES');
    expect((await run('--version')).stdout).to.match(/^mpak\/\d/);
  });

  it('answers ten searches during a sync, and none waits for it', async () => {
    server.append(...publishEntries(2000));
    await run('sync');
    server.append(...publishEntries(4000, 2000));
    // Pages come slowly: the sync is under way for as long as the searches take, and longer.
    server.pageDelay = 700;
    const syncing = startCommand('mpak', ['sync'], {
      HOME: home(),
      MPAK_HOME: path.join(home(), '.mpak'),
      MPAK_REGISTRY_URL: server.url.href,
    });
    const synced = finished(syncing);
    await sleep(500);
    const found = await Promise.all(Array.from({ length: 10 }, () => run('search', 'weather')));
    expect(syncing.exitCode, 'the sync was still running').to.equal(null);
    for (const result of found) {
      expect(result).to.include({ status: 0, stderr: '' });
      expect(result.stdout).to.match(/^@acme\/weather\t/);
    }
    server.pageDelay = 0;
    expect((await synced).status).to.equal(0);
  });

  it('answers while the index is being written', async () => {
    await run('sync');
    const writer = openIndex(store().current() as string);
    writer.exec(`BEGIN IMMEDIATE; UPDATE packages SET description = 'not committed'`);
    try {
      const found = await run('search', 'weather');
      expect(found).to.include({ status: 0, stderr: '' });
      expect(found.stdout).to.include('What @acme/weather does');
    } finally {
      writer.exec('ROLLBACK');
      writer.close();
    }
  });
});
