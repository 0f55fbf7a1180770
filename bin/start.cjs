// Starts a command line of mpak after checking the version of Node: better-sqlite3 crashes the process on an old
// one. Written in the oldest JavaScript that a Node with ES modules understands, so that the check itself runs.
'use strict';

var fs = require('fs');
var os = require('os');
var path = require('path');

var MINIMUM = [24, 15];

/**
 * @param {string} program 'mpak' or 'mpak-registry'
 * @param {string} main its module under the repository's root, without the extension
 */
module.exports = function start(program, main) {
  var version = process.versions.node.split('.').map(Number);
  if (version[0] < MINIMUM[0] || (version[0] === MINIMUM[0] && version[1] < MINIMUM[1])) {
    process.stderr.write(
      'mpak needs Node ' + MINIMUM.join('.') + ' or newer, and this is ' + process.versions.node + '.\n',
    );
    process.exit(1);
  }
  var home = process.env.MPAK_HOME || path.join(os.homedir(), '.mpak');
  var root = path.join(__dirname, '..');
  var source = path.join(root, main + '.ts');
  var built = path.join(root, 'dist', 'program');
  var argv = process.argv.slice(2);
  // A checkout runs its TypeScript as it is; a published package carries only what was built from it.
  if (!fs.existsSync(source)) {
    require('./load.cjs')(built, program, home, argv).main(argv);
    return;
  }
  var cache = compileCache(home);
  if (cache !== undefined) require('module').enableCompileCache(cache);
  import(require('url').pathToFileURL(source).href).then((module) => module.main(argv));
};

/**
 * A folder for compiled code that nobody else can have put code into; undefined when there is none. Node's default is in
 * /tmp, and Node makes folders as the umask allows.
 */
function compileCache(home) {
  var folder = path.join(home, 'cli');
  var cache = path.join(folder, 'compile-cache');
  var stat;
  try {
    if (!isSafe(fs.statSync(home))) return undefined;
    stat = fs.lstatSync(folder, { throwIfNoEntry: false });
    if (stat === undefined) fs.mkdirSync(folder, { mode: 0o700 });
    else if (!isOwn(stat)) return undefined;
    else if (!isSafe(stat)) {
      fs.chmodSync(folder, 0o700);
      fs.rmSync(cache, { recursive: true, force: true });
    }
    return cache;
  } catch {
    // No home yet, or one that may not be written: everything works without.
    return undefined;
  }
}

function isOwn(stat) {
  return stat.isDirectory() && (process.getuid === undefined || stat.uid === process.getuid());
}

/** Own, and nobody else may write there. */
function isSafe(stat) {
  return isOwn(stat) && (process.platform === 'win32' || (stat.mode & 0o022) === 0);
}
