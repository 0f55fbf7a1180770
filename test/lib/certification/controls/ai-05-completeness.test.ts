import { expect } from 'chai';
import {
  bundleOf,
  bundleWithManifest,
  type Changes,
  certifiedManifest,
  resultOf,
  scanOf,
} from '../../../support/certified-bundle.ts';
import { pythonServer } from '../../../support/server-project.ts';

const ELF = Buffer.alloc(64);
ELF.write('\x7fELF\x02\x01\x01', 'latin1');

const filesOf = async (bytes: Uint8Array) => {
  const { status, findings } = await resultOf(bytes, 'AI-05');
  return { status, files: findings.map(({ file }) => file), findings };
};
const node = (index: string, files: Changes = {}) =>
  filesOf(bundleOf({ 'server/index.js': index, ...files }));
const python = (main: string, files: Changes = {}) =>
  filesOf(
    bundleWithManifest(
      { server: pythonServer() },
      {
        'server/index.js': null,
        'node_modules/zod/package.json': null,
        'node_modules/zod/index.js': null,
        'node_modules/@modelcontextprotocol/sdk/package.json': null,
        'node_modules/@modelcontextprotocol/sdk/index.js': null,
        'server.py': main,
        ...files,
      },
    ),
  );

describe('AI-05, completeness', () => {
  it('passes the code that the server loads, and whatever packages bring', async () => {
    const { findings } = await node("import './lib/more.js';\n", {
      'server/lib/more.js': "export * from './most';\n",
      'server/lib/most.ts': '',
      'node_modules/zod/install.sh': '#!/bin/sh\n',
      'node_modules/zod/lib/bin': ELF,
      'node_modules/.bin/zod': '#!/bin/sh\n',
      'assets/words.txt': 'no program\n',
      'server/index.d.ts': '',
      'test/a.test.js': '',
    });
    expect(findings).to.deep.equal([]);
  });

  const strange: [string, string, string | Buffer][] = [
    ['a shell script', 'setup.sh', 'true\n'],
    ['a script by its first line', 'server/run', '#!/usr/bin/env python3\n'],
    ['a script that says it is a text', 'notes.txt', '#!/bin/bash\n'],
    ['a compiled program, whatever its name', 'logo.png', ELF],
    ['code in another language', 'server/other.py', 'print()\n'],
    ['code that nothing loads', 'server/other.js', 'f();\n'],
    ['a file among packages', 'node_modules/file.js', 'f();\n'],
    ['a package without a package.json', 'node_modules/hidden/index.js', 'f();\n'],
    ['code in a folder of packages that has no metadata', 'deps/six.js', 'f();\n'],
    ['code in a vendor folder that nothing loads', 'server/vendor/lib.js', 'f();\n'],
    ['compiled Python without its source', 'server/__pycache__/a.cpython-312.pyc', 'x'],
  ];
  for (const [what, file, content] of strange) {
    it(`fails ${what}`, async () => {
      const { status, files } = await filesOf(bundleOf({ [file]: content }));
      expect(status).to.equal('fail');
      expect(files).to.deep.equal([file]);
    });
  }

  it('takes what a compiler leaves of types for no program', async () => {
    const { files } = await node('start();\n', {
      'server/types.js': '/** Types of the server. */\nexport {};\n',
      'server/types.ts': 'export interface Place {\n  name: string;\n}\n',
      'server/hidden.js': 'export {};\nfetch(process.argv[2]);\n',
      'server/again.js': "import './more.js';\nexport {};\n",
    });
    expect(files).to.deep.equal(['server/again.js', 'server/hidden.js']);
  });

  it('is not led around by what a folder is called', async () => {
    const attacks: [string, Changes, string][] = [
      ["import '../test/evil.js'", { 'test/evil.js': 'f()' }, 'test/evil.js'],
      ["require('./tests/deep')", { 'server/tests/deep/index.js': '' }, 'server/tests/deep/index.js'],
      ['import(process.argv[2])', { '__tests__/evil.js': '' }, '__tests__/evil.js'],
    ];
    for (const [index, files, file] of attacks) {
      const found = await node(index, files);
      expect(found.status, file).to.equal('fail');
      expect(found.files, file).to.deep.equal([file]);
    }
  });

  it('takes no compiled copy for the server’s own source', async () => {
    const file = '__pycache__/server.cpython-312.pyc';
    expect((await python('import os\n', { [file]: 'x' })).files).to.deep.equal([file]);
  });

  it('takes the code beside the server for no package’s, unless it lists it', async () => {
    const { files } = await python('import evil\n', {
      'manifest.json': JSON.stringify(
        certifiedManifest({ server: { ...pythonServer(), entry_point: 'src/main.py' } }),
      ),
      'src/main.py': 'import evil\n',
      'src/evil.py': '',
      'src/six-1.0.dist-info/METADATA': 'Name: six\nVersion: 1.0\n',
    });
    expect(files).to.include('src/evil.py');
  });

  it('fails by itself alone', async () => {
    const [before, after] = await Promise.all([
      scanOf(bundleOf()),
      scanOf(bundleOf({ 'setup.sh': 'true\n' })),
    ]);
    const changed = after.controls.filter(({ status }, index) => status !== before.controls[index]?.status);
    expect(changed.map(({ id }) => id)).to.deep.equal(['AI-05']);
  });

  const loading: [string, string, string][] = [
    ['require', "require('./a')", 'server/a.js'],
    ['import()', "import('./a/index.js')", 'server/a/index.js'],
    ['a folder', "require('./a')", 'server/a/index.js'],
    ['a worker', "new Worker(new URL('./a.js', import.meta.url))", 'server/a.js'],
    ['a path that is put together', "fork(path.join(__dirname, 'jobs', 'a.js'))", 'server/jobs/a.js'],
    ['a vendored copy', "import './vendor/a.js'", 'server/vendor/a.js'],
    ['what TypeScript will be called', "import './a.js'", 'server/a.ts'],
    [
      'a folder that it looks through',
      "for (const f of readdirSync('tools')) import(`./tools/\u0024{f}`)",
      'server/tools/a.js',
    ],
  ];
  for (const [what, index, file] of loading) {
    it(`knows what is loaded by ${what}`, async () => {
      expect((await node(index, { [file]: 'f();\n' })).files).to.deep.equal([]);
    });
  }

  it('blocks nothing where code computes what it loads', async () => {
    const { status, findings } = await node('import(process.argv[2])', { 'server/a.js': 'f();\n' });
    expect(status).to.equal('pass');
    expect(findings).to.deep.include({
      severity: 'low',
      file: 'server/a.js',
      line: null,
      title: 'Nothing that the manifest starts seems to load this JavaScript file',
      remedy: 'Leave it out with a line in .mcpbignore.',
      blocks: null,
    });
  });

  it('knows what a package.json gives a name to', async () => {
    const { files } = await node('', {
      'package.json': JSON.stringify({
        bin: { a: 'server/a.js' },
        exports: { '.': { import: './server/b.js' } },
      }),
      'server/a.js': "import './c.js'",
      'server/b.js': '',
      'server/c.js': '',
    });
    expect(files).to.deep.equal([]);
  });

  it('knows the modules of Python that are imported', async () => {
    const { files } = await python('from acme import tools\nimport acme.deep.er\nimport other\n', {
      'acme/__init__.py': '',
      'acme/tools.py': 'from . import near\nfrom .sub.mod import x\n',
      'acme/near.py': '',
      'acme/sub/__init__.py': '',
      'acme/sub/mod.py': '',
      'acme/deep/er.py': '',
      'other/__init__.py': '',
      'lib/tool.py': '',
      'pyproject.toml': '[project]\nname = "x"\nscripts = { x = "lib.tool:main" }\n',
    });
    expect(files).to.deep.equal([]);
    expect((await python('import os\n', { 'acme/unused.py': '' })).files).to.deep.equal(['acme/unused.py']);
    expect((await python('', { 'evil.pth': 'import os' })).files).to.deep.equal(['evil.pth']);
  });

  it('believes the metadata of Python’s packages, as far as it goes', async () => {
    const metadata = { 'deps/six-1.0.dist-info/METADATA': 'Name: six\nVersion: 1.0\n', 'deps/six.py': '' };
    expect((await python('import six', { ...metadata, 'deps/more.py': '' })).files).to.deep.equal([]);
    const record = { 'deps/six-1.0.dist-info/RECORD': 'six.py,sha256=x,1\nsix-1.0.dist-info/METADATA,,\n' };
    expect((await python('import six', { ...metadata, ...record })).files).to.deep.equal([]);
    const { files } = await python('import six', { ...metadata, ...record, 'deps/evil.py': '' });
    expect(files).to.deep.equal(['deps/evil.py']);
    const imported = await python('import evil', { ...metadata, ...record, 'deps/evil.py': '' });
    expect(imported.files).to.deep.equal(['deps/evil.py']);
  });

  it('ends with imports that go round', async () => {
    const { files } = await node("import './a.js'", {
      'server/a.js': "import './index.js'; import './a.js'",
    });
    expect(files).to.deep.equal([]);
  });
});
