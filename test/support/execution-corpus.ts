/** For CQ-05: code that runs what it is given, written in each way that hides it; and code that looks like it and does not. */

export interface Sample {
  readonly category: string;
  readonly file: string;
  readonly text: string;
}

type Group = Readonly<Record<string, readonly string[]>>;

/* biome-ignore-start lint/suspicious/noTemplateCurlyInString: code that is judged */
const HOSTILE_JAVASCRIPT: Group = {
  'child_process.exec': [
    "const cp = process.getBuiltinModule('node:child_process');\nexport const f = (x) => cp.execSync(x);",
    "import M from 'node:module';\nexport const f = (x) => M._load('child_process').exec(x);",
    "const cp = await import(['child', 'process'].join('_'));\nexport const f = (x) => cp.exec(x);",
    "const cp = require(Buffer.from('Y2hpbGRfcHJvY2Vzcw==', 'base64').toString());\nexports.f = (x) => cp.exec(x);",
    "const cp = require('child_process');\nexports.f = (x) => Reflect.get(cp, 'exec')(x);",
    "import { exec } from 'node:child_process';\nexport const f = (x) => exec(x);",
    "import { exec as run } from 'child_process';\nexport const f = (x) => run(`ls ${x}`);",
    "import * as cp from 'child_process';\nexport const f = (x) => cp.execSync('ls ' + x);",
    "const cp = require('child_process');\nmodule.exports = (x) => cp['ex' + 'ec'](x);",
    "const { execSync: s } = require('node:child_process');\nmodule.exports = (x) => s(x);",
    "const { promisify } = require('util');\nconst run = promisify(require('child_process').exec);\nmodule.exports = (x) => run(x);",
    "import util from 'node:util';\nimport cp from 'node:child_process';\nconst run = util.promisify(cp.exec);\nexport async function f(x) { await run(x); }",
    "import { exec } from 'child_process';\nconst wrap = (command) => exec(command);\nexport { wrap as run };",
    "export { exec as run } from 'node:child_process';",
    "import { exec } from 'node:child_process';\nexport { exec as run };",
    "var __importStar = (this && this.__importStar) || function (m) { return m; };\nconst cp = __importStar(require('child_process'));\nexports.f = (x) => cp.exec(x);",
    "const t = require('tslib');\nconst child_process_1 = t.__importDefault(require('child_process'));\nexports.f = (x) => child_process_1.default.execSync(x);",
    "((cp) => cp.exec(process.argv[2]))(require('child_process'));",
    "class A { constructor() { this.cp = require('child_process'); } go(x) { this.cp.exec(x); } }\nmodule.exports = A;",
    "class A { cp = require('child_process'); go(x) { return this.cp.execSync(x); } }\nmodule.exports = A;",
    "const run = require('child_process').exec.bind(null);\nmodule.exports = (x) => run(x);",
    "const cp = await import('node:child_process');\nexport const f = (x) => cp.exec(x);",
    "import('child_process').then(({ exec }) => exec(process.argv[2]));",
    "import('child_process').then((cp) => cp.execSync(process.argv[2]));",
    "const load = () => require('child_process');\nmodule.exports = (x) => load().exec(x);",
    "const own = { ...require('child_process') };\nmodule.exports = (x) => own.execSync(x);",
    "const cp = require('child_process');\nmodule.exports = (x) => Reflect.apply(cp.exec, null, [x]);",
    "const cp = require('child_process');\nmodule.exports = { run: cp.exec };",
    "const cp = require('child_process');\nmodule.exports = (how, x) => cp[how](x);",
    "import { createRequire } from 'node:module';\nconst load = createRequire(import.meta.url);\nexport const f = (x) => load('child_process').exec(x);",
    "import { execSync } from 'child_process';\nexport const f = (list) => list.map(execSync);",
    "import * as cp from 'node:child_process';\nclass Runner { run = cp.exec; go(x) { return this.run(x); } }\nexport default Runner;",
    "var child_process_1 = require('child_process');\nexports.f = function (x) { return (0, child_process_1.exec)(x); };",
  ],
  'a shell': [
    "import { spawn } from 'child_process';\nexport const f = (x) => spawn(x, { shell: true });",
    "import { spawnSync } from 'child_process';\nconst options = { stdio: 'pipe', shell: '/bin/bash' };\nexport const f = (x) => spawnSync('ls', [x], options);",
    "import { execFile } from 'child_process';\nconst options = {};\noptions.shell = true;\nexport const f = (x) => execFile('ls', [x], options);",
    "import { spawn } from 'child_process';\nconst base = { shell: true };\nexport const f = (x) => spawn('ls', [x], { ...base, cwd: '/' });",
    "import { spawn } from 'child_process';\nexport const f = (x) => spawn('npm', [x], { shell: process.platform === 'win32' });",
    "import { execFile } from 'child_process';\nexport const f = (x) => execFile('/bin/sh', ['-c', x]);",
    "import { spawn as s } from 'child_process';\nconst args = ['-lc', `ls ${process.argv[2]}`];\ns('bash', args);",
    "import { spawn } from 'child_process';\nexport const f = (x) => spawn(process.platform === 'win32' ? 'cmd.exe' : 'sh', [process.platform === 'win32' ? '/c' : '-c', x]);",
    "import { execa } from 'execa';\nexport const f = (x) => execa(x, { shell: true });",
    "import { spawn } from 'child_process';\nexport const f = (x) => spawn('ls', [x], { ['sh' + 'ell']: true });",
    "import { spawn } from 'child_process';\nconst options = {};\noptions['sh' + 'ell'] = true;\nexport const f = (x) => spawn('ls', [x], options);",
    "import { execFileSync } from 'child_process';\nexport const f = (x) => execFileSync('node', ['-e', `console.log(${x})`]);",
  ],
  eval: [
    'export const f = (x) => eval(x);',
    "export const f = (x) => Reflect.get(globalThis, 'eval')(x);",
    "import { Worker } from 'node:worker_threads';\nexport const f = (x) => new Worker(x, { eval: true });",
    'export const f = (x) => (0, eval)(x);',
    'const e = eval;\nexport const f = (x) => e(x);',
    "export const f = (x) => globalThis['ev' + 'al'](x);",
    'export const f = (x) => eval?.call(null, x);',
    'export const f = (list) => list.map(eval);',
    'export const f = (how, x) => globalThis[how](x);',
    'export const f = (x) => import(`data:text/javascript,${x}`);',
  ],
  'new Function': [
    "export const f = (x) => new Function('a', x);",
    'export const f = (x) => Function(`return ${x}`)();',
    'const F = globalThis.Function;\nexport const f = (x) => new F(x)();',
    'export const f = (x) => Reflect.construct(Function, [x]);',
    'export const f = (x) => [].map.constructor(x)();',
    "export const f = (x) => [].map['con' + 'structor'](x)();",
    'const A = Object.getPrototypeOf(async function () {}).constructor;\nexport const f = (x) => new A(x)();',
    'export const f = (x) => (() => {}).constructor(x)();',
  ],
  vm: [
    "import vm from 'node:vm';\nexport const f = (x) => vm.runInNewContext(x, {});",
    "import { runInThisContext as run } from 'vm';\nexport const f = (x) => run(x);",
    "const { Script } = require('vm');\nmodule.exports = (x) => new Script(x).runInThisContext();",
    "import * as vm from 'vm';\nexport const f = (x) => vm['runInContext'](x, vm.createContext());",
  ],
  'string timers': [
    "setTimeout('run()', 10);",
    'export const f = (x) => setInterval(`run(${x})`, 10);',
    "const later = 'a' + process.argv[2];\nglobalThis.setTimeout(later, 1);",
  ],
  SQL: [
    'export const f = (db, x) => db.query(`SELECT * FROM users WHERE id = ${x}`);',
    "export const f = (db, x) => db.prepare('DELETE FROM users WHERE id = ' + x).run();",
    "export function f(db, x) {\n  let sql = `SELECT * FROM users`;\n  sql += ` WHERE name = '${x}'`;\n  return db.all(sql);\n}",
    "export function f(db, x) {\n  const where = [];\n  where.push(`name = '${x}'`);\n  return db.query(`SELECT * FROM users WHERE ${where.join(' AND ')}`);\n}",
    "const make = (x) => `UPDATE users SET name = '${x}'`;\nexport const f = (pool, x) => pool.query(make(x));",
    'const q = (db, sql) => db.all(sql);\nexport const f = (db, x) => q(db, `SELECT * FROM users WHERE id = ${x}`);',
    'export const f = (prisma, x) => prisma.$queryRawUnsafe(`SELECT * FROM users WHERE id = ${x}`);',
    "export const f = (client, x) => client.execute({ sql: 'SELECT * FROM users ORDER BY '.concat(x), args: [] });",
    "export const f = (knex, x) => knex('users').whereRaw(`id = ${x}`);",
    'export const f = (db, x) => db.query(String.raw`SELECT * FROM users WHERE id = ${x}`);',
    'export const f = (db, list) => db.query(`SELECT * FROM users WHERE id IN (${list.join(",")})`);',
  ],
};

