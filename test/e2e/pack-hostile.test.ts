import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { readArchive } from '../../src/lib/bundle/archive.ts';
import { finished, mpak, type Result, startCommand } from '../support/cli.ts';
import {
  type Files,
  lockNode,
  nodeProject,
  npmEnvironment,
  pythonServer,
  serverManifest,
  writeFiles,
} from '../support/server-project.ts';
import { temporaryFolder } from '../support/temporary.ts';

const folder = temporaryFolder();
const MANIFEST = JSON.stringify(serverManifest());
const PLAIN: Files = { 'manifest.json': MANIFEST, 'server/index.js': '' };

function project(files: Files, name = 'project'): string {
  const place = path.join(folder(), name);
  writeFiles(place, files);
  return place;
}

/** Depends on packages that are folders of the project. */
function dependent(packages: Readonly<Record<string, Files>>, more: Files = {}): Files {
  const names = Object.keys(packages);
  const dependencies = Object.fromEntries(names.map((name) => [name, `file:vendor/${name}`]));
  const files = Object.entries(packages).flatMap(([name, own]) => [
    [`vendor/${name}/package.json`, JSON.stringify({ name, version: '1.0.0' })] as const,
    ...Object.entries(own).map(([file, content]) => [`vendor/${name}/${file}`, content] as const),
  ]);
  return {
    ...PLAIN,
    'package.json': JSON.stringify({ name: 'echo', version: '1.0.0', dependencies }),
    ...Object.fromEntries(files),
    ...more,
  };
}

function run(args: readonly string[], environment: Record<string, string> = {}): Promise<Result> {
  return mpak(folder(), ['bundle', ...args, '--json'], { ...npmEnvironment(folder()), ...environment });
}

async function packed(source: string, environment: Record<string, string> = {}, args: string[] = []) {
  const file = path.join(folder(), `out-${readdirSync(folder()).length}`, 'it.mcpb');
  const result = await run(['pack', source, '-o', file, ...args], environment);
  expect(result.status, result.stdout + result.stderr).to.equal(0);
  const archive = readArchive(file);
  const names = archive.entries.map((entry) => entry.path);
  const entry = archive.entries.find((each) => each.path === 'sbom.cdx.json');
  const sbom = JSON.parse(archive.read(entry as NonNullable<typeof entry>).toString());
  return { names, sbom, warnings: JSON.parse(result.stdout).warnings as { path: string }[] };
}

async function refused(source: string, environment: Record<string, string> = {}, args: string[] = []) {
  const output = args.includes('-o') ? [] : ['-o', path.join(folder(), 'no.mcpb')];
  const result = await run(['pack', source, ...output, ...args], environment);
  expect(existsSync(path.join(folder(), 'no.mcpb'))).to.equal(false);
  return { status: result.status, error: JSON.parse(result.stdout).error };
}

