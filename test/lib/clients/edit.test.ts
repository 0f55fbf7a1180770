import { expect } from 'chai';
import { dropEntry, editorOf, putEntry } from '../../../src/lib/clients/format.ts';
import { madeBy, unmade } from '../../../src/lib/clients/made.ts';
import { MpakError } from '../../../src/lib/errors.ts';

type Format = Parameters<typeof editorOf>[0];

const ENTRY = { command: '/usr/bin/mpak', args: ['run', '@acme/echo'], env: { MPAK_HOME: '/srv/a "b"\\c' } };
const FILE = '/home/me/file';

/** What clients' files look like: what is here must come back byte for byte. */
const JSON_TEXTS = {
  'one server': '{\n  "mcpServers": {\n    "a": {\n      "command": "x"\n    }\n  }\n}\n',
  'without a last line break': '{\n  "mcpServers": {\n    "a": { "command": "x" }\n  }\n}',
  'with comments everywhere':
    '// top\n{\n  /* before */ "theme": "dark", // after\n  "mcpServers": { // servers\n    // of a\n    "a": { "command": "x" } // says a\n    // the end\n  }, // done\n  // last\n  "z": 1\n}\n// bottom\n',
  'with trailing commas': '{\n\t"mcpServers": {\n\t\t"a": {"command": "x",}, // a\n\t},\n}\n',
  'on one line': '{"mcpServers":{"a":{"command":"x"}},"z":[1,2]}',
  'on one line with a trailing comma': '{"mcpServers": {"a": {"command": "x"},}}\n',
  'with Windows line breaks':
    '{\r\n    "mcpServers": {\r\n        "a": {\r\n            "command": "x"\r\n        }\r\n    }\r\n}\r\n',
  'with the last brace on the line of a server': '{ "mcpServers": {\n    "a": { "command": "x" } } }\n',
  'with a comment between a server and its comma':
    '{\n  "mcpServers": {\n    "a": {} /* odd */ ,\n    "b": {} /* too */\n  }\n}\n',
  'with a comment before the last brace': '{\n  "mcpServers": {\n    "a": {} /* odd */ }\n}\n',
  'with a comment that ends in white space': '{\n  "mcpServers": {\n    "a": {} // odd \t\n  }\n}\n',
  'with odd white space': '{\n\n\n  "mcpServers"  :  {\n\n    "a" : { } ,\n\n    "b" : [ ]\n\n  }\n\n}\n\n\n',
  'with keys that look like others':
    '{"mcpServers":{"__proto__x":{},"constructor":{},"toString":{}},"mcpservers":{}}',
};
const EMPTY_JSON_TEXTS = {
  'nothing at all': '',
  'white space': ' \n\t\n',
  'an empty object': '{}',
  'an empty object on three lines': '{\n\n}\n',
  'an empty list': '{\n  "mcpServers": {}\n}\n',
  'an empty list with a comment': '{\n  "mcpServers": {\n    // none yet\n  },\n  "a": 1\n}\n',
  'an empty list with a comment of a line': '{ "mcpServers": { /* none */ } }',
  'other keys': '{\n    "theme": "dark" // mine\n}\n',
  'other keys and a trailing comma': '{\n    "theme": "dark",\n}\n',
  'other keys on one line': '{"theme":"dark"}\n',
  'only a comment in an object': '{ // nothing\n}\n',
};
const TOML_TEXTS = {
  'tables with comments':
    '# top\nmodel = "o"   # mine\n\n[mcp_servers.a] # a\ncommand = "x"\nargs = [\n  "1", # one\n]\n\n[mcp_servers.a.env]\nK = "v"\n\n# the end\n[profiles.x]\nmodel = "p"\n',
  'without a last line break': '[mcp_servers.a]\ncommand = "x"',
  'with Windows line breaks': 'model = "o"\r\n\r\n[mcp_servers.a]\r\ncommand = "x"\r\n',
  'with blank lines at the end': '[mcp_servers.a]\ncommand = "x"\n\n\n',
  'a table of inline tables': '[mcp_servers]\na = { command = "x" } # a\nb.command = "y"\n[other]\n',
  'a text that looks like a table':
    'x = """\n[mcp_servers.echo]\ncommand = "no"\n"""\n[mcp_servers.a]\ncommand = "x"\n',
};
const EMPTY_TOML_TEXTS = {
  'nothing at all': '',
  'a line break': '\n',
  'a comment': '# mine',
  'other keys': 'model = "o"\n',
  'other tables': 'model = "o"\n\n[profiles.x]\nmodel = "p"\n',
};
const YAML_TEXTS = {
  'extensions with comments':
    '# top\nGOOSE_PROVIDER: x\nextensions:   # all\n  # of a\n  a:\n    enabled: true   # yes\n    text: |\n      hi\n\n    list:\n    - 1\n    - 2 # two\n\n  # of b\n  b: {type: builtin, enabled: false}\n# the end\nlast: 1\n',
  'without a last line break': 'extensions:\n    a:\n        enabled: true',
  'with Windows line breaks': 'extensions:\r\n  a:\r\n    enabled: true\r\nz: 1\r\n',
  'on one line': 'extensions: {a: {enabled: true}, b: {enabled: false}} # flow\nz: 1\n',
  'with anchors': 'base: &base\n  timeout: 300\nextensions:\n  a:\n    <<: *base\n    enabled: true\n',
  'with a document marker': '---\nextensions:\n  a:\n    enabled: true\n',
};
const EMPTY_YAML_TEXTS = {
  'nothing at all': '',
  'a comment': '# mine\n',
  'other keys': 'GOOSE_PROVIDER: x\n',
  'other keys without a last line break': 'GOOSE_PROVIDER: x',
  'a key without a value': 'extensions:  # none\nz: 1\n',
  'an empty list': 'a:\n    b: 1\nextensions: {} # none\nz: 1\n',
  null: 'extensions: null\n',
};

