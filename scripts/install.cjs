// Installs the locked dependencies when they are missing or older than the lockfile. It runs before `npm test`,
// `npm run quickstart` and the like, under whatever Node the machine has: plain old JavaScript, no dependency.
'use strict';
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');

function modified(file) {
  try {
    return fs.statSync(path.join(root, file)).mtimeMs;
  } catch {
    return 0;
  }
}

/** npm writes node_modules/.package-lock.json last, so a newer one means a finished install of this lockfile. */
function installed() {
  if (modified('node_modules/.package-lock.json') < modified('package-lock.json')) return false;
  const node = path.join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
  return spawnSync(node, ['--version'], { shell: process.platform === 'win32' }).status === 0;
}

if (!installed()) {
  process.stderr.write('Installing the locked dependencies (npm ci) ...\n');
  const npm = process.env.npm_execpath;
  const [command, args] = npm ? [process.execPath, [npm, 'ci']] : ['npm', ['ci']];
  const result = spawnSync(command, [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: !npm && process.platform === 'win32',
  });
  if (result.status !== 0) {
    process.stderr.write('npm ci failed: is the npm registry reachable?\n');
    process.exit(1);
  }
  if (!installed()) {
    process.stderr.write(
      'npm ci ran, but node_modules/.bin/node does not start: was its install script refused?\n',
    );
    process.exit(1);
  }
}