describe('mpak bundle pack of a hostile dependency', () => {
  it('runs nothing of one from git, locked, asked for, or needed by another', async () => {
    const mark = path.join(folder(), 'ran');
    const repository = project(
      {
        'package.json': JSON.stringify({
          name: 'gd',
          version: '1.0.0',
          scripts: { prepare: `touch ${mark}` },
          dependencies: { other: 'git+https://git.invalid/other.git' },
        }),
        '.npmrc': 'git=./evil.sh\n',
        'evil.sh': `#!/bin/sh\ntouch ${mark}\nexit 1\n`,
      },
      'gd',
    );
    chmodSync(path.join(repository, 'evil.sh'), 0o755);
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@a.example', ...args], {
        cwd: repository,
      });
    git('init', '--quiet');
    git('add', '.');
    git('commit', '--quiet', '--message', 'first');
    const url = `git+file://${repository}`;
    const asking = JSON.stringify({ name: 'echo', version: '1.0.0', dependencies: { gd: url } });
    const direct = await refused(project({ ...PLAIN, 'package.json': asking }, 'direct'));
    expect(direct.error).to.include({ code: 'USAGE' });
    expect(direct.error.message).to.include('gd is from git');
    const lock = {
      lockfileVersion: 3,
      packages: { 'node_modules/gd': { version: '1.0.0', resolved: `${url}#${'0'.repeat(40)}` } },
    };
    const anything = JSON.stringify({ name: 'echo', version: '1.0.0', dependencies: { gd: '*' } });
    const locked = { ...PLAIN, 'package.json': anything, 'package-lock.json': JSON.stringify(lock) };
    expect((await refused(project(locked, 'locked'))).error).to.include({ code: 'USAGE' });
    const between = dependent(
      { middle: {} },
      {
        'vendor/middle/package.json': JSON.stringify({
          name: 'middle',
          version: '1.0.0',
          dependencies: { gd: url },
        }),
      },
    );
    const indirect = await refused(project(between, 'indirect'), { npm_config_offline: 'false' });
    expect(indirect).to.deep.include({ status: 50 });
    expect(existsSync(mark)).to.equal(false);
  }).timeout(60_000);

  it('keeps each vendored package, whatever it is called', async () => {
    const files = dependent(
      { 'lodash.map': { 'index.js': '1', 'a.map': '' }, debug: { 'src/index.js': '2', 'keep.d.ts': '' } },
      { '.mcpbignore': 'src/\n/vendor/\n!keep.d.ts\n!kept.log\n', 'kept.log': '', 'dropped.log': '' },
    );
    expect((await packed(project(files))).names).to.deep.equal([
      'kept.log',
      'manifest.json',
      'node_modules/debug/keep.d.ts',
      'node_modules/debug/package.json',
      'node_modules/debug/src/index.js',
      'node_modules/lodash.map/index.js',
      'node_modules/lodash.map/package.json',
      'package-lock.json',
      'package.json',
      'sbom.cdx.json',
      'server/index.js',
    ]);
  });

  it('refuses a package that loses its main file to a rule that does not name it', async () => {
    const files = dependent(
      { a: { 'package.json': '{"name":"a","version":"1.0.0","main":"main.log"}', 'main.log': '' } },
      { '.mcpbignore': '/vendor/\n' },
    );
    const source = project(files);
    const { error, status } = await refused(source);
    expect({ code: error.code, status }).to.deep.equal({ code: 'BUNDLE_INVALID', status: 35 });
    expect(error.message).to.include('node_modules/a/main.log');
    writeFileSync(path.join(source, '.mcpbignore'), '/vendor/\nnode_modules/a/*.log\n');
    expect((await packed(source)).names).to.include('node_modules/a/package.json');
  });

  it('vendors the same, whatever npm is told by the user', async () => {
    const source = project(nodeProject('ran'));
    lockNode(source, folder());
    const { names } = await packed(source);
    expect(names).to.include('node_modules/dep/index.js').and.not.include('node_modules/tool/package.json');
    const variables = [
      { NPM_CONFIG_PRODUCTION: 'false' },
      { npm_config_also: 'dev' },
      { npm_config_dry_run: 'true', npm_config_package_lock_only: 'true' },
      { npm_config_global: 'true', npm_config_prefix: path.join(folder(), 'global') },
      { npm_config_location: 'global', npm_config_workspaces: 'true' },
    ];
    for (const environment of variables)
      expect(
        (await packed(source, environment as Record<string, string>)).names,
        JSON.stringify(environment),
      ).to.deep.equal(names);
    const npmrc =
      'production=false\nalso=dev\ndry-run=true\npackage-lock-only=true\ninclude[]=dev\nglobal=true\n';
    writeFileSync(path.join(folder(), 'npmrc'), npmrc);
    expect((await packed(source)).names).to.deep.equal(names);
    writeFileSync(path.join(source, '.npmrc'), npmrc);
    expect((await packed(source)).names).to.deep.equal(names);
  }).timeout(60_000);

  it('refuses what npm did not vendor, though the lockfile names it', async () => {
    const source = project(nodeProject('ran'));
    lockNode(source, folder());
    const bin = path.join(folder(), 'bin');
    writeFiles(bin, { npm: '#!/bin/sh\nexit 0\n' });
    chmodSync(path.join(bin, 'npm'), 0o755);
    const { error } = await refused(source, { PATH: `${bin}${path.delimiter}${process.env.PATH}` });
    expect(error).to.include({ code: 'VENDOR_FAILED' });
    expect(error.message).to.include('node_modules/dep');
  });

  it('refuses a dependency beside the folder, and says why', async () => {
    const json = JSON.stringify({ name: 'echo', version: '1.0.0', dependencies: { outer: 'file:../outer' } });
    const { error } = await refused(project({ ...PLAIN, 'package.json': json }));
    expect(error.message).to.include('outside of the folder');
  });

  it('vendors for a manifest and a package.json with a byte order mark', async () => {
    const files = dependent({ a: { 'index.js': '' } });
    const marked = ['manifest.json', 'package.json', 'vendor/a/package.json'].map((name) => [
      name,
      `\uFEFF${files[name]}`,
    ]);
    const { names, sbom } = await packed(project({ ...files, ...Object.fromEntries(marked) }));
    expect(names).to.include('node_modules/a/index.js');
    expect(sbom.components).to.have.length(1);
  });
});

