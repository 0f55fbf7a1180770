import { expect } from 'chai';
import { constantOf } from '../../../../src/lib/certification/parse/constants.ts';
import type { Call, Code, Language } from '../../../../src/lib/certification/parse/expression.ts';
import { calleesOf, UNRESOLVED } from '../../../../src/lib/certification/parse/names.ts';
import { isConstant, originsOf } from '../../../../src/lib/certification/parse/origins.ts';
import { parseModule } from '../../../../src/lib/certification/parse/parse-module.ts';

function codeOf(text: string, language: Language): Code {
  const code = parseModule(text, language);
  if ('unparsable' in code) throw new Error(code.unparsable);
  return code;
}

function callsOf(text: string, language: Language): Call[] {
  return codeOf(text, language).expressions.filter((each) => each.kind === 'call');
}

/** Of the last call that begins in the text. */
function callees(text: string, language: Language): string[] {
  return calleesOf(callsOf(text, language).at(-1) as Call);
}

/** Of the first argument of the call of `sink`. */
function origins(text: string, language: Language): string[] {
  const call = callsOf(text, language).find((each) => calleesOf(each).includes('sink'));
  const [first] = (call as Call).args;
  if (first === undefined) throw new Error('no argument');
  return originsOf(first.value)
    .map((each) => ('name' in each ? `${each.kind} ${each.name}` : each.kind))
    .sort();
}

describe('what is called', () => {
  const known: [Language, string, string][] = [
    ['javascript', 'eval(x)', 'eval'],
    ['javascript', '(0, eval)(x)', 'eval'],
    ['javascript', 'globalThis["ev" + "al"](x)', 'eval'],
    ['javascript', 'const e = eval; const f = e; f(x)', 'eval'],
    ['javascript', 'new Function("x", y)', 'Function'],
    ['javascript', 'import cp from "node:child_process"; cp.exec(x)', 'child_process.exec'],
    ['javascript', 'import * as cp from "child_process"; cp.exec(x)', 'child_process.exec'],
    ['javascript', 'import { exec as run } from "child_process"; run(x)', 'child_process.exec'],
    ['javascript', 'const { exec: run } = require("node:child_process"); run(x)', 'child_process.exec'],
    ['javascript', 'const cp = await import("child_process"); cp.default.exec(x)', 'child_process.exec'],
    ['javascript', 'require("child_process")["ex" + "ec"](x)', 'child_process.exec'],
    ['javascript', 'process.mainModule.require("child_process").exec(x)', 'child_process.exec'],
    ['javascript', 'let run; run = require("child_process").exec.bind(null); run(x)', 'child_process.exec'],
    ['javascript', 'eval?.call(null, x)', 'eval'],
    ['javascript', 'const r = require; r("child_process").exec(x)', 'child_process.exec'],
    [
      'javascript',
      'import { createRequire } from "module"; const r = createRequire(u); r("child_process").exec(x)',
      'child_process.exec',
    ],
    ['javascript', 'import { Client } from "pg"; const c = new Client(); c.query(x)', 'pg.Client().query'],
    [
      'typescript',
      'import cp = require("child_process"); (cp as any).exec!(x as string)',
      'child_process.exec',
    ],
    [
      'tsx',
      'import { exec } from "child_process"; const a = <p onClick={() => exec(x)} />',
      'child_process.exec',
    ],
    ['python', 'import os\nos.system(x)', 'os.system'],
    ['python', 'import os as o\no.system(x)', 'os.system'],
    ['python', 'from os import system as s\ns(x)', 'os.system'],
    ['python', 'import os.path\nos.system(x)', 'os.system'],
    ['python', 'run = __import__("os").system\nrun(x)', 'os.system'],
    ['python', 'import importlib\nimportlib.import_module("o" "s").system(x)', 'os.system'],
    ['python', 'import os\ngetattr(os, "sys" + "tem")(x)', 'os.system'],
    ['python', 'import builtins\nbuiltins.eval(x)', 'eval'],
    ['javascript', 'import("child_process").then((cp) => cp.exec(x))', 'child_process.exec'],
    ['javascript', 'import("child_process").then(({ exec }) => exec(x))', 'child_process.exec'],
    ['javascript', 'const f = () => require("child_process"); f().exec(x)', 'child_process.exec'],
    ['javascript', 'const cp = { ...require("child_process") }; cp.exec(x)', 'child_process.exec'],
    ['javascript', 'const f = Function.call.bind(eval); f(x)', 'eval'],
    ['python', 'import os\nvars(os)["system"](x)', 'os.system'],
    ['python', 'import os\nos.__dict__["sys" + "tem"](x)', 'os.system'],
    ['python', 'import sqlite3\nwith sqlite3.connect(p) as c:\n  c.execute(x)', 'sqlite3.connect().execute'],
  ];
  for (const [language, text, name] of known) {
    it(`is ${name} in ${JSON.stringify(text)}`, () => {
      const found = callsOf(text, language).flatMap(calleesOf);
      expect(found).to.include(name);
    });
  }

  it('is not a global when the name is bound to something else', () => {
    expect(callees('function f(eval) { eval(x) }', 'javascript')).to.deep.equal([]);
    expect(callees('import { eval } from "./safe.js"; eval(x)', 'javascript')).to.deep.equal([
      './safe.js.eval',
    ]);
  });

  it('is said to be unresolved rather than nothing when it is too long to follow', () => {
    const aliases = Array.from({ length: 500 }, (_, index) => `const a${index + 1} = a${index};`).join('');
    expect(callees(`const a0 = eval; ${aliases} a500(x)`, 'javascript')).to.deep.equal([UNRESOLVED]);
    expect(callees('let a = b; let b = a; a = a || b; a(x)', 'javascript')).to.deep.equal([]);
  });
});

