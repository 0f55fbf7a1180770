import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { type CheckedArchive, readArchive } from '../../../src/lib/bundle/archive.ts';
import { ASIDE_PREFIX } from '../../../src/lib/bundle/aside.ts';
import { extractArchive, extractAside } from '../../../src/lib/bundle/extract.ts';
import { packEverythingServer } from '../../support/everything-server.ts';
import { HOSTILE_ARCHIVES } from '../../support/hostile-archives.ts';
import { makeBundle } from '../../support/mcpb.ts';
import { bundleWith, MANIFEST_ENTRY } from '../../support/raw-zip.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { treeOf } from '../../support/tree.ts';

const EXTRACT_ONCE = path.join(import.meta.dirname, '../../support/extract-once.ts');
const POSIX = process.platform !== 'win32';

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    return (error as { code?: string }).code;
  }
  return undefined;
}

/** Fails as a disk does, at the entry of that number. */
function failing(archive: CheckedArchive, number: number, code: string): CheckedArchive {
  return {
    ...archive,
    read(entry) {
      if (archive.entries.indexOf(entry) === number) throw Object.assign(new Error(code), { code });
      return archive.read(entry);
    },
  };
}

/** Extracts in a process of its own. @returns in order: files flushed, `sync -f` with its status, the rename */
function flushesOf(file: string, target: string, hideSync: boolean): string[] {
  const script = `
    import fs from 'node:fs';
    import child from 'node:child_process';
    import { syncBuiltinESMExports } from 'node:module';
    const steps = [];
    const { fsyncSync, renameSync, existsSync } = fs;
    const { spawnSync } = child;
    fs.fsyncSync = (handle) => { steps.push('fsync'); return fsyncSync(handle); };
    fs.renameSync = (...paths) => { steps.push('rename'); return renameSync(...paths); };
    if (${hideSync}) fs.existsSync = (file) => !/bin.sync$/.test(file) && existsSync(file);
    child.spawnSync = (program, args, options) => {
      const result = spawnSync(program, args, options);
      steps.push('sync ' + args[0] + ' ' + result.status);
      return result;
    };
    syncBuiltinESMExports();
    const { readArchive } = await import(${JSON.stringify(sourceOf('archive.ts'))});
    const { extractAside } = await import(${JSON.stringify(sourceOf('extract.ts'))});
    extractAside(readArchive(${JSON.stringify(file)}), ${JSON.stringify(target)});
    process.stdout.write(JSON.stringify(steps));
  `;
  const args = ['--input-type=module', '--eval', script];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

const sourceOf = (name: string) =>
  pathToFileURL(path.join(import.meta.dirname, '../../../src/lib/bundle', name)).href;

describe('what is on the disk before the rename', () => {
  const folder = temporaryFolder();
  let file: string;

  beforeEach(() => {
    file = path.join(folder(), 'bundle.mcpb');
    writeFileSync(
      file,
      makeBundle('echo', '1.0.0', {}, { 'server/a/b.js': 'b', 'server/index.js': 'i' }).bytes,
    );
  });

  it('is every file and folder, one by one, where nothing flushes a file system', () => {
    const steps = flushesOf(file, path.join(folder(), 'target'), true);
    // Three files, and three folders; afterwards the folder above.
    expect(steps).to.deep.equal([...Array.from({ length: 6 }, () => 'fsync'), 'rename', 'fsync']);
  });

  if (process.platform === 'linux' && existsSync('/usr/bin/sync'))
    it('is the whole file system, by one command', () => {
      const steps = flushesOf(file, path.join(folder(), 'target'), false);
      expect(steps).to.deep.equal(['sync -f 0', 'rename', 'fsync']);
    });
});

describe('extracting an archive', () => {
  const folder = temporaryFolder();
  const target = () => path.join(folder(), 'home', '1.0.0');
  const archive = () =>
    readArchive(
      bundleWith(
        { name: 'bin/tool', content: '#!/bin/sh', mode: 0o104755 },
        { name: 'server/lib/a.js', content: 'a', mode: 0o100666 },
        { name: 'empty/', mode: 0o042777 },
      ),
    );

  beforeEach(() => mkdirSync(path.join(folder(), 'home')));

  it('makes its files and folders, whatever the umask: executable or not, nobody else may write, no setuid', () => {
    for (const umask of [0o000, 0o022, 0o077]) {
      const before = process.umask(umask);
      const place = path.join(folder(), `umask-${umask}`);
      try {
        extractAside(archive(), place);
      } finally {
        process.umask(before);
      }
      if (!POSIX) continue;
      expect(statSync(place).mode & 0o7777).to.equal(0o755);
      expect(treeOf(place)).to.deep.equal({
        bin: 'folder 755',
        'bin/tool': '755 #!/bin/sh',
        empty: 'folder 755',
        'manifest.json': `644 ${MANIFEST_ENTRY.content}`,
        server: 'folder 755',
        'server/lib': 'folder 755',
        'server/lib/a.js': '644 a',
      });
    }
  });

  it('takes no bits from the folder above', () => {
    if (!POSIX) return;
    const home = path.dirname(target());
    chmodSync(home, 0o2777);
    extractAside(archive(), target());
    const modes = Object.values(treeOf(target())).map(
      (what) => what.split(' ')[what.startsWith('folder') ? 1 : 0],
    );
    expect(new Set(modes)).to.deep.equal(new Set(['755', '644']));
    expect(statSync(target()).mode & 0o7777).to.equal(0o755);
  });

  it('leaves nothing anywhere of a hostile archive', () => {
    const before = treeOf(folder());
    for (const { what, code, bytes } of HOSTILE_ARCHIVES) {
      expect(
        codeOf(() => extractAside(readArchive(bytes), target())),
        what,
      ).to.equal(code);
      expect(treeOf(folder()), what).to.deep.equal(before);
    }
  });

  it('leaves nothing when the disk is full, or fails, and says so', () => {
    const before = treeOf(folder());
    for (const code of ['ENOSPC', 'EDQUOT', 'EROFS']) {
      expect(codeOf(() => extractAside(failing(archive(), 2, code), target()))).to.equal('IO_FAILED');
      expect(treeOf(folder())).to.deep.equal(before);
    }
  });

  it('says so when there is no place to write to', () => {
    const file = path.join(folder(), 'file');
    writeFileSync(file, '');
    expect(codeOf(() => extractAside(archive(), path.join(file, 'bundle')))).to.equal('IO_FAILED');
    expect(codeOf(() => extractAside(archive(), path.join(folder(), 'nowhere', 'bundle')))).to.equal(
      'IO_FAILED',
    );
    // Root may write anywhere.
    if (!POSIX || process.getuid?.() === 0) return;
    chmodSync(path.dirname(target()), 0o555);
    expect(codeOf(() => extractAside(archive(), target()))).to.equal('IO_FAILED');
  });

  it('replaces nothing: not a bundle, not an empty folder, not a file', () => {
    const place = path.join(folder(), 'place');
    mkdirSync(place);
    expect(codeOf(() => extractAside(archive(), place))).to.equal('IO_FAILED');
    extractAside(archive(), target());
    const before = treeOf(folder());
    expect(codeOf(() => extractAside(archive(), target()))).to.equal('IO_FAILED');
    expect(codeOf(() => extractAside(archive(), path.join(target(), 'manifest.json')))).to.equal('IO_FAILED');
    expect(treeOf(folder())).to.deep.equal(before);
  });

  it('follows no link that is there already, to a folder or to a file', () => {
    if (!POSIX) return;
    const outside = path.join(folder(), 'outside');
    mkdirSync(outside);
    for (const [link, to] of [
      ['server', outside],
      ['manifest.json', path.join(outside, 'new')],
    ] as const) {
      const place = path.join(folder(), `with-${link}`);
      mkdirSync(place);
      symlinkSync(to, path.join(place, link));
      expect(codeOf(() => extractArchive(archive(), place))).to.equal('ARCHIVE_DUPLICATE');
    }
    expect(readdirSync(outside)).to.deep.equal([]);
  });

  it('is whole or not there when it is killed; what is left can be told by its name', async function () {
    this.timeout(60_000);
    const file = path.join(folder(), 'everything.mcpb');
    await packEverythingServer('@acme/everything', file);
    const whole = readArchive(file).entries.filter(({ isDirectory }) => !isDirectory).length;
    let killed = 0;
    for (const milliseconds of [0, 10, 30, 60, 100, 2000]) {
      const place = path.join(folder(), 'home', `after-${milliseconds}`);
      const child = spawn(process.execPath, [EXTRACT_ONCE, file, place], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const ended = once(child, 'exit');
      await once(child.stdout, 'data');
      await Promise.race([ended, sleep(milliseconds)]);
      child.kill('SIGKILL');
      const [, signal] = await ended;
      if (signal !== null) killed += 1;
      const left = readdirSync(path.dirname(place));
      expect(
        left.filter((name) => !name.startsWith(ASIDE_PREFIX) && !name.startsWith('after-')),
      ).to.deep.equal([]);
      if (!left.includes(path.basename(place))) continue;
      const files = Object.values(treeOf(place)).filter((what) => !what.startsWith('folder'));
      expect(files.length).to.equal(whole);
    }
    expect(killed).to.be.greaterThan(1);
  });
});
