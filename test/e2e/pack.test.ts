import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { findPackageJSON } from 'node:module';
import path from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { expect } from 'chai';
import { readArchive } from '../../src/lib/bundle/archive.ts';
import { LINUX_ARM64, LINUX_X64 } from '../lib/pack/binaries.ts';
import { finished, mpak, type Result, startCommand } from '../support/cli.ts';
import { writeEverythingServer } from '../support/everything-server.ts';
import { makeBundle, sha256Of } from '../support/mcpb.ts';
import {
  type Files,
  lockNode,
  nodeProject,
  npmEnvironment,
  pythonServer,
  serverManifest,
  wheel,
  writeFiles,
} from '../support/server-project.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { treeOf } from '../support/tree.ts';

const folder = temporaryFolder();
const MCPB = path.join(
  path.dirname(findPackageJSON('@anthropic-ai/mcpb', import.meta.url) as string),
  'dist/cli/cli.js',
);
const PLAIN: Files = {
  'manifest.json': JSON.stringify(serverManifest()),
  'server/index.js': 'process.exit(0);\n',
};

/** A folder with these files, below the test's. */
function project(files: Files, name = 'project'): string {
  const place = path.join(folder(), name);
  writeFiles(place, files);
  return place;
}

function run(args: readonly string[], environment: Record<string, string> = {}): Promise<Result> {
  return mpak(folder(), ['bundle', ...args], { ...npmEnvironment(folder()), ...environment });
}

interface Packed {
  readonly file: string;
  readonly sha256: string;
  readonly platform: { readonly os: string; readonly arch: string };
  readonly sbom: { readonly components: number };
  readonly warnings: readonly { readonly path: string; readonly message: string }[];
}

/** Packs into a file of its own. */
async function pack(
  source: string,
  args: readonly string[] = [],
  environment: Record<string, string> = {},
): Promise<Packed> {
  const output = path.join(folder(), `packed-${readdirSync(folder()).length}.mcpb`);
  const result = await run(['pack', source, '-o', output, '--json', ...args], environment);
  expect(result.status, result.stdout + result.stderr).to.equal(0);
  return JSON.parse(result.stdout);
}

async function refused(args: readonly string[], environment: Record<string, string> = {}) {
  const before = treeOf(folder());
  const result = await run([...args, '--json'], environment);
  expect(result.stderr).not.to.match(/^\s+at /m);
  const { 'npm-cache': _, ...after } = treeOf(folder());
  const made = Object.keys(after).filter(
    (name) => !Object.hasOwn(before, name) && !name.startsWith('npm-cache/'),
  );
  expect(made).to.deep.equal([]);
  return { status: result.status, error: JSON.parse(result.stdout).error };
}

function namesIn(file: string): string[] {
  return readArchive(file).entries.map((entry) => entry.path);
}

function mcpb(...args: string[]): void {
  execFileSync(process.execPath, [MCPB, ...args], { cwd: folder(), stdio: 'pipe' });
}