/* biome-ignore-start lint/suspicious/noTemplateCurlyInString: code that is parsed here */
describe('where a value comes from', () => {
  const known: [Language, string, string[]][] = [
    ['javascript', 'sink("a" + 1)', ['constant']],
    ['javascript', 'const a = "x"; sink(`${a} ${[1, { b: a }]}`)', ['constant']],
    [
      'javascript',
      'function f(input) { const c = `ls ${input.dir}`; sink(c) }',
      ['constant', 'parameter input'],
    ],
    ['javascript', 'f(async ({ dir }) => sink(dir.trim()))', ['parameter dir']],
    ['javascript', 'sink(process.env.HOME)', ['named process.env.HOME']],
    [
      'javascript',
      'import fs from "fs"; sink(fs.readFileSync("/a"))',
      ['call fs.readFileSync', 'constant', 'named fs'],
    ],
    ['javascript', 'for (const each of process.argv) sink(each)', ['named process.argv[]']],
    ['javascript', 'let c = "a"; c += process.env.A; sink(c)', ['constant', 'named process.env.A']],
    ['python', 'def f(a, b=1):\n  c = f"ls {a}"\n  sink(c)', ['constant', 'parameter a']],
    ['python', 'def f(a):\n  sink("ls %s" % a)', ['constant', 'parameter a']],
    ['python', 'import os\nsink(os.environ["HOME"])', ['named os.environ.HOME']],
    ['python', 'X = "a"\ndef f():\n  sink(X)', ['constant']],
    ['python', 'sink(",".join("?" for _ in ids))', ['constant']],
    ['python', 'def f(xs):\n  sink([x.y for x in xs if x])', ['parameter xs']],
    ['python', 'x, y = "a", input()\nsink(y)', ['call input', 'constant']],
  ];
  for (const [language, text, expected] of known) {
    it(`is ${expected.join(', ')} in ${JSON.stringify(text)}`, () => {
      const found = origins(text, language);
      for (const each of expected) expect(found.join('\n')).to.contain(each);
      if (expected.join() === 'constant') expect(found).to.deep.equal(['constant']);
    });
  }

  it('is constant only when all of it is', () => {
    const [one, other] = callsOf('f("a" + "b"); f("a" + c)', 'javascript');
    expect(isConstant((one as Call).args[0]?.value as never)).to.equal(true);
    expect(isConstant((other as Call).args[0]?.value as never)).to.equal(false);
    expect(constantOf((one as Call).args[0]?.value as never)).to.equal('ab');
  });

  it('knows the keywords and the literals of Python', () => {
    const [call] = callsOf(`subprocess.run(r'a\\n', b"\\x41\\u00e9" 'c', *d, shell=True)`, 'python');
    expect(call?.args.map(({ name, isSpread }) => [name, isSpread])).to.deep.equal([
      [null, false],
      [null, false],
      [null, true],
      ['shell', false],
    ]);
    expect(call?.args.map(({ value }) => constantOf(value))).to.deep.equal(['a\\n', 'Aéc', undefined, true]);
  });

  it('follows functions that call themselves, and each other, no further', () => {
    const recursive = 'const f = (n) => f(n) || g(n); const g = (n) => f(n) || eval; ';
    expect(callees(`${recursive}f(1)(x)`, 'javascript')).to.deep.equal(['eval']);
    expect(callees('const f = () => f(); f().g(x)', 'javascript')).to.deep.equal([]);
  });

  it('knows which parameters of Python have no type', () => {
    const text =
      'def f(self, a: int, b, c: Any = 1, d: "typing.Any" = 2, e=3, *g: int, **h: str):\n  return a';
    const found = codeOf(text, 'python').expressions.find((each) => each.kind === 'function');
    expect(found?.kind === 'function' && found.body.untyped).to.deep.equal([
      'self',
      'b',
      'c',
      'd',
      'e',
      'g',
      'h',
    ]);
  });

  it('knows what decorates a function, and its parameters', () => {
    const code = codeOf('@mcp.tool(name="x")\nasync def f(a: int, *b, c=1, **d):\n  return a', 'python');
    const found = code.expressions.find((each) => each.kind === 'function');
    if (found?.kind !== 'function') throw new Error('no function');
    expect(found.body.name).to.equal('f');
    expect(found.body.parameters).to.deep.equal(['a', 'b', 'c', 'd']);
    expect(found.returns.map(({ kind }) => kind)).to.deep.equal(['name']);
    expect(found.body.decorators.map(({ kind }) => kind)).to.deep.equal(['call']);
  });
});

