/** Code that a grammar of the words which controls look for makes at random: nested, cut off, repeated, or huge. */

type Random = (below: number) => number;
type Language = 'javascript' | 'python';

const WORDS: Readonly<Record<Language, readonly string[]>> = {
  javascript: [
    'process.env',
    'eval',
    'require("child_process").exec',
    'fetch',
    'atob',
    'globalThis["ev" + "al"]',
    'server.registerTool',
    'db.query',
    '__proto__',
    'constructor',
    'JSON.parse',
    'x',
    'import("./a.js")',
    'z.object',
    'path.join',
    'new Function',
    'fs.writeFileSync',
    'http.createServer',
  ],
  python: [
    'os.environ',
    'eval',
    'subprocess.run',
    'requests.post',
    'base64.b64decode',
    'getattr(os, "sys" + "tem")',
    'mcp.tool',
    'cursor.execute',
    '__class__',
    'pickle.loads',
    'x',
    'importlib.import_module',
    'Path.home()',
    'yaml.load',
    'open',
  ],
};

/** What regular expressions of controls begin with, to be repeated without an end. */
const REPEATED = [
  'curl -d ',
  '-----BEGIN PRIVATE KEY-----',
  '<!--',
  'ignore all previous ',
  'postgres://a:',
  'https://a:b',
  'AKIA',
  'eyJ.',
  'SELECT ',
  '"${',
  '\u0024{a}',
  "'+x+'",
  'process.env ',
  '_0x12ab ',
  '\\x41',
  '[+!',
  'a@',
  'env, ',
  'bash -i ',
  'token=',
  '{"a":',
  '@mcp.tool(',
  '%s ',
  ' ',
  '\t',
  '\n',
  '\\',
  '(',
  '<T>(',
  '/*',
  '"""',
  'base64 ',
  'import http ',
  'you must ',
  'before using this tool, ',
  'a.b.',
  '\u200b',
  '\u{e0041}',
  'A'.repeat(60),
  '-_',
  '=>',
  'window[a](',
  'node -e ',
  'sk-',
  'password: "',
];

const MOST_REPEATED = 40_000;

export function hostileSource(language: Language, random: Random): string {
  switch (random(8)) {
    case 0: {
      const piece = REPEATED[random(REPEATED.length)] as string;
      return piece.repeat(1 + random(MOST_REPEATED / piece.length));
    }
    case 1: {
      const depth = 1 + random(3000);
      const [open, close] = pick(
        [
          ['[', ']'],
          ['(', ')'],
          ['{', '}'],
          ['f(', ')'],
          ['-', ''],
        ],
        random,
      );
      return `x = ${open.repeat(depth)}${close.repeat(random(2) === 0 ? depth : random(depth))}`;
    }
    case 2:
      return `x = ${pick(['"', "'", '`', '"""', '/*', '/['], random)}${'a'.repeat(random(30_000))}`;
    case 3:
      return `const x = ${'1'.repeat(1 + random(5000))}n;\ny = "${'\\u0061'.repeat(random(5000))}"`;
    case 4:
      return Array.from(
        { length: random(2000) },
        (_, at) => `const a${at} = [a${at + 1}, process.env];`,
      ).join('\n');
    default: {
      const lines = Array.from({ length: 1 + random(30) }, () => statement(language, random));
      const text = lines.join('\n');
      return random(3) === 0 ? text.slice(0, random(text.length)) : text;
    }
  }
}

function statement(language: Language, random: Random): string {
  const value = expression(language, random, 4);
  const name = `v${random(5)}`;
  if (language === 'python')
    return pick(
      [
        `${name} = ${value}`,
        `def ${name}(x):\n  return ${value}`,
        `@${value}\ndef f(): pass`,
        `import ${name}`,
        value,
      ],
      random,
    );
  return pick(
    [
      `const ${name} = ${value};`,
      `function ${name}(x) { return ${value}; }`,
      `import ${name} from "./a.js";`,
      `export default ${value};`,
      `${value};`,
      `const { ${name}, ...x } = ${value};`,
    ],
    random,
  );
}

function expression(language: Language, random: Random, depth: number): string {
  const words = WORDS[language];
  const word = words[random(words.length)] as string;
  if (depth === 0) return random(3) === 0 ? `"${REPEATED[random(REPEATED.length)]}"` : word;
  const inner = () => expression(language, random, depth - 1);
  return pick(
    [
      () => `${word}(${inner()}, ${inner()})`,
      () => `[${inner()}, ${inner()}]`,
      () => `{"__proto__": ${inner()}}`,
      () => `${inner()} + ${inner()}`,
      () => `${word}[${inner()}]`,
      () => (language === 'python' ? `f"SELECT {${word}} ${random(9)}"` : `\`SELECT \${${inner()}}\``),
      () => (language === 'python' ? `(lambda x: ${inner()})` : `(async (x) => ${inner()})`),
      () => `v${random(5)}`,
    ],
    random,
  )();
}

function pick<T>(choices: readonly T[], random: Random): T {
  return choices[random(choices.length)] as T;
}
