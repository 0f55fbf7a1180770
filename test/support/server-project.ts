/** Projects of servers as their authors have them: sources, a manifest, dependencies that need no network. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { zip } from './mcpb.ts';

export type Files = Readonly<Record<string, string | Buffer>>;

/** A manifest that is valid. */
export function serverManifest(changes: Readonly<Record<string, unknown>> = {}) {
  return {
    manifest_version: '0.4',
    name: '@acme/echo',
    version: '1.0.0',
    description: 'Says it again.',
    author: { name: 'Acme', email: 'dev@acme.example' },
    license: 'MIT',
    repository: { type: 'git', url: 'https://github.com/acme/echo' },
    server: {
      type: 'node',
      entry_point: 'server/index.js',
      mcp_config: { command: 'node', args: ['\u0024{__dirname}/server/index.js'] },
    },
    tools: [{ name: 'echo', description: 'Says it again.' }],
    _meta: { 'org.mpaktrust': { permissions: {} } },
    ...changes,
  };
}

export function pythonServer(): Record<string, unknown> {
  return {
    type: 'python',
    entry_point: 'server.py',
    mcp_config: {
      command: 'python',
      args: ['\u0024{__dirname}/server.py'],
      env: { PYTHONPATH: '\u0024{__dirname}/deps' },
    },
  };
}

/** Writes files into a folder, in their order. */
export function writeFiles(folder: string, files: Files): void {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
}

/** A Node.js server that depends on a package of the same folder, whose scripts leave a mark if ever they run. */
export function nodeProject(mark: string): Files {
  const script = `node -e "require('fs').writeFileSync('${mark}', '')"`;
  return {
    'manifest.json': JSON.stringify(serverManifest()),
    'package.json': JSON.stringify({
      name: 'echo',
      version: '1.0.0',
      dependencies: { dep: 'file:packages/dep' },
      devDependencies: { tool: 'file:packages/tool' },
      scripts: { preinstall: script, postinstall: script, prepare: script },
    }),
    'packages/dep/package.json': JSON.stringify({
      name: 'dep',
      version: '1.2.3',
      license: 'MIT',
      bin: 'cli.js',
      scripts: { preinstall: script, install: script, postinstall: script },
    }),
    'packages/dep/cli.js': '#!/usr/bin/env node\n',
    'packages/dep/index.js': "module.exports = 'from dep';\n",
    'packages/tool/package.json': JSON.stringify({ name: 'tool', version: '9.9.9' }),
    'server/index.js': "console.log(require('dep'));\n",
    '.mcpbignore': '/packages/\n',
  };
}

/** What npm needs to use neither a network nor what is the user's. */
export function npmEnvironment(folder: string): Record<string, string> {
  return {
    npm_config_offline: 'true',
    npm_config_cache: path.join(folder, 'npm-cache'),
    npm_config_userconfig: path.join(folder, 'npmrc'),
  };
}

export function lockNode(folder: string, home: string): void {
  execFileSync('npm', ['install', '--package-lock-only', '--ignore-scripts', '--no-audit'], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: home, ...npmEnvironment(home) },
    stdio: 'ignore',
  });
}

/** A wheel with a module, and with a program that would get the path of this machine's Python. */
export function wheel(name: string, version: string): Buffer {
  const info = `${name}-${version}.dist-info`;
  const files = {
    [`${name}/__init__.py`]: `WHO = 'from ${name}'\n\n\ndef main():\n    print(WHO)\n`,
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\nLicense: MIT\n`,
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    [`${info}/entry_points.txt`]: `[console_scripts]\n${name} = ${name}:main\n`,
  };
  const record = [...Object.keys(files), `${info}/RECORD`].map((file) => `${file},,\n`).join('');
  return zip({ ...files, [`${info}/RECORD`]: record });
}
