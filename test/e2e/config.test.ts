import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { append } from '../../src/lib/index/append.ts';
import { openIndex } from '../../src/lib/index/open.ts';
import { encodeEntry } from '../../src/lib/log/entry.ts';
import { IndexStore } from '../../src/lib/sync/store.ts';
import { DEFAULT_FEEDS } from '../../src/lib/vulnerabilities/feeds.ts';
import { finished, mpak, programLine, type Result } from '../support/cli.ts';
import { publishEntry } from '../support/entries.ts';
import { temporaryFolder } from '../support/temporary.ts';

function writeEmpty(file: string): string {
  writeFileSync(file, '');
  return file;
}

describe('mpak config', () => {
  const home = temporaryFolder();
  const folder = () => path.join(home(), '.mpak');
  const file = () => path.join(folder(), 'config.json');
  const content = () => JSON.parse(readFileSync(file(), 'utf8'));
  const run = (...args: string[]) => mpak(home(), ['config', ...args]);
  const json = async (...args: string[]) => JSON.parse((await run(...args, '--json')).stdout);

  /** Runs a command with something on its standard input. */
  function piped(input: string, ...args: string[]): Promise<Result> {
    const [command, ...words] = programLine('mpak');
    const child = spawn(command, [...words, 'config', ...args], {
      env: { PATH: process.env.PATH, HOME: home(), MPAK_HOME: folder(), NO_COLOR: '1' },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdin.end(input);
    return finished(child);
  }

  /** An index that knows the settings of a package. */
  function index(user_config: object): void {
    const store = new IndexStore(folder(), new URL('https://registry.mpak.dev'));
    store.create();
    const name = store.newIndexFile();
    const db = openIndex(name);
    const entry = publishEntry('@acme/postgres', '1.0.0');
    const manifest = { ...entry.manifest, user_config };
    db.transaction(() => append(db, [encodeEntry({ ...entry, manifest })], { keepLines: false }))();
    db.close();
    store.switchTo(name);
  }

  it('sets, shows and takes away what mpak goes by', async () => {
    expect((await run('get', 'policy.unattested')).stdout).to.equal('ask\n');
    expect(await run('set', 'policy.unattested', 'deny')).to.include({ status: 0, stderr: '' });
    expect(await run('get', 'policy.unattested')).to.include({ stdout: 'deny\n', stderr: '' });
    await run('set', 'policy.allowUnattested', '@acme/old');
    await run('set', 'policy.consent', 'always');
    await run('set', 'policy.allow', '@acme/postgres', '@Example/*');
    await run('set', 'policy.allow', '@acme/other');
    expect(content()).to.deep.equal({
      policy: {
        unattested: 'deny',
        allowUnattested: ['@acme/old'],
        consent: 'always',
        allow: ['@acme/postgres', '@example/*', '@acme/other'],
      },
    });
    expect(await json('get', 'policy.allow')).to.deep.equal({
      key: 'policy.allow',
      value: ['@acme/postgres', '@example/*', '@acme/other'],
      set: true,
    });
    await run('unset', 'policy.allow', '@example/*');
    expect(content().policy.allow).to.deep.equal(['@acme/postgres', '@acme/other']);
    await run('unset', 'policy.allowUnattested', '@acme/old');
    expect(content().policy.allowUnattested).to.deep.equal([]);
    for (const key of ['allow', 'consent', 'unattested', 'allowUnattested'])
      await run('unset', `policy.${key}`);
    expect(content()).to.deep.equal({});
    expect(await json('get', 'policy.consent')).to.deep.equal({
      key: 'policy.consent',
      value: 'default',
      set: false,
    });
  });

  it('sets, shows and takes away settings of a server', async () => {
    index({
      api_key: { type: 'string', title: 'Key', description: '', sensitive: true },
      port: { type: 'number', title: 'Port', description: '' },
      folders: { type: 'directory', title: 'Folders', description: '', multiple: true },
    });
    const set = await run('set', '@acme/postgres', 'api_key=a=b', 'port=5432', 'folders=/a', 'folders=/b');
    expect(set).to.include({
      status: 0,
      stdout: 'Set api_key, port, folders of @acme/postgres.\n',
    });
    expect(set.stderr).to.match(/config\.json, which nobody but you can read: api_key\./);
    expect(content().packages['@acme/postgres'].user_config).to.deep.equal({
      api_key: 'a=b',
      port: '5432',
      folders: ['/a', '/b'],
    });
    expect((await run('get', '@acme/postgres')).stdout).to.equal(
      'api_key\t••••\nport\t5432\nfolders\t/a, /b\n',
    );
    expect((await run('get', '@acme/postgres', 'api_key')).stdout).to.equal('••••\n');
    expect((await run('get', '@acme/postgres', 'api_key', '--show')).stdout).to.equal('a=b\n');
    expect((await run('get', '@acme/postgres', 'folders')).stdout).to.equal('/a\n/b\n');
    expect((await run('get', '@acme/postgres', 'other')).status).to.equal(3);
    expect(await json('get', '@Acme/Postgres', 'api_key')).to.deep.equal({
      package: '@acme/postgres',
      key: 'api_key',
      value: null,
      masked: true,
    });
    expect(await json('unset', '@acme/postgres', 'api_key')).to.deep.equal({
      package: '@acme/postgres',
      keys: ['api_key'],
    });
    expect(Object.keys(content().packages['@acme/postgres'].user_config)).to.deep.equal(['port', 'folders']);
    expect((await run('unset', '@acme/postgres', 'api_key')).status).to.equal(3);
    await run('unset', '@acme/postgres');
    expect(content()).to.deep.equal({});
  });

  it('does not let the names of a server\u2019s settings steer the terminal', async () => {
    index({ 'a\u001b[2J\u001b]0;title\u0007\nError: b': { type: 'string', title: 'A', description: '' } });
    const { stderr } = await run('set', '@acme/postgres', 'other=1');
    expect(stderr).to.include('has no setting "other"').and.not.include('\u001b').and.not.include('\u0007');
    expect(stderr).to.not.match(/^Error: b/m);
  });

  it('lists all of it, and covers what is not known to be harmless', async () => {
    index({ port: { type: 'number', title: 'Port', description: '' } });
    // As it was declared by an older version.
    const user_config = { port: '1', unknown: 'hunter2' };
    writeFileSync(file(), JSON.stringify({ packages: { '@acme/postgres': { user_config } } }));
    await run('set', '@acme/stranger', 'token=hunter2');
    const listed = await run('list');
    expect(listed.stdout).to.equal(
      [
        'certOidcIssuer\thttps://token.actions.githubusercontent.com (default)',
        'policy.consent\tdefault (default)',
        'policy.unattested\task (default)',
        `vulnerabilities.osv\t${DEFAULT_FEEDS.osv} (default)`,
        `vulnerabilities.epss\t${DEFAULT_FEEDS.epss} (default)`,
        `vulnerabilities.kev\t${DEFAULT_FEEDS.kev} (default)`,
        'vulnerabilities.maxAgeDays\t30 (default)',
        '@acme/postgres port\t1',
        '@acme/postgres unknown\t••••',
        '@acme/stranger token\t••••',
        '',
      ].join('\n'),
    );
    expect((await run('list', '--json')).stdout).to.not.include('hunter2');
    expect((await run('list', '--show')).stdout).to.include('@acme/stranger token\thunter2');
    expect((await json('list')).packages[1]).to.deep.equal({
      package: '@acme/stranger',
      user_config: [{ key: 'token', value: null, masked: true }],
    });
  });

  it('reads a secret from standard input, without its last line break, and keeps the file to its owner', async () => {
    expect((await piped('hunter2\n', 'set', '@acme/postgres', 'api_key=-')).status).to.equal(0);
    expect(content().packages['@acme/postgres'].user_config).to.deep.equal({ api_key: 'hunter2' });
    expect(statSync(file()).mode & 0o777).to.equal(0o600);
    expect((await piped('', 'set', '@acme/postgres', 'api_key=-')).status).to.equal(2);
    expect((await piped('x', 'set', '@acme/postgres', 'a=-', 'b=-')).status).to.equal(2);
    // What is not asked to read leaves the standard input alone.
    expect((await piped('api_key', 'get', '@acme/postgres')).stdout).to.equal('api_key\t••••\n');
  });

  it('makes a file that everybody could read its owner’s alone, and keeps what it does not know', async () => {
    mkdirSync(folder(), { recursive: true });
    const packages = { '@acme/other': { note: 'mine' } };
    writeFileSync(file(), JSON.stringify({ later: { x: 1 }, policy: { strict: true }, packages }), {
      mode: 0o644,
    });
    await run('set', 'policy.consent', 'always');
    await run('set', '@acme/other', 'key=1');
    await run('unset', '@acme/other');
    await run('unset', 'policy.consent');
    expect(content()).to.deep.equal({ later: { x: 1 }, policy: { strict: true }, packages });
    expect(statSync(file()).mode & 0o777).to.equal(0o600);
  });

  it('checks what is given where the package is known, and makes paths absolute', async () => {
    index({
      port: { type: 'number', title: 'Port', description: '', min: 1 },
      place: { type: 'directory', title: 'Place', description: '' },
    });
    expect((await run('set', '@acme/postgres', 'port=none')).status).to.equal(41);
    expect((await run('set', '@acme/postgres', 'port=0')).stderr).to.include('at least 1');
    const unknown = await run('set', '@acme/postgres', 'prot=1');
    expect(unknown).to.include({ status: 41 });
    expect(unknown.stderr).to.include('Did you mean port?');
    await run('set', '@acme/postgres', 'place=~foo');
    expect(content().packages['@acme/postgres'].user_config).to.deep.equal({ place: path.resolve('~foo') });
    await run('set', '@acme/postgres', 'place=~/foo');
    expect(content().packages['@acme/postgres'].user_config.place).to.equal('~/foo');
    await run('set', '@acme/postgres', 'place=here');
    expect(content().packages['@acme/postgres'].user_config.place).to.equal(path.resolve('here'));
  });

  it('loses nothing when many processes write at once', async () => {
    const count = 6;
    await Promise.all(
      Array.from({ length: count }, (_, number) => run('set', '@acme/postgres', `key${number}=${number}`)),
    );
    expect(Object.keys(content().packages['@acme/postgres'].user_config)).to.have.length(count);
  });

  it('refuses what makes no sense, and changes nothing', async () => {
    await run('set', 'policy.consent', 'always');
    const before = readFileSync(file(), 'utf8');
    const cases: [string[], string][] = [
      [['set', 'registry', 'https://example.com'], 'no setting'],
      [['set', 'policy.unattested', 'maybe'], 'ask, allow or deny'],
      [['set', 'policy.consent', 'a', 'b'], 'one value'],
      [['set', 'policy.consent'], 'unset'],
      [['set', 'policy.consens', 'x'], 'Did you mean policy.consent?'],
      [['set', 'policy.consent', 'never'], 'default or always'],
      [['set', 'policy.minimumLevel', '5'], '1, 2, 3 or 4'],
      [['set', 'policy.allow', '*'], '@scope/*'],
      [['set', 'policy.allow', '@*/x'], '@scope/*'],
      [['set', 'certOidcIssuer', 'x'], 'URL'],
      [['set', '@acme/postgres'], 'key=value'],
      [['set', '@acme/postgres', 'api_key', 'x'], 'key=value'],
      [['set', '@acme/postgres', '=x'], 'key=value'],
      [['set', '@acme/postgres@1.0.0', 'a=b'], 'version'],
      [['get', 'policy.minimum'], 'policy.consent'],
      [['unset', 'policy.consent', 'x'], 'without a value'],
    ];
    for (const [args, text] of cases) {
      const result = await run(...args);
      expect(result.status, args.join(' ')).to.equal(2);
      expect(result.stderr, args.join(' ')).to.include(text);
    }
    expect(readFileSync(file(), 'utf8')).to.equal(before);
  });

  it('reads no pipe and no folder in place of the file, and nothing without end', async () => {
    mkdirSync(folder(), { recursive: true });
    const cases: [() => unknown, string][] = [
      [() => execFileSync('mkfifo', [file()]), 'no regular file'],
      [() => mkdirSync(file()), 'no regular file'],
      [() => symlinkSync('/dev/zero', file()), 'no regular file'],
      [() => truncateSync(writeEmpty(file()), 2 ** 33), 'is larger than'],
    ];
    for (const [make, words] of cases) {
      make();
      for (const args of [['list'], ['set', 'policy.consent', 'always']]) {
        const { status, stderr } = await run(...args);
        expect(status, stderr).to.equal(2);
        expect(stderr).to.include(words);
      }
      rmSync(file(), { recursive: true });
    }
  });

  it('takes whatever its keys are called for settings like any other', async () => {
    mkdirSync(folder(), { recursive: true });
    writeFileSync(
      file(),
      '{"__proto__": {"registries": "x"}, "packages": {"__proto__": {"user_config": {"a": "1"}}}}',
    );
    expect((await run('list')).status).to.equal(0);
    await run('set', '@acme/postgres', '__proto__=1', 'constructor=2');
    expect((await run('get', '@acme/postgres', '__proto__', '--show')).stdout).to.equal('1\n');
    expect(readFileSync(file(), 'utf8')).to.include('"registries": "x"');
  });

  it('is found where its folder is a link', async () => {
    const elsewhere = path.join(home(), 'elsewhere');
    mkdirSync(elsewhere);
    symlinkSync(elsewhere, folder());
    expect((await run('set', 'policy.consent', 'always')).status).to.equal(0);
    expect((await run('get', 'policy.consent')).stdout).to.equal('always\n');
    rmSync(elsewhere, { recursive: true });
    const { status, stderr } = await run('set', 'policy.consent', 'always');
    expect(status).to.equal(1);
    expect(stderr).to.include(folder());
  });

  it('says that the file is broken without repeating what is in it', async () => {
    mkdirSync(folder(), { recursive: true });
    writeFileSync(file(), '{"packages": {"@a/b": {"user_config": {"key": "hunter2" oops');
    for (const args of [['list'], ['set', 'policy.consent', 'always']]) {
      const { status, stderr, stdout } = await run(...args);
      expect(status).to.equal(2);
      expect(stderr).to.include('config.json');
      expect(stderr + stdout).to.not.include('hunter2');
    }
  });
});