const HOSTILE_TYPESCRIPT: Group = {
  'child_process.exec': [
    "import cp = require('child_process');\nexport const f = (x: string): void => { (cp as any).exec!(x as string); };",
    "import { type ExecOptions, exec } from 'node:child_process';\nexport function f(x: string, o: ExecOptions) { return exec(x, o); }",
  ],
  eval: ['export const f = <T,>(x: string): T => eval(x) as T;'],
  SQL: [
    'export class Store {\n  constructor(private readonly db: any) {}\n  find(name: string) { return this.db.all(`SELECT * FROM t WHERE name = "${name}"` as const); }\n}',
  ],
};
/* biome-ignore-end lint/suspicious/noTemplateCurlyInString: code that is judged */

const HOSTILE_PYTHON: Group = {
  'shell=True': [
    "__builtins__.__dict__['exec'](input())",
    "o = __import__('o' + 's')\no.system(input())",
    "import operator, os\noperator.methodcaller('system', input())(os)",
    "[c for c in ().__class__.__base__.__subclasses__() if c.__name__ == 'Popen'][0](input())",
    'import subprocess\ndef f(x):\n    subprocess.run(x, shell=True)',
    'import subprocess as sp\ndef f(x):\n    return sp.check_output(f"ls {x}", shell=True)',
    'from subprocess import Popen as P\nflag = True\ndef f(x):\n    P(x, shell=flag)',
    'import subprocess\noptions = {"shell": True}\ndef f(x):\n    subprocess.call(x, **options)',
    'import subprocess\noptions = dict(shell=True, check=True)\ndef f(x):\n    subprocess.call(x, **options)',
    'import subprocess\nfrom functools import partial\nsh = partial(subprocess.run, shell=True)\ndef f(x):\n    sh(x)',
    'import subprocess\ndef run(command, **options):\n    return subprocess.run(command, **options)\ndef f(x):\n    run(x, shell=True)',
    'import subprocess, sys\ndef f(x):\n    subprocess.run(["npm", x], shell=sys.platform == "win32")',
    'import subprocess\ndef f(x):\n    getattr(subprocess, "run")(x, shell=True)',
  ],
  'a shell': [
    'import subprocess\ndef f(x):\n    subprocess.run(["sh", "-c", x])',
    'import subprocess\ndef f(x):\n    subprocess.Popen(["/bin/bash", "-c"] + [f"ls {x}"])',
    'import subprocess\ndef f(x):\n    return subprocess.getoutput(x)',
    'import asyncio\nasync def f(x):\n    await asyncio.create_subprocess_shell(x)',
    'import os\ndef f(x):\n    os.execlp("sh", "sh", "-c", x)',
    'import subprocess\ndef f(x):\n    subprocess.run("ls -l " + x)',
  ],
  'os.system': [
    'import os\ndef f(x):\n    os.system(x)',
    'import os as o\ndef f(x):\n    o.system("ls " + x)',
    'from os import system as s\ndef f(x):\n    s(x)',
    'from os import *\ndef f(x):\n    system(x)',
    'def f(x):\n    __import__("os").system(x)',
    'import importlib\ndef f(x):\n    importlib.import_module("o" "s").system(x)',
    'import os\ndef f(x):\n    getattr(os, "sys" + "tem")(x)',
    'import os\ndef f(x):\n    vars(os)["system"](x)',
    'import os\ndef f(x):\n    os.__dict__["system"](x)',
    'import sys\ndef f(x):\n    sys.modules["os"].system(x)',
    'from os import system as run',
    'import os\ntable = {"run": os.system}\ndef f(x):\n    table["run"](x)',
    'import os\ndef f(xs):\n    return list(map(os.system, xs))',
    'import os\ndef f(how, x):\n    getattr(os, how)(x)',
  ],
  'os.popen': [
    'import os\ndef f(x):\n    return os.popen(x).read()',
    'from os import popen\nrun = popen\ndef f(x):\n    return run(x)',
  ],
  'eval and exec': [
    'def f(x):\n    return eval(x)',
    'def f(x):\n    exec(f"a = {x}")',
    'import builtins\ndef f(x):\n    return builtins.eval(x)',
    'def f(x):\n    return __builtins__["eval"](x)',
    'def f(x):\n    return getattr(__builtins__, "exec")(x)',
    'def f(x):\n    code = compile(x, "a", "exec")\n    exec(code)',
    'e = eval\ndef f(xs):\n    return [e(x) for x in xs]',
    'def f(xs):\n    return map(eval, xs)',
  ],
  pickle: [
    'import pickle\ndef f(x):\n    return pickle.loads(x)',
    'import pickle\nreaders = {"pickle": pickle.loads}',
    'import pickle as p\ndef f(x):\n    return p.load(x)',
    'from pickle import loads as read\ndef f(x):\n    return read(x)',
    'import pickle\ndef f(x):\n    return pickle.Unpickler(x).load()',
    'import marshal\ndef f(x):\n    return marshal.loads(x)',
    'import shelve\ndef f(x):\n    return shelve.open(x)',
    'import dill\ndef f(x):\n    return dill.loads(x)',
    'import importlib\ndef f(x):\n    return importlib.import_module("pickle").loads(x)',
  ],
  'unsafe yaml': [
    'import yaml\ndef f(x):\n    return yaml.load(x)',
    'import yaml\ndef f(x):\n    return yaml.load(x, Loader=yaml.Loader)',
    'import yaml as y\ndef f(x):\n    return y.load(x, y.UnsafeLoader)',
    'from yaml import load, FullLoader\ndef f(x):\n    return load(x, Loader=FullLoader)',
    'import yaml\ndef f(x):\n    return yaml.unsafe_load(x)',
    'import yaml\ndef f(x, loader=yaml.SafeLoader):\n    return yaml.load(x, loader or yaml.Loader)',
  ],
  SQL: [
    'def f(cursor, x):\n    cursor.execute(f"SELECT * FROM users WHERE id = {x}")',
    'def f(cursor, x):\n    cursor.execute("SELECT * FROM users WHERE id = %s" % x)',
    'def f(cursor, x):\n    cursor.execute("SELECT * FROM users WHERE id = {}".format(x))',
    'def f(cursor, x):\n    sql = "SELECT * FROM users"\n    sql += " WHERE id = " + x\n    cursor.execute(sql)',
    'from sqlalchemy import text\ndef f(session, x):\n    session.execute(text(f"DELETE FROM users WHERE id = {x}"))',
    'def f(db, x):\n    where = []\n    where.append(f"name = \'{x}\'")\n    db.execute("SELECT * FROM t WHERE " + " AND ".join(where))',
    'async def f(conn, x):\n    return await conn.fetchrow(f"""\n        SELECT * FROM users WHERE name = \'{x}\'\n    """)',
    'def f(db, names):\n    db.execute("SELECT * FROM t WHERE name IN (" + ",".join(n for n in names) + ")")',
  ],
};

