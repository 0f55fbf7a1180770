import { expect } from 'chai';
import { Budget, SCAN_LIMITS } from '../../../src/lib/certification/budget.ts';
import { archiveBundle, folderBundle } from '../../../src/lib/certification/bundle.ts';
import { kindOfContent, kindOfPath } from '../../../src/lib/certification/classify.ts';
import { lockfilesOf, sbomOf } from '../../../src/lib/certification/dependency-files.ts';
import { scanFolder } from '../../../src/lib/certification/scan.ts';
import { MpakError } from '../../../src/lib/errors.ts';
import { bundleOf, type Changes, certifiedManifest } from '../../support/certified-bundle.ts';
import { pythonServer, writeFiles } from '../../support/server-project.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const budget = (limits = {}) => new Budget({ ...SCAN_LIMITS, ...limits }, () => 0);
const open = (changes: Changes) => archiveBundle(bundleOf(changes), budget());
const originsIn = (changes: Changes) => {
  const bundle = open(changes);
  return Object.fromEntries(Object.keys(changes).map((name) => [name, bundle.file(name)?.origin]));
};

describe('a scanned bundle', () => {
  it('tells what is the publisher’s own from what is carried along', () => {
    expect(
      originsIn({
        'server/lib/own.js': '',
        'node_modules/zod/lib/a.js': '',
        'server/node_modules/zod/a.js': '',
        'server/node_modules/zod/package.json': '',
        'server/node_modules/hidden/a.js': '',
        'node_modules/.bin/a.js': '',
        'deps/six.py': '',
        'deps/six.txt': '',
        'server/vendor/a.py': '',
        'server/python/six.py': '',
        'server/python/six-1.0.dist-info/METADATA': '',
        'tests/test_a.py': '',
        'server/tests.py': '',
      }),
    ).to.deep.equal({
      'server/lib/own.js': 'own',
      'node_modules/zod/lib/a.js': 'vendored',
      'server/node_modules/zod/a.js': 'vendored',
      'server/node_modules/zod/package.json': 'vendored',
      'server/node_modules/hidden/a.js': 'own',
      'node_modules/.bin/a.js': 'own',
      'deps/six.py': 'own',
      'deps/six.txt': 'vendored',
      'server/vendor/a.py': 'own',
      'server/python/six.py': 'vendored',
      'server/python/six-1.0.dist-info/METADATA': 'vendored',
      'tests/test_a.py': 'test',
      'server/tests.py': 'own',
    });
  });

  it('takes what the manifest starts for the publisher’s own, wherever it is', () => {
    const server = { ...pythonServer(), entry_point: 'deps/main.py' };
    const found = originsIn({
      'manifest.json': JSON.stringify(certifiedManifest({ server })),
      'deps/main.py': '',
      'deps/other.py': '',
      'deps/six-1.0.dist-info/METADATA': '',
      'server.py': '',
    });
    expect(found).to.include({ 'deps/main.py': 'own', 'deps/other.py': 'vendored', 'server.py': 'own' });
  });

  it('knows a program and a script by what they begin with', () => {
    const kind = (name: string, content: string) =>
      kindOfContent(Buffer.from(content, 'latin1'), kindOfPath(name));
    expect(kind('a', '#!/usr/bin/env -S node --x\n')).to.equal('javascript');
    expect(kind('a', '#!/usr/bin/python3.12\n')).to.equal('python');
    expect(kind('a.txt', '#!/bin/dash\n')).to.equal('shell');
    expect(kind('a', '#!/usr/bin/awk -f\n')).to.equal('script');
    expect(kind('a.json', `\x7fELF${'\0'.repeat(60)}`)).to.equal('program');
    expect(kind('libx.so.1.2', '')).to.equal('program');
    expect(kind('a', 'a\0b')).to.equal('binary');
    expect(kind('a', 'words')).to.equal('text');
  });

  it('finds its lockfiles and its SBOM, and none of a package', () => {
    const bundle = open({ 'node_modules/zod/package-lock.json': '{}', 'server/uv.lock': '' });
    expect(lockfilesOf(bundle).map(({ file }) => file.path)).to.deep.equal([
      'package-lock.json',
      'server/uv.lock',
    ]);
    expect(sbomOf(bundle)?.name).to.equal('sbom.cdx.json');
  });

  it('reads JSON that leads to nothing that is not in it', () => {
    const bundle = open({
      'a.json': '{"__proto__": {"a": 1}, "b": {}}',
      'c.json': '[',
      'd.json': '"\\ud800"',
    });
    const read = bundle.readJson('a.json');
    const { json } = read as { json: Record<string, unknown> };
    expect(json.a).to.equal(undefined);
    expect(json.constructor).to.equal(undefined);
    expect(Object.keys(json)).to.deep.equal(['__proto__', 'b']);
    expect(bundle.readJson('c.json')).to.deep.equal({ problem: 'is not JSON in UTF-8' });
    expect(bundle.readJson('d.json')).to.have.property('json');
    expect(bundle.readJson('e.json')).to.equal(undefined);
  });

  it('unpacks no more than its budget', () => {
    const bundle = archiveBundle(bundleOf({ 'a.txt': 'x'.repeat(3000) }), budget({ inflatedBytes: 8000 }));
    bundle.read('a.txt');
    expect(() => {
      for (let count = 0; count < 4; count += 1) bundle.read('a.txt');
    }).to.throw(/More than 8000 bytes/);
  });
});

describe('a folder', () => {
  const temporary = temporaryFolder();
  const options = { scanner: { name: 'mpak', version: '0.0.0' }, at: new Date(0) };

  it('is scanned as it would be packed', async () => {
    const folder = temporary();
    writeFiles(folder, {
      'manifest.json': JSON.stringify(certifiedManifest()),
      'server/index.js': 'f();\n',
      '.env': 'SECRET=1\n',
    });
    const { bundle, controls } = await scanFolder(folder, options);
    expect(bundle).to.deep.equal({
      name: '@acme/echo',
      version: '1.0.0',
      sha256: null,
      size: null,
      files: 2,
    });
    expect(controls.find(({ id }) => id === 'AI-01')?.status).to.equal('pass');
  });

  it('is refused when it is none, or cannot become a bundle', async () => {
    const folder = temporary();
    writeFiles(folder, { 'manifest.json': '{}', 'server/NUL': '' });
    for (const [place, code] of [
      [folder, 'BUNDLE_INVALID'],
      [`${folder}/none`, 'NOT_FOUND'],
      [`${folder}/server`, 'MANIFEST_MISSING'],
    ] as const) {
      expect(() => folderBundle(place, budget()))
        .to.throw(MpakError)
        .with.property('code', code);
    }
  });
});
