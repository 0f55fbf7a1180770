// Installs the locked dependencies when they are missing or older than the lockfile. It runs before `npm test`,
// `npm run quickstart` and the like, under whatever Node the machine has: plain old JavaScript, no dependency.
'use strict';
const { spawnSync } = require('node:child_process');
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');

const modules = path.join(root, 'node_modules');
/** Holds the sha256 of the lockfile that was installed; written when the installation has ended well. */
const marker = path.join(modules, '.mpak-lockfile');

function lockfileHash() {
  return crypto
    .createHash('sha256')
    .update(fs.readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');
}

function installed() {
  try {
    if (fs.readFileSync(marker, 'utf8').trim() !== lockfileHash()) return false;
  } catch {
    return false;
  }
  const node = path.join(modules, '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
  return spawnSync(node, ['--version'], { shell: process.platform === 'win32' }).status === 0;
}

function isLink(file) {
  const stat = fs.lstatSync(file, { throwIfNoEntry: false });
  return stat !== undefined && stat.isSymbolicLink();
}

if (!installed()) {
  if (isLink(modules)) {
    process.stderr.write(
      'node_modules is a link, and what it leads to is not what the lockfile says: remove the link.\n',
    );
    process.exit(1);
  }
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
  fs.writeFileSync(marker, `${lockfileHash()}\n`);
  if (!installed()) {
    fs.rmSync(marker);
    process.stderr.write(
      'npm ci ran, but node_modules/.bin/node does not start: was its install script refused?\n',
    );
    process.exit(1);
  }
}
