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
  // In a folder of the user's own: Node's default is one in /tmp that anybody may have made, with code in it.
  if (fs.existsSync(home)) require('module').enableCompileCache(path.join(home, 'cli', 'compile-cache'));
  import(require('url').pathToFileURL(source).href).then((module) => module.main(argv));
};
