import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { bundle, type Chunk } from '../../scripts/bundle.ts';
import { bundledPackages, licenceTexts } from '../../scripts/licences.ts';
import { writeProgram } from '../../scripts/program.ts';
import { publishEntry } from '../support/entries.ts';
import { SAMPLE_REGISTRY, writeIndex, writeInstalled } from '../support/sample-home.ts';

const ROOT = path.join(import.meta.dirname, '../..');

describe('the program from npm', () => {
  let root: string;
  let home: string;
  let chunks: readonly Chunk[];

  before(async function () {
    this.timeout(60_000);
    root = mkdtempSync(path.join(os.tmpdir(), 'mpak-package-'));
    chunks = await bundle({ programs: ['mpak', 'mpak-registry'], executable: false });
    writeProgram(path.join(root, 'dist', 'program'), chunks);
    cpSync(path.join(ROOT, 'bin'), path.join(root, 'bin'), { recursive: true });
    // The packages with native addons, which are not in the bundle, and nothing else.
    mkdirSync(path.join(root, 'node_modules'));
    for (const name of ['better-sqlite3', '@napi-rs'])
      symlinkSync(path.join(ROOT, 'node_modules', name), path.join(root, 'node_modules', name), 'dir');
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  beforeEach(async () => {
    home = mkdtempSync(path.join(os.tmpdir(), 'mpak-test-'));
    writeIndex(home, [publishEntry('@acme/postgres', '1.0.0')]);
    await writeInstalled(home, '@acme/echo', 'process.stdout.write("served " + process.argv[2]);');
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  function start(program: 'mpak' | 'mpak-registry', ...args: string[]) {
    return spawnSync(process.execPath, [path.join(root, 'bin', `${program}.cjs`), ...args], {
      encoding: 'utf8',
      env: {
        PATH: process.env.PATH,
        HOME: home,
        MPAK_HOME: home,
        MPAK_REGISTRY_URL: SAMPLE_REGISTRY,
        MPAK_NO_UPDATE_CHECK: '1',
        NO_COLOR: '1',
      },
    });
  }
  const code = () => path.join(home, 'cli', 'code');
  const kept = () => (existsSync(code()) ? readdirSync(code(), { recursive: true }) : []);

  it('writes into the files of AI clients, in each of their formats, and knows its keychain', () => {
    for (const folder of ['.cursor', '.codex', '.config/goose'])
      mkdirSync(path.join(home, folder), { recursive: true });
    writeFileSync(path.join(home, '.config/goose/config.yaml'), 'a: 1 # mine\n');
    const clients = ['cursor', 'codex', 'goose'].flatMap((client) => ['--client', client]);
    const added = start('mpak', 'client', 'add', '@acme/echo', ...clients);
    expect(added.status, added.stderr).to.equal(0);
    const written = ['.cursor/mcp.json', '.codex/config.toml', '.config/goose/config.yaml'].map((file) =>
      readFileSync(path.join(home, file), 'utf8'),
    );
    for (const text of written) expect(text).to.include(path.join(root, 'bin/mpak.cjs'));
    expect(written[2]).to.include('a: 1 # mine');
    expect(start('mpak', 'client', 'remove', '@acme/echo', ...clients).status).to.equal(0);
    writeFileSync(
      path.join(home, 'config.json'),
      JSON.stringify({ packages: { '@acme/echo': { keychain: ['api_key'] } } }),
    );
    // The addon is found and loaded; whether a keychain is here is another matter.
    const run = start('mpak', 'config', 'get', '@acme/echo', '--show');
    expect(run.status).to.equal(67);
    expect(run.stderr).not.to.match(/Cannot find|MODULE_NOT_FOUND/);
  });

  it('searches, runs and says what it is, twice: without and with the code that was kept', () => {
    for (const round of ['first', 'second']) {
      expect(start('mpak', '--version').stdout, round).to.match(/^mpak\/\d+\.\d+\.\d+ /);
      expect(start('mpak-registry', '--version').stdout).to.match(/^mpak-registry\/\d/);
      const found = start('mpak', 'bundle', 'search', 'postgres');
      expect(found.stdout).to.match(/^@acme\/postgres\t1\.0\.0\t/);
      expect(found.stderr).to.equal('');
      expect(start('mpak', 'run', '@acme/echo', '--', round).stdout).to.equal(`served ${round}`);
      expect(start('mpak', 'serch').stderr).to.include('Did you mean `mpak search`?');
      expect(start('mpak', 'search', '--help').stdout).to.include('--certified');
      expect(start('mpak', 'autocomplete', 'bash').stdout).to.include('Setup Instructions');
    }
    expect(kept().length).to.be.greaterThan(4);
  });

  it('loads nothing of the rest to search or to run', () => {
    start('mpak', 'bundle', 'search', 'postgres', 'mcp');
    start('mpak', 'run', '@acme/echo');
    const files = kept().map((name) => path.basename(String(name)));
    expect(files.filter((name) => /^(search|run)-/.test(name))).to.have.length.above(1);
    expect(files.filter((name) => name.startsWith('rest-'))).to.deep.equal([]);
  });

  it('runs when the code that was kept is damaged', () => {
    start('mpak', 'search', 'postgres');
    for (const file of kept().filter((name) => String(name).endsWith('.js')))
      truncateSync(path.join(code(), String(file)), 100);
    expect(start('mpak', 'search', 'postgres').stdout).to.include('@acme/postgres');
  });

  if (process.platform !== 'win32') {
    it('neither keeps nor takes code where others may write', () => {
      start('mpak', 'search', 'postgres');
      const before = kept();
      const planted = 'throw new Error("planted")';
      for (const file of before.filter((name) => String(name).endsWith('.js')))
        writeFileSync(path.join(code(), String(file)), planted);
      for (const folder of [home, path.join(home, 'cli'), code()]) {
        chmodSync(folder, 0o777);
        const found = start('mpak', 'search', 'postgres');
        expect(found.stdout).to.include('@acme/postgres');
        expect(kept()).to.deep.equal(before);
        for (const file of before.filter((name) => String(name).endsWith('.js')))
          expect(readFileSync(path.join(code(), String(file)), 'utf8')).to.equal(planted);
        chmodSync(folder, 0o700);
      }
    });
  }

  it('makes no home where there is none', () => {
    rmSync(home, { recursive: true });
    expect(start('mpak', 'search', 'x').status).not.to.equal(0);
    expect(existsSync(home)).to.equal(false);
  });

  it('loads little for a start: no network, no signatures, no schemas', () => {
    const start = chunks.filter(({ name }) => /^(mpak-(?!registry)|start-|rolldown-runtime-)/.test(name));
    const hot = chunks.filter(({ name }) => /^(line|search|run)-.{8}\.js$/.test(name));
    const rest = chunks.filter(({ name }) => name.startsWith('rest-'));
    expect([start.length, hot.length, rest.length]).to.deep.equal([3, 3, 1]);
    const packages = (found: readonly Chunk[]) => bundledPackages(found).map(({ name }) => name);
    expect(packages(start)).to.deep.equal([]);
    expect(packages(hot)).to.include.members(['@oclif/core', 'better-sqlite3']);
    expect(packages(hot)).not.to.include.oneOf([
      'undici',
      'zod',
      'jose',
      'tuf-js',
      'adm-zip',
      '@sigstore/verify',
    ]);
    expect(start.reduce((sum, { code: text }) => sum + text.length, 0)).to.be.lessThan(105_000);
  });

  it('carries the licence of every package that is in it', () => {
    const packages = bundledPackages(chunks);
    expect(packages.map(({ name }) => name)).to.include.members(['undici', 'zod', '@oclif/core', 'pino']);
    const texts = licenceTexts(packages);
    for (const { name, version } of packages) expect(texts).to.include(`${name} ${version} (`);
    expect(texts).to.include('Permission is hereby granted');
  });
});