describe('mpak bundle pack of what is no file', () => {
  it('waits for no pipe', async () => {
    for (const name of ['.mcpbignore', 'package.json', 'manifest.json', '.npmrc']) {
      const files = Object.entries(dependent({ a: { 'index.js': '' } })).filter(([each]) => each !== name);
      const source = project(Object.fromEntries(files), `fifo-${name}`);
      spawnSync('mkfifo', [path.join(source, name)]);
      const { status, error } = await refused(source);
      expect([2, 35], `${name}: ${error.message}`).to.include(status);
      if (name === '.npmrc') continue;
      const validated = await run(['validate', source]);
      expect([2, 35], name).to.include(validated.status);
    }
    const file = path.join(folder(), 'f.mcpb');
    spawnSync('mkfifo', [file]);
    expect((await run(['validate', file])).status).to.equal(2);
  }).timeout(60_000);

  it('counts a package with a name or a version that is none as unknown', async () => {
    const names = ['@/', '@a/b/c', '../e', 'good'];
    const files = names.map((name, index) => [
      `node_modules/x${index}/package.json`,
      JSON.stringify({ name, version: name === 'good' ? ' ' : '1.0.0' }),
    ]);
    const { sbom, warnings } = await packed(project({ ...PLAIN, ...Object.fromEntries(files) }), {}, [
      '--no-vendor',
    ]);
    expect(sbom.components).to.deep.equal([]);
    expect(warnings.map(({ path: place }) => place)).to.deep.equal(files.map(([place]) => place));
  });

  it('refuses dependencies in pyproject.toml that are no texts', async () => {
    const source = project({
      'manifest.json': JSON.stringify(serverManifest({ server: pythonServer() })),
      'server.py': '',
      'pyproject.toml': '[project]\nname = "echo"\ndependencies = [1, {a = 2}]\n',
    });
    expect(await refused(source)).to.deep.include({ status: 2 });
  });

  it('builds no Python package of a folder or a repository', async () => {
    const mark = path.join(folder(), 'ran');
    for (const [index, line] of [
      './pkg',
      '-e ./pkg',
      'pkg @ git+file:///gone',
      '-e git+file:///gone',
    ].entries()) {
      const source = project(
        {
          'manifest.json': JSON.stringify(serverManifest({ server: pythonServer() })),
          'server.py': '',
          'requirements.txt': `${line}\n`,
          'pkg/setup.py': `open(${JSON.stringify(mark)}, 'w')\n`,
        },
        `python-${index}`,
      );
      const { error } = await refused(source, { PIP_NO_INDEX: '1', PIP_CONFIG_FILE: '/dev/null' });
      expect(error, line).to.include({ code: 'USAGE' });
    }
    expect(existsSync(mark)).to.equal(false);
  });

  it('refuses the name of the output before it vendors', async () => {
    const source = project(nodeProject('ran'));
    const { error } = await refused(source, { PATH: folder() }, ['-o', '{nam}.mcpb']);
    expect(error.message).to.include('placeholder');
  });
});