describe('mpak bundle pack', () => {
  it('writes a bundle that says where it is, and that the mcpb tool unpacks and accepts', async () => {
    const source = project(PLAIN);
    const output = path.join(folder(), 'out.mcpb');
    const result = await run(['pack', source, '-o', output]);
    expect(result.status, result.stderr).to.equal(0);
    expect(result.stdout).to.equal(`${output}\n`);
    expect(result.stderr)
      .to.include(`@acme/echo 1.0.0 for any platform: 3 files`)
      .and.include(sha256Of(readFileSync(output)));
    mcpb('unpack', output, 'unpacked');
    mcpb('validate', 'unpacked/manifest.json');
    expect(Object.keys(treeOf(path.join(folder(), 'unpacked')))).to.have.members([
      'manifest.json',
      'sbom.cdx.json',
      'server',
      'server/index.js',
    ]);
  });

  it('gives the same bytes for other times, modes, umasks and orders of files, and for a copy', async () => {
    const one = project(PLAIN, 'one');
    const other = path.join(folder(), 'deeper/other');
    const before = process.umask(0o077);
    try {
      writeFiles(other, Object.fromEntries(Object.entries(PLAIN).reverse()));
    } finally {
      process.umask(before);
    }
    for (const name of Object.keys(PLAIN)) {
      utimesSync(path.join(other, name), 1e9, 1e9);
      chmodSync(path.join(other, name), 0o777);
    }
    const copy = path.join(folder(), 'copy');
    cpSync(other, copy, { recursive: true });
    const packed = await Promise.all([pack(one), pack(other, [], { TZ: 'Asia/Kolkata' }), pack(copy)]);
    expect(new Set(packed.map(({ sha256 }) => sha256)).size).to.equal(1);
    expect(packed[0]?.sha256).to.equal(sha256Of(readFileSync(packed[0]?.file as string)));
    const dated = await pack(one, [], { SOURCE_DATE_EPOCH: '1700000000' });
    expect(dated.sha256).not.to.equal(packed[0]?.sha256);
    expect((await pack(copy, [], { SOURCE_DATE_EPOCH: '1700000000' })).sha256).to.equal(dated.sha256);
  });

  it('writes the commit that it is built from, in place of another, and leaves the folder as it is', async () => {
    const declared = { permissions: { network: 'none' }, source: { commit: 'a'.repeat(40), tag: 'v1' } };
    const manifest = serverManifest({ _meta: { 'org.mpaktrust': declared, other: { kept: true } } });
    const source = project({ ...PLAIN, 'manifest.json': JSON.stringify(manifest) });
    const before = treeOf(source);
    const commit = 'c'.repeat(40);
    const packed = await pack(source, ['--source-commit', commit]);
    expect(readArchive(packed.file).manifest).to.deep.equal({
      ...manifest,
      _meta: { 'org.mpaktrust': { ...declared, source: { commit, tag: 'v1' } }, other: { kept: true } },
    });
    expect((await pack(source, ['--source-commit', commit])).sha256).to.equal(packed.sha256);
    expect(treeOf(source)).to.deep.equal(before);
  });

  it('vendors what package-lock.json names, in a copy, without dev dependencies and without running a script', async () => {
    const mark = path.join(folder(), 'ran');
    const source = project(nodeProject(mark));
    lockNode(source, folder());
    writeFiles(source, { 'node_modules/stale/index.js': '', '.npmrc': 'audit=false\n' });
    const before = treeOf(source);
    const packed = await pack(source);
    expect(namesIn(packed.file)).to.deep.equal([
      'manifest.json',
      'node_modules/dep/cli.js',
      'node_modules/dep/index.js',
      'node_modules/dep/package.json',
      'package-lock.json',
      'package.json',
      'sbom.cdx.json',
      'server/index.js',
    ]);
    expect(packed.sbom.components).to.equal(1);
    expect(packed.warnings).to.deep.equal([]);
    expect(existsSync(mark)).to.equal(false);
    expect(treeOf(source)).to.deep.equal(before);
    expect((await pack(source)).sha256).to.equal(packed.sha256);
    mcpb('unpack', packed.file, 'unpacked');
    const said = execFileSync(process.execPath, [path.join(folder(), 'unpacked/server/index.js')], {
      encoding: 'utf8',
    });
    expect(said).to.equal('from dep\n');
  });

  it('falls back to npm install without a lockfile, and says so', async () => {
    const source = project(nodeProject(path.join(folder(), 'ran')));
    const packed = await pack(source);
    expect(packed.warnings.map(({ message }) => message).join()).to.include('no package-lock.json');
    expect(namesIn(packed.file)).to.include('node_modules/dep/index.js');
    expect(existsSync(path.join(folder(), 'ran'))).to.equal(false);
  });

  it('takes the folder as it is with --no-vendor', async () => {
    const files = { ...nodeProject('ran'), 'node_modules/mine/index.js': '' };
    const { file } = await pack(project(files), ['--no-vendor']);
    expect(namesIn(file).filter((name) => name.startsWith('node_modules'))).to.deep.equal([
      'node_modules/mine/index.js',
    ]);
  });

  it('vendors Python wheels with pip, and nothing of this machine with them', async function () {
    this.timeout(60_000);
    const wheels = path.join(folder(), 'wheels');
    writeFiles(wheels, { 'greet-1.5-py3-none-any.whl': wheel('greet', '1.5') });
    const source = project({
      'manifest.json': JSON.stringify(serverManifest({ server: pythonServer() })),
      'requirements.txt': 'greet==1.5\n',
      'server.py': 'import greet\nprint(greet.WHO)\n',
      'deps/stale.py': '',
    });
    const offline = { PIP_NO_INDEX: '1', PIP_FIND_LINKS: wheels, PIP_CONFIG_FILE: '/dev/null' };
    const packed = await pack(source, ['--python-version', '3.9'], offline);
    expect(namesIn(packed.file)).to.deep.equal([
      'deps/greet-1.5.dist-info/METADATA',
      'deps/greet-1.5.dist-info/WHEEL',
      'deps/greet-1.5.dist-info/entry_points.txt',
      'deps/greet/__init__.py',
      'manifest.json',
      'requirements.txt',
      'sbom.cdx.json',
      'server.py',
    ]);
    expect(packed.sbom.components).to.equal(1);
    expect(packed.warnings).to.deep.equal([]);
    const fromProject = project(
      {
        'manifest.json': JSON.stringify(serverManifest({ server: pythonServer() })),
        'pyproject.toml': '[project]\nname = "echo"\ndependencies = ["greet"]\n',
        'server.py': 'import greet\nprint(greet.WHO)\n',
      },
      'toml',
    );
    const loose = await pack(fromProject, [], offline);
    expect(namesIn(loose.file))
      .to.include('deps/greet/__init__.py')
      .and.not.include('.mpak-requirements.txt');
    expect(loose.warnings.map(({ message }) => message).join()).to.include('exact version');
    mcpb('unpack', packed.file, 'unpacked');
    const unpacked = path.join(folder(), 'unpacked');
    const python = spawnSync('python3', [path.join(unpacked, 'server.py')], {
      env: { ...process.env, PYTHONPATH: path.join(unpacked, 'deps') },
      encoding: 'utf8',
    });
    expect(python.stdout).to.equal('from greet\n');
  });

  it('names a binary bundle by what it is compiled for, and warns where flags say otherwise', async () => {
    const server = {
      type: 'binary',
      entry_point: 'bin/echo',
      mcp_config: { command: '\u0024{__dirname}/bin/echo' },
    };
    const manifest = JSON.stringify(serverManifest({ server }));
    const source = project({ 'manifest.json': manifest, 'bin/echo': LINUX_ARM64 });
    const output = path.join(folder(), '{name}-{version}-{os}-{arch}.mcpb');
    const result = await run(['pack', source, '-o', output, '--json']);
    const packed: Packed = JSON.parse(result.stdout);
    expect(path.basename(packed.file)).to.equal('echo-1.0.0-linux-arm64.mcpb');
    expect(packed.platform).to.deep.equal({ os: 'linux', arch: 'arm64' });
    expect(packed.warnings).to.deep.equal([]);
    const darwin = await pack(source, ['--os', 'darwin']);
    expect(darwin.platform).to.deep.equal({ os: 'darwin', arch: 'any' });
    expect(darwin.warnings[0]?.message).to.include('no compiled file in it is: bin/echo (linux-arm64)');
  });

  it('warns when it is for a system that its manifest does not name', async () => {
    const manifest = serverManifest({ compatibility: { platforms: ['linux'] } });
    const source = project({ ...PLAIN, 'manifest.json': JSON.stringify(manifest) });
    expect((await pack(source)).platform).to.deep.equal({ os: 'linux', arch: 'any' });
    const { warnings } = await pack(source, ['--os', 'win32']);
    expect(warnings[0]?.path).to.equal('manifest.json: compatibility.platforms');
  });

  it('warns of native addons in a bundle for any platform', async () => {
    const source = project({ ...PLAIN, 'native/a.node': LINUX_X64 });
    expect((await pack(source)).platform).to.deep.equal({ os: 'linux', arch: 'x64' });
    const { warnings } = await pack(source, ['--os', 'any', '--arch', 'any']);
    expect(warnings[0]?.message).to.include('native/a.node (linux-x64)');
  });

  it('replaces a bundle of an earlier pack, and does not pack it', async () => {
    const source = project(PLAIN);
    const output = path.join(source, 'echo.mcpb');
    writeFileSync(output, 'an earlier one');
    const result = await run(['pack', source, '-o', output]);
    expect(result.status, result.stderr).to.equal(0);
    expect(namesIn(output)).not.to.include('echo.mcpb');
    const first = sha256Of(readFileSync(output));
    await run(['pack', source, '-o', output]);
    expect(sha256Of(readFileSync(output))).to.equal(first);
    expect(readdirSync(source)).to.have.members(['manifest.json', 'server', 'echo.mcpb']);
  });

  it('refuses, and leaves what is there, with a code and a status', async () => {
    const source = project(PLAIN);
    const output = path.join(folder(), 'out.mcpb');
    writeFileSync(output, 'an earlier one');
    const cases: readonly (readonly [string[], Record<string, string>, string, number])[] = [
      [['pack', path.join(folder(), 'gone')], {}, 'NOT_FOUND', 3],
      [['pack', project({ 'a.txt': '' }, 'empty')], {}, 'MANIFEST_MISSING', 35],
      [['pack', project({ ...PLAIN, 'manifest.json': '{' }, 'no-json')], {}, 'BUNDLE_INVALID', 35],
      [
        ['pack', project({ 'manifest.json': PLAIN['manifest.json'] as string }, 'no-entry')],
        {},
        'BUNDLE_INVALID',
        35,
      ],
      [['pack', project({ ...PLAIN, 'aux.js': '' }, 'device')], {}, 'BUNDLE_INVALID', 35],
      [['pack', project({ ...PLAIN, '.mcpbignore': 'server\n' }, 'ignored')], {}, 'BUNDLE_INVALID', 35],
      [['pack', project({ ...PLAIN, zeros: Buffer.alloc(2 ** 21) }, 'bomb')], {}, 'ARCHIVE_RATIO', 30],
      [['pack', source, '-o', path.join(folder(), '{nam}.mcpb')], {}, 'USAGE', 2],
      [['pack', source, '-o', path.join(folder(), 'out.zip')], {}, 'USAGE', 2],
      [['pack', source, '-o', path.join(source, 'manifest.json/out.mcpb')], {}, 'IO_FAILED', 1],
      [['pack', source, '-o', path.join(folder(), 'a\nb.mcpb')], {}, 'USAGE', 2],
      [['pack', source, '--arch', 'x64'], {}, 'USAGE', 2],
      [['pack', source, '--python-version', '3.9;rm'], {}, 'USAGE', 2],
      [['pack', source, '-o', output], { SOURCE_DATE_EPOCH: 'yesterday' }, 'USAGE', 2],
      [['pack', source, '-o', output, '--source-commit', 'main'], {}, 'USAGE', 2],
    ];
    for (const [args, environment, code, status] of cases) {
      const found = await refused(args, environment);
      expect(found.error.code, `${args}: ${found.error.message}`).to.equal(code);
      expect(found.status, `${args}`).to.equal(status);
      expect(found.error.hint, `${args}`).to.be.a('string');
    }
    expect(readFileSync(output, 'utf8')).to.equal('an earlier one');
  });

  it('refuses a link that leads out, and what is there under the output name and is no file', async () => {
    const source = project(PLAIN);
    symlinkSync('/etc/hostname', path.join(source, 'host'));
    const outside = await refused(['pack', source]);
    expect(outside.error).to.include({ code: 'BUNDLE_INVALID' });
    expect(outside.error.message).to.include('host: "host" is a link that leads out of the folder.');
    mkdirSync(path.join(folder(), 'out.mcpb'));
    const other = project(PLAIN, 'other');
    const occupied = await refused(['pack', other, '-o', path.join(folder(), 'out.mcpb')]);
    expect(occupied).to.deep.include({ status: 2 });
  });

  it('refuses to vendor by a lockfile that npm does not read', async () => {
    const files = nodeProject('ran');
    for (const name of ['pnpm-lock.yaml', 'yarn.lock', 'bun.lock']) {
      const { error } = await refused(['pack', project({ ...files, [name]: '' }, name)]);
      expect(error.code).to.equal('USAGE');
      expect(error.message).to.include(name);
    }
  });

  it('refuses to guess the versions of a Python server', async () => {
    const manifest = JSON.stringify(serverManifest({ server: pythonServer() }));
    const python = { 'manifest.json': manifest, 'server.py': '' };
    const pyproject = '[project]\nname = "echo"\ndependencies = ["greet"]\n';
    const dynamic = '[project]\nname = "echo"\ndynamic = ["dependencies"]\n';
    const cases: readonly (readonly [string, Files, string, string])[] = [
      ['poetry', { 'pyproject.toml': pyproject, 'poetry.lock': '' }, 'USAGE', 'poetry.lock'],
      ['dynamic', { 'pyproject.toml': dynamic }, 'USAGE', 'dynamic'],
      ['broken', { 'pyproject.toml': '= =' }, 'USAGE', 'not TOML'],
      ['uv', { 'pyproject.toml': pyproject, 'uv.lock': '' }, 'INTERPRETER_MISSING', 'uv is not on the PATH'],
      ['none', { 'requirements.txt': 'greet==1.5\n' }, 'INTERPRETER_MISSING', 'Neither uv nor Python'],
    ];
    for (const [name, files, code, message] of cases) {
      const source = project({ ...python, ...files }, name);
      const { error } = await refused(['pack', source], { PATH: folder() });
      expect(error.code, name).to.equal(code);
      expect(error.message).to.include(message);
    }
  });

  it('ends with 50 when npm fails, and leaves nothing', async () => {
    const packageJson = JSON.stringify({
      name: 'echo',
      version: '1.0.0',
      dependencies: { gone: 'file:gone' },
    });
    const { status, error } = await refused(['pack', project({ ...PLAIN, 'package.json': packageJson })]);
    expect(error.code).to.equal('VENDOR_FAILED');
    expect(status).to.equal(50);
    const none = await refused(['pack', path.join(folder(), 'project')], { PATH: folder() });
    expect(none.error.code).to.equal('INTERPRETER_MISSING');
  });

  it('leaves nothing when it is interrupted while it vendors', async () => {
    const source = project(nodeProject('ran'));
    writeFileSync(path.join(source, '.npmrc'), '//registry.example/:_authToken=secret\n');
    // An npm that hangs.
    const bin = path.join(folder(), 'bin');
    writeFiles(bin, { npm: '#!/bin/sh\necho hanging\nexec sleep 60\n' });
    chmodSync(path.join(bin, 'npm'), 0o755);
    const temporary = path.join(folder(), 'tmp');
    mkdirSync(temporary);
    const child = startCommand('mpak', ['bundle', 'pack', source, '-o', path.join(folder(), 'out.mcpb')], {
      HOME: folder(),
      TMPDIR: temporary,
      PATH: `${bin}${path.delimiter}${process.env.PATH}`,
    });
    const result = finished(child);
    await new Promise<void>((resolve) => {
      let said = '';
      child.stderr?.on('data', (text) => {
        said += text;
        if (said.includes('hanging')) resolve();
      });
    });
    expect(readdirSync(temporary).filter((name) => name.startsWith('mpak-pack-'))).to.have.length(1);
    child.kill('SIGINT');
    const { status, stderr } = await result;
    expect(status, stderr).to.equal(50);
    expect(stderr).to.include('interrupted');
    expect(readdirSync(temporary).filter((name) => name.startsWith('mpak-pack-'))).to.deep.equal([]);
    expect(existsSync(path.join(folder(), 'out.mcpb'))).to.equal(false);
  });

  it('packs a real server, which runs where the mcpb tool unpacks it', async function () {
    this.timeout(60_000);
    const source = path.join(folder(), 'project');
    mkdirSync(source);
    writeEverythingServer('@acme/everything', source);
    const packed = await pack(source, ['--no-vendor']);
    expect(packed.sbom.components).to.be.greaterThan(20);
    mcpb('unpack', packed.file, 'unpacked');
    mcpb('validate', 'unpacked/manifest.json');
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [path.join(folder(), 'unpacked/dist/index.js'), 'stdio'],
      env: { PATH: process.env.PATH ?? '' },
      stderr: 'ignore',
    });
    const client = new Client({ name: 'test', version: '1.0.0' });
    await client.connect(transport);
    try {
      const answer = await client.callTool({ name: 'echo', arguments: { message: 'packed' } });
      expect(JSON.stringify(answer.content)).to.include('packed');
    } finally {
      await client.close();
    }
  });
});