/* biome-ignore-start lint/suspicious/noTemplateCurlyInString: code that is judged */
const HONEST_JAVASCRIPT: Group = {
  'argument lists': [
    "import { Worker } from 'node:worker_threads';\nexport const f = (file) => new Worker(file, { eval: false });",
    "const path = process.getBuiltinModule('path');\nexport const f = (x) => path.basename(x);",
    "import { execFile } from 'node:child_process';\nexport const f = (x) => execFile('git', ['log', x]);",
    "import { spawn } from 'child_process';\nexport const f = (x) => spawn('ls', [x], { shell: false, cwd: '/' });",
    "const { promisify } = require('util');\nconst run = promisify(require('child_process').execFile);\nmodule.exports = (x) => run('git', [x]);",
    "import { spawn } from 'child_process';\nspawn('sh', ['-c', 'echo ready']);",
    "import { spawnSync } from 'child_process';\nexport const f = (x) => spawnSync(process.execPath, [x], { stdio: 'inherit' });",
    "import { execa } from 'execa';\nexport const f = (x) => execa('git', ['show', x]);",
    "import { execFile } from 'child_process';\nexport const f = (x) => execFile('grep', ['-c', x, 'file.txt']);",
    "import { execFileSync } from 'child_process';\nexport const f = (x) => execFileSync('python3', ['script.py', '-c', x]);",
  ],
  'other exec and eval': [
    'export const f = (x) => /a+/.exec(x);',
    "const pattern = new RegExp('a+', 'g');\nexport const f = (x) => pattern.exec(x);",
    'export const f = (model) => model.eval();',
    'export const f = (page, x) => page.evaluate((y) => y, x);',
    "import { spawn } from 'child_process';\nconst pattern = /a/;\nexport const f = (x) => spawn('ls', [pattern.exec(x)[0]]);",
    "const cp = __importStar(require('child_process'));\nexports.f = (x) => cp.execFile('git', [x]);",
    "import { exec } from './commands.js';\nexport const f = (x) => exec(x);",
    'export function exec(x) { return x; }\nexec(1);',
    'export const f = (redis, script, key) => redis.eval(script, 1, key);',
    'class Task { exec(x) { return x; } eval(x) { return x; } }\nexport const f = (x) => new Task().exec(new Task().eval(x));',
    'export const f = (query) => query.exec();',
    'function f(eval_) { return eval_(1); }\nmodule.exports = f;',
    "import { evaluate } from 'mathjs';\nexport const f = (x) => evaluate(x);",
    "const root = Function('return this')();\nmodule.exports = root;",
    "const load = eval('require');\nmodule.exports = load('./a.js');",
    'export const f = (x) => x.constructor.name;',
    "import fs from 'fs';\nconst how = process.argv[2];\nexport const f = (table, x) => table[how](x);",
  ],
  timers: [
    'setTimeout(() => run(), 10);',
    "let later = '';\nlater = () => run();\nsetTimeout(later, 10);",
    'export const f = (callback) => setTimeout(callback, 10);',
    'function tick() {}\nsetInterval(tick, 10);',
    "import { setTimeout as sleep } from 'node:timers/promises';\nawait sleep(10, 'value');",
  ],
  SQL: [
    "export const f = (db, x) => db.query('SELECT * FROM users WHERE id = $1', [x]);",
    'const TABLE = "users";\nexport const f = (db, x) => db.prepare(`SELECT * FROM ${TABLE} WHERE id = ?`).get(x);',
    "export const f = (db, ids) => db.query(`SELECT * FROM users WHERE id IN (${ids.map(() => '?').join(', ')})`, ids);",
    'export const f = (db, x) => db.all(`SELECT * FROM users LIMIT ${Number(x)}`);',
    "export const f = (db, down) => db.all(`SELECT * FROM users ORDER BY id ${down ? 'DESC' : 'ASC'}`);",
    'export const f = (sql, x) => sql`SELECT * FROM users WHERE id = ${x}`;',
    "const COLUMNS = { a: 'a', b: 'b' };\nexport const f = (db, x) => db.all(`SELECT * FROM users ORDER BY ${COLUMNS[x]}`);",
    "export function f(db, x) {\n  const where = ['a = ?'];\n  if (x) where.push('b = ?');\n  return db.all(`SELECT * FROM t WHERE ${where.join(' AND ')}`, x);\n}",
    'export const f = (http, x) => http.get(`https://api.example.com/select?from=${x}`);',
    'export const f = (client, x) => client.query({ query: `query { user(id: ${x}) { name } }` });',
    'export const f = (log, x) => log.run(`Update of ${x} is done`);',
    "import { TABLE } from './constants.js';\nexport const f = (db) => db.all(`SELECT * FROM ${TABLE}`);",
    'export const f = (db, x) => db.query(`SELECT * FROM ${db.escapeId(x)}`);',
    "export const f = (tx, xs) => tx.run('INSERT INTO t VALUES (' + '?,'.repeat(xs.length).slice(0, -1) + ')', xs);",
  ],
};

