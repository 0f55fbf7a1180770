import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { finished, type Result } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** From its sources: neither an executable nor the published program keeps its code so. */
const FROM_SOURCES = [process.execPath, path.join(import.meta.dirname, '../../bin/mpak.cjs')];

describe('the cache of compiled code', () => {
  const folder = temporaryFolder();
  const home = () => path.join(folder(), 'home');
  const cli = () => path.join(home(), 'cli');
  const cache = () => path.join(cli(), 'compile-cache');
  const modeOf = (file: string) => statSync(file).mode & 0o777;

  /** Makes what it makes open to all, as far as mpak does not see to it. */
  async function run(...args: string[]): Promise<void> {
    const line = ['-c', 'umask 0; exec "$@"', 'sh', ...FROM_SOURCES, ...args];
    const child = spawn('/bin/sh', line, {
      env: { PATH: process.env.PATH, HOME: folder(), MPAK_HOME: home() },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const result: Result = await finished(child);
    expect(result.status, result.stderr).to.equal(0);
  }

  it('is in a folder that is open to its user alone, whatever the umask', async () => {
    mkdirSync(home(), { mode: 0o755 });
    await run('config', 'list');
    expect(modeOf(cli())).to.equal(0o700);
    expect(readdirSync(cache())).to.have.length(1);
  });

  it('is begun anew where others could write to it', async () => {
    mkdirSync(cache(), { recursive: true });
    chmodSync(home(), 0o755);
    chmodSync(cli(), 0o777);
    writeFileSync(path.join(cache(), 'planted'), '');
    await run('config', 'list');
    expect(modeOf(cli())).to.equal(0o700);
    expect(readdirSync(cache())).to.have.length(1).and.not.include('planted');
  });

  it('is none where others may write to the home, or where its folder is a link', async () => {
    mkdirSync(home());
    chmodSync(home(), 0o777);
    await run('config', 'list');
    expect(existsSync(cli())).to.equal(false);

    chmodSync(home(), 0o700);
    const elsewhere = path.join(folder(), 'elsewhere');
    mkdirSync(elsewhere);
    symlinkSync(elsewhere, cli());
    await run('config', 'list');
    expect(readdirSync(elsewhere)).to.deep.equal([]);
  });

  it('loses what a full disk left unfinished, and nothing else', async () => {
    const version = path.join(cache(), 'v0.0.0');
    mkdirSync(version, { recursive: true });
    for (const [name, hours] of [
      ['0123abcd.AbCdEf', 2],
      ['0123abcd.FeDcBa', 0],
      ['0123abcd', 2],
    ] as const) {
      writeFileSync(path.join(version, name), '');
      const at = new Date(Date.now() - hours * 3_600_000);
      utimesSync(path.join(version, name), at, at);
    }
    await run('cache', 'prune');
    expect(readdirSync(version).sort()).to.deep.equal(['0123abcd', '0123abcd.FeDcBa']);
  });
});