describe('mpak bundle validate', () => {
  it('ends with 0 where there are only warnings, with 35 where there are errors, and tells both', async () => {
    const good = project(
      { ...PLAIN, 'manifest.json': JSON.stringify(serverManifest({ license: undefined })) },
      'good',
    );
    const warned = await run(['validate', good]);
    expect(warned.status).to.equal(0);
    expect(warned.stdout).to.match(/^warning {2}manifest\.json: license\n/);
    const bad = project(
      { 'manifest.json': JSON.stringify(serverManifest({ name: 'echo', tools: undefined })) },
      'bad',
    );
    const failed = await run(['validate', bad, '--json']);
    expect(failed.status).to.equal(35);
    const { valid, errors, findings } = JSON.parse(failed.stdout);
    expect({ valid, errors }).to.deep.equal({ valid: false, errors: 4 });
    expect(findings.map((each: { path: string }) => each.path)).to.deep.equal([
      'manifest.json: name',
      'manifest.json: tools',
      'manifest.json: server.entry_point',
      'manifest.json: server.mcp_config.args.0',
    ]);
  });

  it('reads a bundle through the archive guard', async () => {
    const { bytes } = makeBundle('@acme/echo', '1.0.0');
    const file = path.join(folder(), 'it.mcpb');
    writeFileSync(file, bytes);
    expect((await run(['validate', file])).status).to.equal(0);
    writeFileSync(file, bytes.subarray(0, 100));
    const cut = await run(['validate', file, '--json']);
    expect(cut.status).to.equal(30);
    expect(JSON.parse(cut.stdout).error.code).to.equal('ARCHIVE_TRUNCATED');
    expect((await run(['validate', path.join(folder(), 'gone')])).status).to.equal(3);
  });
});
