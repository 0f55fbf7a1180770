import { expect } from 'chai';
import { permissions } from '../../../../src/lib/certification/controls/cd-02-permissions.ts';
import { bundleWithManifest, type Changes, scanOf } from '../../../support/certified-bundle.ts';

const NONE = { filesystem: 'none', network: 'none', environment: 'none', subprocess: 'none', native: 'none' };

async function judged(declared: unknown, files: Changes, manifest: Readonly<Record<string, unknown>> = {}) {
  const bytes = bundleWithManifest(
    { _meta: { 'org.mpaktrust': { permissions: declared } }, ...manifest },
    files,
  );
  const { controls } = await scanOf(bytes, {}, { controls: [permissions] });
  const result = controls.find(({ id }) => id === 'CD-02');
  if (result === undefined) throw new Error('not judged');
  return result;
}

const javascript = (text: string, declared: unknown = NONE) => judged(declared, { 'server/more.js': text });
const python = (text: string, declared: unknown = NONE) => judged(declared, { 'server/more.py': text });

describe('CD-02, permissions', () => {
  it('passes a server that does what it declares', async () => {
    const full = {
      filesystem: 'write',
      network: 'full',
      environment: ['ACME_TOKEN'],
      subprocess: ['git'],
      native: 'full',
    };
    const text =
      "import fs from 'node:fs';\nimport { execFile } from 'node:child_process';\nimport koffi from 'koffi';\n" +
      "execFile('/usr/bin/git', []);\nfs.writeFileSync('a', process.env.ACME_TOKEN);\nfetch('https://acme.example');\n";
    const result = await javascript(text, full);
    expect(result.findings).to.deep.equal([]);
    expect(result.status).to.equal('pass');
    expect(await javascript('start();\n')).to.include({ status: 'pass', allows: 4 });
  });

  it('fails a manifest without permissions, and one that leaves out any or has others', async () => {
    for (const [declared, title] of [
      [undefined, 'The manifest does not declare what the server may do'],
      [{ ...NONE, native: undefined }, 'The permission native is not declared'],
      [{ ...NONE, network: 'some' }, 'The permission network is none of none, outbound, inbound, full'],
      [{ ...NONE, subprocess: [1] }, 'The permission subprocess is none of none, full, or a list of names'],
      [{ ...NONE, filesystem: ['/tmp'] }, 'The permission filesystem is none of none, read, write, full'],
    ] as const) {
      const { status, findings } = await judged(declared, {});
      expect(status).to.equal('fail');
      expect(findings.map((each) => each.title)).to.deep.equal([title]);
    }
  });

  const blocking: readonly [string, () => ReturnType<typeof judged>, RegExp][] = [
    [
      'a program',
      () => javascript("import { execFile as run } from 'child_process';\nrun('git', []);"),
      /The program "git" is run/,
    ],
    [
      'a program that is not among those',
      () => javascript("require('child_process').spawn('curl');", { ...NONE, subprocess: ['git'] }),
      /"curl"/,
    ],
    [
      'a program of any name',
      () =>
        javascript("import { spawn } from 'child_process';\nexport const f = (x) => spawn(x);", {
          ...NONE,
          subprocess: ['git'],
        }),
      /Programs are run/,
    ],
    [
      'two programs in a shell',
      () => javascript("require('child_process').exec('git log; curl a');", { ...NONE, subprocess: ['git'] }),
      /Programs are run/,
    ],
    [
      'what can run programs, handed on',
      () => javascript("export * from 'node:child_process';"),
      /Programs are run/,
    ],
    ['a program in Python', () => python('import subprocess\nsubprocess.run(["git", "log"])'), /"git"/],
    ['os.system', () => python('from os import system\nsystem("git log")'), /"git"/],
    ['native code that is loaded', () => python('import ctypes\n'), /ctypes/],
    ['native code by process.dlopen', () => javascript("process.dlopen(module, 'a');"), /process\.dlopen/],
    [
      'a secret of the environment',
      () => javascript('export default process.env.AWS_SECRET_ACCESS_KEY;'),
      /AWS_SECRET_ACCESS_KEY/,
    ],
    [
      'a secret by another name for the environment',
      () => javascript("const { env } = process;\nexport default env['GITHUB_' + 'TOKEN'];"),
      /GITHUB_TOKEN/,
    ],
    [
      'a secret of the environment, destructured',
      () => javascript('const { API_KEY: k } = process.env;\nexport default k;'),
      /API_KEY/,
    ],
    [
      'a secret of the environment in Python',
      () => python('import os\na = os.environ.get("DB_PASSWORD")'),
      /DB_PASSWORD/,
    ],
    [
      'a secret by os.getenv',
      () => python('from os import getenv\na = getenv("SLACK_TOKEN")'),
      /SLACK_TOKEN/,
    ],
    [
      'keys of the user',
      () =>
        javascript(
          "import fs from 'fs';\nimport os from 'os';\nimport path from 'path';\nfs.readFileSync(path.join(os.homedir(), '.ssh', 'id_rsa'));",
          { ...NONE, filesystem: 'write' },
        ),
      /It opens "(?:\.ssh|id_rsa)"/,
    ],
    [
      'what runs in each shell of the user',
      () =>
        javascript(
          "import fs from 'fs';\nimport os from 'os';\nfs.appendFileSync(os.homedir() + '/.bashrc', 'true');",
          { ...NONE, filesystem: 'write' },
        ),
      /It opens "\/\.bashrc"/,
    ],
    [
      'keys of the user by a path that is joined',
      () =>
        javascript(
          "import fs from 'fs';\nimport os from 'os';\nimport path from 'path';\nfs.readFileSync(path.join(os.homedir(), ['.', 'ssh'].join(''), 'config'));",
          { ...NONE, filesystem: 'write' },
        ),
      /It opens "\.ssh"/,
    ],
    ['Bun’s shell', () => javascript('await Bun.$`ls`;'), /is run|are run/],
    [
      'programs by a built-in module',
      () => javascript("process.getBuiltinModule('child_process').execFileSync('curl', ['a']);"),
      /"curl" is run/,
    ],
    [
      'keys of the user in Python',
      () =>
        python(
          'from pathlib import Path\nkey = Path.home() / ".aws" / "credentials"\nprint(key.read_text())',
          { ...NONE, filesystem: 'read' },
        ),
      /It opens "\.aws"/,
    ],
    [
      'keys of the user by a list',
      () =>
        python(
          'import os\nfor name in ["a", "~/.ssh/id_rsa"]:\n    print(open(os.path.expanduser(name)).read())',
          { ...NONE, filesystem: 'read' },
        ),
      /It opens "~\/\.ssh\/id_rsa"/,
    ],
  ];
  for (const [what, judge, title] of blocking) {
    it(`refuses ${what} that is not declared`, async () => {
      const { status, allows, findings } = await judge();
      const blocks = findings.filter(({ blocks }) => blocks === 2);
      expect(blocks.map((each) => each.title).join('\n')).to.match(title);
      expect({ status, allows }).to.deep.equal({ status: 'fail', allows: 1 });
    });
  }

  it('refuses native code in packages that is not declared', async () => {
    const program = Buffer.from(`\x7fELF${'\0'.repeat(60)}`, 'latin1');
    const files = {
      'node_modules/zod/build/a.node': program,
      'deps/b.cpython-312-x86_64-linux-gnu.so': program,
    };
    const { status, findings } = await judged(NONE, files);
    expect(status).to.equal('fail');
    expect(findings.map(({ file }) => file)).to.deep.equal(Object.keys(files).sort());
    expect(await judged({ ...NONE, native: 'full' }, files)).to.include({ status: 'pass' });
  });

  it('tells of files, network and other variables, and blocks nothing for them', async () => {
    const { status, allows, findings } = await javascript(
      "import fs from 'fs/promises';\nawait fs.rm('a');\nfetch('https://acme.example');\nimport http from 'http';\nhttp.createServer();\nexport default process.env.ACME_PLACE;",
    );
    expect({ status, allows }).to.deep.equal({ status: 'pass', allows: 4 });
    expect(findings.map(({ line, blocks }) => [line, blocks])).to.deep.equal([
      [2, null],
      [3, null],
      [5, null],
      [6, null],
    ]);
  });

  it('asks nothing for variables that the manifest gives, or that say how a process runs', async () => {
    const server = {
      type: 'node',
      entry_point: 'server/index.js',
      mcp_config: { command: 'node', args: [], env: { ACME_TOKEN: 'a' } },
    };
    const files = { 'server/more.js': 'export default [process.env.ACME_TOKEN, process.env.NODE_ENV];' };
    const { findings } = await judged(NONE, files, { server });
    expect(findings).to.deep.equal([]);
  });

  it('takes what packages and tests do, and what only looks alike, for nothing', async () => {
    const hostile = "require('child_process').execSync('curl a');";
    const files = {
      'node_modules/zod/more.js': hostile,
      'tests/a.js': hostile,
      'server/more.js':
        "const DENIED = ['.ssh', '.aws'];\nexport const isDenied = (name) => DENIED.some((each) => name.includes(each));\nexport const env = { env: { API_KEY: 1 } }.env.API_KEY;",
    };
    expect((await judged(NONE, files)).findings).to.deep.equal([]);
  });
});