const HONEST_TYPESCRIPT: Group = {
  'argument lists': [
    "import { execFile, type ExecFileOptions } from 'node:child_process';\nexport const f = (x: string, o: ExecFileOptions) => execFile('git', [x], o);",
  ],
  'other exec and eval': [
    'interface Runner { exec(x: string): void }\nexport const f = (r: Runner, x: string): void => r.exec(x as string);',
    "import type { exec } from 'node:child_process';\nexport type Exec = typeof exec;",
    'declare function eval_(x: string): void;\nexport const f = (x: string) => { eval_(x); };',
  ],
  SQL: [
    'export class Store {\n  private readonly table = "users";\n  constructor(private readonly db: any) {}\n  find(x: string) { return this.db.get(`SELECT * FROM ${this.table} WHERE id = ?`, x); }\n}',
  ],
};
/* biome-ignore-end lint/suspicious/noTemplateCurlyInString: code that is judged */

const HONEST_PYTHON: Group = {
  'argument lists': [
    'class A: pass\nprint([c.__name__ for c in A.__subclasses__()])',
    'import subprocess\ndef f(x):\n    subprocess.run(["git", "log", x], check=True)',
    'import subprocess\ndef f(x):\n    subprocess.run(["ls", x], shell=False)',
    'import asyncio\nasync def f(x):\n    await asyncio.create_subprocess_exec("git", "log", x)',
    'import subprocess, shlex\ndef f(x):\n    subprocess.run(shlex.split(x))',
    'import subprocess\ndef f(root, x):\n    subprocess.run([f"{root}/bin/tool", x])',
    'import subprocess\nsubprocess.run(["sh", "-c", "echo ready"])',
    'import subprocess\ndef f(x):\n    subprocess.run(["python3", "-m", "tool", x])',
    'def configure(terminal):\n    terminal.enable(shell=True)',
    'import os\ndef f(x):\n    return os.path.join("a", x)',
    'import os\ndef f():\n    return getattr(os, "O_BINARY", 0)',
  ],
  'other exec and eval': [
    'import ast\ndef f(x):\n    return ast.literal_eval(x)',
    'import re\ndef f(x):\n    return re.compile(x)',
    'def f(model):\n    model.eval()\n    return model',
    'def f(frame):\n    return frame.eval("a + b")',
    'import json\ndef f(x):\n    return json.loads(x)',
    'def evaluate(x):\n    return x\ndef f(x):\n    return evaluate(x)',
    'class Task:\n    def exec(self, x):\n        return x\ndef f(x):\n    return Task().exec(x)',
    'def f(qt):\n    return qt.app.exec()',
    'import platform\ndef f():\n    return platform.system()',
    'from platform import system\ndef f():\n    return system()',
    'exec("a = 1")',
  ],
  'data formats': [
    'import yaml\ndef f(x):\n    return yaml.safe_load(x)',
    'import yaml\ndef f(x):\n    return yaml.load(x, Loader=yaml.SafeLoader)',
    'import yaml\ntry:\n    from yaml import CSafeLoader as Loader\nexcept ImportError:\n    from yaml import SafeLoader as Loader\ndef f(x):\n    return yaml.load(x, Loader)',
    'import yaml\nclass Loader(yaml.SafeLoader):\n    pass\ndef f(x):\n    return yaml.load(x, Loader=Loader)',
    'import pickle\ndef f(x):\n    return pickle.dumps(x)',
    'import tomllib\ndef f(x):\n    return tomllib.load(x)',
    'import torch\ndef f(x):\n    return torch.load(x, weights_only=True)',
    'import numpy\ndef f(x):\n    return numpy.load(x)',
    'from ruamel.yaml import YAML\ndef f(x):\n    return YAML(typ="safe").load(x)',
  ],
  SQL: [
    'def f(cursor, x):\n    cursor.execute("SELECT * FROM users WHERE id = %s", (x,))',
    'def f(cursor, x):\n    cursor.execute("SELECT * FROM users WHERE id = ?", [x])',
    'TABLE = "users"\ndef f(cursor, x):\n    cursor.execute(f"SELECT * FROM {TABLE} WHERE id = ?", [x])',
    'def f(cursor, ids):\n    marks = ",".join("?" for _ in ids)\n    cursor.execute(f"SELECT * FROM users WHERE id IN ({marks})", ids)',
    'def f(cursor, ids):\n    cursor.execute("SELECT * FROM t WHERE id IN (" + ",".join(["?"] * len(ids)) + ")", ids)',
    'def f(cursor, x):\n    cursor.execute(f"SELECT * FROM users LIMIT {int(x)}")',
    "def f(cursor, down):\n    cursor.execute(f\"SELECT * FROM t ORDER BY id {'DESC' if down else 'ASC'}\")",
    'def f(session, x):\n    session.execute(select(User).where(User.id == x))',
    'def f(client, x):\n    return client.get(f"https://api.example.com/{x}")',
    'from sqlalchemy import text\ndef f(session, x):\n    session.execute(text("SELECT * FROM users WHERE id = :id"), {"id": x})',
  ],
};

export const HOSTILE: readonly Sample[] = [
  ...samples('js', HOSTILE_JAVASCRIPT),
  ...samples('ts', HOSTILE_TYPESCRIPT),
  ...samples('py', HOSTILE_PYTHON),
];

export const HONEST: readonly Sample[] = [
  ...samples('js', HONEST_JAVASCRIPT),
  ...samples('ts', HONEST_TYPESCRIPT),
  ...samples('py', HONEST_PYTHON),
];

function samples(extension: string, groups: Group): Sample[] {
  return Object.entries(groups).flatMap(([category, texts]) =>
    texts.map((text, index) => ({
      category,
      file: `server/sample-${index}.${extension}`,
      text: `${text}\n`,
    })),
  );
}
