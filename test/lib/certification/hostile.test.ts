import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import type { ScanLimits } from '../../../src/lib/certification/budget.ts';
import { CATALOGUE } from '../../../src/lib/certification/catalogue.ts';
import { type Control, control } from '../../../src/lib/certification/control.ts';
import { CONTROLS } from '../../../src/lib/certification/controls.ts';
import { namesOf } from '../../../src/lib/certification/parse/names.ts';
import { canonicalJson, type Report } from '../../../src/lib/certification/report.ts';
import { bundleOf, certifiedManifest, scanOf } from '../../support/certified-bundle.ts';
import { HOSTILE_ARCHIVES } from '../../support/hostile-archives.ts';

/** Reads all that can be read of every file, as the most curious control would. */
const curious = control<string>('CQ-02', {
  observe(file) {
    const { code, text = '' } = file;
    if (code === undefined || 'unparsable' in code)
      return code?.unparsable ?? String(file.lineAt(text.length));
    for (const each of code.expressions) namesOf(each);
    return 'parsed';
  },
  check: (_bundle, _context, observed) => ({
    findings: observed.map(({ path, observation }) => ({
      severity: 'info' as const,
      file: path,
      line: null,
      title: observation,
      remedy: '',
      blocks: null,
    })),
  }),
});

const CURIOUS: readonly Control[] = [...CONTROLS.filter(({ id }) => id !== 'CQ-02'), curious];

async function seen(bytes: Uint8Array, limits: Partial<ScanLimits> = {}): Promise<Record<string, string>> {
  const { controls } = await scanOf(bytes, {}, { controls: CURIOUS, limits });
  const found = controls.find(({ id }) => id === 'CQ-02');
  expect(found?.status, found?.reason ?? '').to.equal('pass');
  return Object.fromEntries(found?.findings.map(({ file, title }) => [file, title]) ?? []);
}

function expectWhole(report: Report): void {
  expect(report.controls.map(({ id }) => id)).to.deep.equal(CATALOGUE.map(({ id }) => id));
  expect(JSON.parse(canonicalJson(report))).to.have.property('level', report.level);
}

describe('a bundle that tries to break the scanner', () => {
  it('is graded 0 with the reason, whatever is wrong with the archive', async () => {
    for (const { what, bytes, code } of HOSTILE_ARCHIVES) {
      if (code.startsWith('MANIFEST_')) continue;
      const report = await scanOf(bytes);
      expectWhole(report);
      expect(report.level, what).to.equal(0);
      expect(report.controls[0]?.findings[0]?.title, what).to.contain(code);
      expect(new Set(report.controls.slice(1).map(({ status }) => status))).to.deep.equal(new Set(['error']));
    }
  }).timeout(60_000);

  it('is a report when it is no archive at all', async () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from('PK'), Buffer.alloc(4096, 0xff)]) {
      expect((await scanOf(bytes)).level).to.equal(0);
    }
  });

  it('has files that are too large to be parsed, and says so', async () => {
    // Random, since an archive that unpacks to many times its size is refused as such.
    const noise = randomBytes(3_000_000).toString('hex');
    const calls = noise.replace(/.{12}/g, 'f("$&");');
    const found = await seen(bundleOf({ 'server/minified.js': calls, 'server/line.py': `x = "${noise}"` }));
    expect(found).to.include({ 'server/minified.js': 'too-large', 'server/line.py': 'too-large' });
  });

  it('has code that is nested 100,000 deep', async () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    const found = await seen(bundleOf({ 'server/deep.js': deep, 'server/deep.json': deep }));
    expect(found['server/deep.js']).to.equal('too-deep');
    const report = await scanOf(bundleOf({ 'manifest.json': deep }));
    expect(report.controls[0]).to.deep.include({ id: 'AI-01', status: 'fail' });
  });

  it('has code that a parser would read in two ways at each of 60 places', async () => {
    const doubled = `${'<T>('.repeat(60)}1${')'.repeat(60)}`;
    const found = await seen(bundleOf({ 'server/a.ts': doubled, 'server/b.ts': 'f();\n' }), {
      stepMilliseconds: 500,
    });
    expect(found).to.include({ 'server/a.ts': 'too-slow', 'server/b.ts': 'parsed' });
  });

  it('has files that are no UTF-8', async () => {
    const bytes = Buffer.from('const a = "\xff\xfe\xc0\x80";\n\xed\xa0\x80\n', 'latin1');
    const found = await seen(
      bundleOf({ 'server/latin.js': bytes, 'server/latin.py': bytes, 'a.txt': bytes }),
    );
    expect(found['a.txt']).to.equal('3');
    expect(Object.keys(found)).to.include.members(['server/latin.js', 'server/latin.py']);
  });

  it('has keys that would change the prototype of every object', async () => {
    const json = JSON.stringify(certifiedManifest({ name: undefined }));
    const hostile = json.replace(/^\{/, '{"__proto__":{"name":"@acme/echo","polluted":1},');
    const report = await scanOf(bundleOf({ 'manifest.json': hostile, 'package-lock.json': hostile }));
    expectWhole(report);
    expect(report.bundle.name).to.equal(null);
    expect(report.controls[0]?.status).to.equal('fail');
    expect(({} as { polluted?: unknown }).polluted).to.equal(undefined);
  });

  it('names files as properties of objects are called', async () => {
    const found = await seen(
      bundleOf({ 'server/constructor': 'x', 'server/__proto__': 'x', 'server/toString.js': 'x' }),
    );
    expect(Object.keys(found)).to.include.members(['server/constructor', 'server/toString.js']);
    expect(namesOf).to.be.a('function');
  });

  it('is said the same of each time', async () => {
    const bytes = bundleOf({ 'server/x.sh': 'true', 'b.sh': 'true', 'a.sh': 'true' });
    const [one, other] = await Promise.all([scanOf(bytes), scanOf(bytes)]);
    expect(canonicalJson(one)).to.equal(canonicalJson(other));
    expect(one.bundle.files).to.be.greaterThan(8);
  });
});
