// Loads the bundled program, and keeps the code that V8 compiled for it: read back by the next start, in which then
// nothing has to be compiled. Node's own compile cache is taken before a module has run, and misses what only then was
// compiled: docs/decisions/0012-single-executables.md has the numbers.
'use strict';

const fs = require('fs');
const path = require('path');
const vm = require('vm');

const GROUP_OR_OTHERS_WRITE = 0o022;

/**
 * @param {string} folder of the program's chunks
 * @param {string} program by its name: entries.json has the chunk that it starts with
 * @param {string} home of mpak; where there is none, nothing is kept
 * @param {string[]} argv the command line: starts that must be fast have code of their own
 */
module.exports = function load(folder, program, home, argv) {
  const words = argv[0] === 'bundle' ? argv.slice(1) : argv;
  const kind = words[0] === 'run' || words[0] === 'search' ? words[0] : 'other';
  const cache = privateFolder(home, ['cli', 'code', process.version + '-' + process.arch, kind]);
  const scripts = new Map();
  const loaded = new Map();

  const chunk = (name) => {
    const known = loaded.get(name);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    loaded.set(name, module);
    const file = path.join(folder, name);
    const code = fs.readFileSync(file, 'utf8');
    const cachedData = cache && read(path.join(cache, name));
    const script = new vm.Script(
      '(function (exports, require, module, __filename, __dirname) {' + code + '\n})',
      {
        filename: file,
        ...(cachedData && { cachedData: cachedData }),
      },
    );
    if (cachedData === undefined || script.cachedDataRejected) scripts.set(name, script);
    const requireChunk = Object.assign(
      (id) => (id.startsWith('./') ? chunk(id.slice(2)) : require(id)),
      require,
    );
    script.runInThisContext().call(module.exports, module.exports, requireChunk, module, file, folder);
    return module.exports;
  };

  const keep = () => {
    if (cache) for (const [name, script] of scripts) write(path.join(cache, name), script.createCachedData());
    scripts.clear();
  };
  process.once('exit', keep);
  // Nothing is left to do then. Node would go on to take its heap apart, piece by piece.
  process.once('beforeExit', () => process.exit());
  // `run` becomes the server: then there is no exit.
  const execve = process.execve;
  if (execve !== undefined) {
    process.execve = (...args) => {
      keep();
      return execve.apply(process, args);
    };
  }
  return chunk(JSON.parse(fs.readFileSync(path.join(folder, 'entries.json'), 'utf8'))[program]);
};

/** Code is run from there: it is nobody else's, all the way down from the home. Undefined when there is no such folder. */
function privateFolder(home, parts) {
  try {
    let folder = home;
    requirePrivate(folder);
    for (const part of parts) {
      folder = path.join(folder, part);
      try {
        fs.mkdirSync(folder, { mode: 0o700 });
      } catch (error) {
        if (error.code !== 'EEXIST') throw error;
      }
      requirePrivate(folder);
    }
    return folder;
  } catch {
    return undefined;
  }
}

function requirePrivate(folder) {
  const status = fs.lstatSync(folder);
  const foreign = process.getuid !== undefined && status.uid !== process.getuid();
  if (!status.isDirectory() || foreign || (process.getuid && status.mode & GROUP_OR_OTHERS_WRITE)) {
    throw new Error(folder + ' is not private');
  }
}

function read(file) {
  try {
    const handle = fs.openSync(file, fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW || 0));
    try {
      return fs.readFileSync(handle);
    } finally {
      fs.closeSync(handle);
    }
  } catch {
    return undefined;
  }
}

function write(file, bytes) {
  const temporary = file + '.tmp-' + process.pid + '-' + process.hrtime.bigint();
  try {
    fs.writeFileSync(temporary, bytes, { mode: 0o600, flag: 'wx', flush: true });
    fs.renameSync(temporary, file);
  } catch {
    fs.rmSync(temporary, { force: true });
  }
}