const CASES: readonly [Format, string, Record<string, string>, Record<string, string>][] = [
  ['json', 'mcpServers', JSON_TEXTS, EMPTY_JSON_TEXTS],
  ['toml', 'mcp_servers', TOML_TEXTS, EMPTY_TOML_TEXTS],
  ['yaml', 'extensions', YAML_TEXTS, EMPTY_YAML_TEXTS],
];

describe('entries in clients\u2019 files', () => {
  it('are read without a key of a stranger\u2019s reaching the prototype of objects', async () => {
    const texts: [Format, string][] = [
      ['toml', '[__proto__]\npolluted = 1\n[[x.__proto__.y]]\na = 1\n[b]\n__proto__.polluted = 1\n'],
      ['toml', 'a = { __proto__ = { polluted = 1 } }\n[constructor.prototype]\npolluted = 1\n'],
      ['json', '{"__proto__": {"polluted": 1}, "a": {"__proto__": {"polluted": 1}}}'],
      ['yaml', '__proto__:\n  polluted: 1\na: {__proto__: {polluted: 1}}\n'],
    ];
    for (const [format, text] of texts) {
      const editor = await editorOf(format);
      const content = editor.parse(text, FILE);
      expect(content).not.to.have.property('polluted');
      const place = { text, path: ['servers'], name: 'echo', file: FILE };
      const after = putEntry(editor, { ...place, entry: ENTRY });
      expect(dropEntry(editor, { ...place, text: after })).to.include(text.trimEnd().slice(0, -1));
      expect({}, text).not.to.have.property('polluted');
      expect({}).not.to.have.property('a');
    }
  });

  for (const [format, key, full, empty] of CASES) {
    const path = [key];
    const place = (text: string, name = 'echo') => ({ text, path, name, file: FILE });

    describe(format, () => {
      for (const [label, text] of Object.entries({ ...full, ...empty })) {
        it(`keeps every line of a file with ${label}, and the entry is there for who reads it`, async () => {
          const editor = await editorOf(format);
          const after = putEntry(editor, { ...place(text), entry: ENTRY });
          const content = editor.parse(after, FILE) as Record<string, Record<string, unknown>>;
          expect(JSON.parse(JSON.stringify(content[key]?.echo))).to.deep.equal(ENTRY);
          const left = text.split(/\r?\n/).filter((line) => !after.split(/\r?\n/).includes(line));
          // Lines that got a comma, or in which an empty list or a list of one line was.
          for (const line of left) expect(line).to.match(/[{}\]]|"dark"|^\s*$|: null$/);
          if (text.includes('\r\n')) expect(after).not.to.match(/[^\r]\n/);
        });
      }

      for (const [label, text] of Object.entries(full)) {
        it(`brings back a file with ${label} byte for byte, whichever of two entries goes first`, async () => {
          const editor = await editorOf(format);
          const one = putEntry(editor, { ...place(text), entry: ENTRY });
          expect(dropEntry(editor, place(one))).to.equal(text);
          const two = putEntry(editor, { ...place(one, 'other'), entry: ENTRY });
          const first = dropEntry(editor, place(two));
          expect(dropEntry(editor, place(first, 'other'))).to.equal(text);
          const second = dropEntry(editor, place(two, 'other'));
          expect(second).to.equal(one);
        });
      }

      for (const [label, text] of [...Object.entries(empty), ['no file', undefined] as const]) {
        it(`brings back ${label} byte for byte from what it remembers`, async () => {
          const editor = await editorOf(format);
          const one = putEntry(editor, { ...place(text ?? ''), entry: ENTRY });
          const range = editor.find(one, path, 'echo');
          expect(range).not.to.equal(undefined);
          const made = madeBy(text, one, range as { start: number; end: number });
          expect(unmade(one, range as { start: number; end: number }, made)).to.equal(text ?? null);
          // Another one comes, and the first goes before it.
          const two = putEntry(editor, { ...place(one, 'other'), entry: ENTRY });
          const left = dropEntry(editor, place(two));
          const other = editor.find(left, path, 'other') as { start: number; end: number };
          const back = unmade(left, other, made);
          // In YAML the first entry of all is the newest, and a line break may have moved.
          if (back !== undefined) expect(back).to.equal(text ?? null);
          else expect(dropEntry(editor, place(left, 'other'))).to.be.a('string');
        });
      }

      it('replaces an entry where it stands', async () => {
        const editor = await editorOf(format);
        for (const text of Object.values(full)) {
          const one = putEntry(editor, { ...place(text), entry: ENTRY });
          const changed = { command: '/opt/mpak', args: ['run', '@acme/echo'] };
          const two = putEntry(editor, { ...place(one), entry: changed });
          expect(putEntry(editor, { ...place(two), entry: ENTRY })).to.equal(one);
        }
      });
    });
  }

  const REFUSED: readonly [Format, string, string, RegExp][] = [
    ['json', 'a file that is cut off', '{\n  "mcpServers": {\n    "a": {', /line 3/],
    ['json', 'a list in the place of an object', '{"mcpServers": []}', /"mcpServers" is no object/],
    ['json', 'null in the place of the file', 'null', /its content is no object/],
    ['json', 'a text in the place of an object', '{"mcpServers": "no"}', /"mcpServers" is no object/],
    ['json', 'a key that is there twice', '{"mcpServers": {}, "mcpServers": {"a": {}}}', /more than once/],
    ['json', 'two contents one after the other', '{}\n{}', /line 2/],
    ['json', 'a file with conflict markers', '{\n<<<<<<< HEAD\n"a": 1\n}', /line 2/],
    ['toml', 'what is no TOML', 'model = \n', /line \d/],
    ['toml', 'a table that is there twice', '[mcp_servers.a]\n[mcp_servers.a]\n', /line 2/],
    ['toml', 'a list in the place of a table', 'mcp_servers = [1]\n', /"mcp_servers" is no object/],
    [
      'toml',
      'an inline table, which cannot grow',
      'mcp_servers = { a = { command = "x" } }\n',
      /cannot change/,
    ],
    ['yaml', 'what is no YAML', 'extensions:\n  a: [\n', /line \d/],
    ['yaml', 'a list in the place of a mapping', 'extensions:\n  - a\n', /"extensions" is no object/],
    ['yaml', 'several documents', 'a: 1\n---\nextensions: {}\n', /line 2/],
    ['yaml', 'a bomb of aliases', bomb(), /\w/],
  ];
  for (const [format, label, text, reason] of REFUSED) {
    it(`refuses ${label} (${format})`, async () => {
      const editor = await editorOf(format);
      const key = CASES.find(([other]) => other === format)?.[1] as string;
      let refused: unknown;
      try {
        putEntry(editor, { text, path: [key], name: 'echo', entry: ENTRY, file: FILE });
      } catch (error) {
        refused = error;
      }
      expect(refused).to.be.instanceOf(MpakError).with.property('code', 'CLIENT_FILE_INVALID');
      expect((refused as MpakError).message)
        .to.match(reason)
        .and.to.include(FILE);
    });
  }
});

function bomb(): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let depth = 1; depth < 12; depth += 1) {
    lines.push(
      `a${depth}: &a${depth} [${Array(10)
        .fill(`*a${depth - 1}`)
        .join(', ')}]`,
    );
  }
  return `${lines.join('\n')}\n`;
}