describe('mpak bundle pack, interrupted', () => {
  /** Packs with an npm that is this script. */
  function start(script: string) {
    const source = project(nodeProject('ran'));
    writeFileSync(path.join(source, '.npmrc'), '//registry.example/:_authToken=secret\n');
    const bin = path.join(folder(), 'bin');
    writeFiles(bin, { npm: `#!/bin/sh\n${script}\n` });
    chmodSync(path.join(bin, 'npm'), 0o755);
    const temporary = path.join(folder(), 'tmp');
    mkdirSync(temporary);
    const child = startCommand('mpak', ['bundle', 'pack', source, '-o', path.join(folder(), 'out.mcpb')], {
      HOME: folder(),
      TMPDIR: temporary,
      PATH: `${bin}${path.delimiter}${process.env.PATH}`,
    });
    const result = finished(child);
    const hanging = new Promise<number>((resolve) => {
      let said = '';
      child.stderr?.on('data', (text) => {
        said += text;
        const pid = /hanging (\d+)/.exec(said)?.[1];
        if (pid !== undefined) resolve(Number(pid));
      });
    });
    return { child, result, hanging, temporary };
  }

  /** What is dead, and not yet buried, counts as dead. */
  function isAlive(pid: number): boolean {
    const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', `${pid}`], { encoding: 'utf8' });
    return stdout.trim() !== '' && !stdout.trim().startsWith('Z');
  }

  function copiesIn(temporary: string): string[] {
    return readdirSync(temporary).filter((name) => name.startsWith('mpak-pack-'));
  }

  it('by a terminal that closes, leaves nothing, not even what the tool has started', async () => {
    const { child, result, hanging, temporary } = start('sleep 60 &\necho hanging $!\nwait');
    const pid = await hanging;
    child.kill('SIGHUP');
    expect((await result).status).to.equal(50);
    expect(copiesIn(temporary)).to.deep.equal([]);
    expect(isAlive(pid)).to.equal(false);
  });

  it('twice, ends at once and keeps no token', async () => {
    const { child, result, hanging, temporary } = start(
      "trap '' TERM INT\necho hanging $$\nwhile :; do sleep 1; done",
    );
    const pid = await hanging;
    child.kill('SIGINT');
    child.kill('SIGTERM');
    const { status } = await result;
    expect([130, 143]).to.include(status);
    expect(isAlive(pid)).to.equal(false);
    const left = readdirSync(temporary, { recursive: true, encoding: 'utf8' });
    expect(left.filter((name) => name.endsWith('npmrc'))).to.deep.equal([]);
  });

  it('leaves copies of dead processes to the next pack, which removes them', async () => {
    const temporary = path.join(folder(), 'tmp');
    mkdirSync(temporary);
    const { pid: dead } = spawnSync('true');
    const stale = mkdtempSync(path.join(temporary, `mpak-pack-${dead}-`));
    const fresh = mkdtempSync(path.join(temporary, `mpak-pack-${dead}-`));
    const live = mkdtempSync(path.join(temporary, `mpak-pack-${process.pid}-`));
    for (const place of [stale, live]) utimesSync(place, 1, 1);
    await packed(project(nodeProject('ran')), { TMPDIR: temporary });
    expect(copiesIn(temporary)).to.have.members([fresh, live].map((place) => path.basename(place)));
  });

  it('does not wait for what a tool leaves running', async () => {
    const { result, hanging } = start('sleep 20 &\necho hanging $!\nexit 3');
    const pid = await hanging;
    const { status, stderr } = await result;
    expect(isAlive(pid)).to.equal(true);
    process.kill(pid);
    expect(status).to.equal(50);
    expect(stderr).to.include('npm install ended with 3');
    expect(readFileSync(path.join(folder(), 'project/.npmrc'), 'utf8')).to.include('secret');
  });
});