/* biome-ignore-end lint/suspicious/noTemplateCurlyInString: code that is parsed here */
describe('code that is hostile to parsers', () => {
  const shapes: [string, (count: number) => string][] = [
    ['lists', (count) => '['.repeat(count) + ']'.repeat(count)],
    ['brackets', (count) => `${'('.repeat(count)}1${')'.repeat(count)}`],
    ['calls', (count) => `f${'(f'.repeat(count)}${')'.repeat(count)}`],
    ['chains', (count) => `f${'.g()'.repeat(count)}`],
    ['sums', (count) => `x = ${'a + '.repeat(count)}1`],
    ['operators', (count) => `${'-'.repeat(count)}1`],
    ['keys', (count) => `a${'[b'.repeat(count)}${']'.repeat(count)}`],
    ['functions', (count) => `${'(function(){'.repeat(count)}${'})'.repeat(count)}`],
    ['arrows', (count) => `${'x=>'.repeat(count)}1`],
    ['templates', (count) => `${'`${'.repeat(count)}1${'}`'.repeat(count)}`],
    ['choices', (count) => `${'a?b:'.repeat(count)}1`],
    ['lambdas', (count) => `${'lambda a:'.repeat(count)}1`],
    ['an open bracket', (count) => '('.repeat(count)],
    ['objects', (count) => `(${'{a:'.repeat(count)}1${'}'.repeat(count)})`],
  ];
  for (const [what, make] of shapes) {
    it(`ends in an answer for 10,000 nested ${what}`, () => {
      for (const language of ['javascript', 'typescript', 'python'] as const) {
        const parsed = parseModule(make(10_000), language);
        expect('unparsable' in parsed || parsed.expressions.length > 0).to.equal(true);
      }
    }).timeout(60_000);
  }

  it('is not read beyond errors when it is large', () => {
    const errors = `x = 1\n${')]}'.repeat(60_000)}`;
    expect(parseModule(errors, 'python')).to.deep.equal({ unparsable: 'syntax' });
    expect(parseModule(errors.slice(0, 900), 'python')).to.have.property('hasErrors', true);
  });

  it('ends in an answer for what is no text at all', () => {
    const noise = Array.from({ length: 20_000 }, (_, index) =>
      String.fromCharCode((index * 7919) % 65_536),
    ).join('');
    expect(parseModule(noise, 'javascript')).to.have.any.keys('unparsable', 'hasErrors');
    expect(parseModule(noise, 'python')).to.have.property('hasErrors', true);
  });

  it('takes what is deep within reason, and refuses what is deeper in the same place each time', () => {
    for (const [shape, most] of [
      [(count: number) => `${'!'.repeat(count)}1`, 1490],
      [(count: number) => `f${'.g()'.repeat(count)}`, 245],
      [(count: number) => '['.repeat(count) + ']'.repeat(count), 105],
      [(count: number) => `${'a?b:'.repeat(count)}1`, 295],
    ] as const) {
      expect(parseModule(shape(most), 'javascript'), shape(2)).to.have.property('expressions');
      expect(parseModule(shape(most + 20), 'javascript')).to.deep.equal({ unparsable: 'too-deep' });
    }
  });

  it('takes what is nested in several ways, the same each time', () => {
    const deep = `x = ${'[f('.repeat(60)}1${')]'.repeat(60)}`;
    const lengths = Array.from({ length: 30 }, () => codeOf(deep, 'javascript').expressions.length);
    expect(new Set(lengths).size).to.equal(1);
  });
});
