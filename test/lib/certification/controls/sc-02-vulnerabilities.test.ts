import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import type { Context } from '../../../../src/lib/certification/context.ts';
import { canonicalJson } from '../../../../src/lib/certification/report.ts';
import { HttpClient } from '../../../../src/lib/remote/http-client.ts';
import { vulnerabilityFile } from '../../../../src/lib/vulnerabilities/database.ts';
import { FEED_FILES, type FeedName } from '../../../../src/lib/vulnerabilities/feeds.ts';
import { openVulnerabilityData, type VulnerabilityData } from '../../../../src/lib/vulnerabilities/lookup.ts';
import { updateVulnerabilities } from '../../../../src/lib/vulnerabilities/update.ts';
import { bundleOf, type Changes, resultOf, scanOf } from '../../../support/certified-bundle.ts';
import { affected, epssCsv, HIGH_VECTOR, kevJson, osvArchive, osvRecord } from '../../../support/osv.ts';
import { temporaryFolder } from '../../../support/temporary.ts';

const NOW = new Date('2026-11-24T00:00:00Z');
const ZOD = 'pkg:npm/zod@4.6.7';
const HIGH = { severity: [{ type: 'CVSS_V3', score: HIGH_VECTOR }] };
const other = osvRecord({ id: 'GHSA-zzzz', aliases: [], affected: [affected('left-pad')] });

/** The baseline's SBOM, with statements about vulnerabilities. */
function sbomWith(vulnerabilities: unknown): Changes {
  const component = (name: string, purl: string, version: string, group?: string) => ({
    type: 'library',
    'bom-ref': `ref-${name}`,
    ...(group && { group }),
    name,
    version,
    purl,
  });
  return {
    'sbom.cdx.json': JSON.stringify({
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      components: [
        component('zod', ZOD, '4.6.7'),
        component('sdk', 'pkg:npm/%40modelcontextprotocol/sdk@1.32.2', '1.32.2', '@modelcontextprotocol'),
      ],
      vulnerabilities,
    }),
  };
}

const statement = (analysis: object, changes: object = {}) =>
  sbomWith([{ id: 'CVE-2026-10001', analysis, affects: [{ ref: 'ref-zod' }], ...changes }]);
const NOT_REACHABLE = { state: 'not_affected', justification: 'code_not_reachable', detail: 'Never called.' };

function openVex(changes: object = {}, more: object = {}): Changes {
  return {
    'vex.json': JSON.stringify({
      '@context': 'https://openvex.dev/ns/v0.2.0',
      statements: [
        {
          vulnerability: { name: 'CVE-2026-10001' },
          products: [{ '@id': ZOD }],
          status: 'not_affected',
          justification: 'vulnerable_code_not_in_execute_path',
          ...changes,
        },
      ],
      ...more,
    }),
  };
}

describe('SC-02, known vulnerabilities', () => {
  const temporary = temporaryFolder();
  const http = new HttpClient({ userAgent: 'mpak/test' });
  let opened: VulnerabilityData | undefined;
  afterEach(() => opened?.close());
  after(() => http.close());

  /** A context with these records; EPSS and KEV know nothing of them unless it is said. */
  async function contextOf(
    records: readonly Record<string, unknown>[],
    feeds: Partial<Record<'epss' | 'kev', Buffer | null>> = {},
  ): Promise<Context> {
    const folder = path.join(temporary(), 'feeds');
    const all: Partial<Record<FeedName, Buffer | null>> = {
      'osv:npm': osvArchive([...records, other]),
      'osv:pypi': osvArchive([osvRecord({ affected: [affected('six', {}, 'PyPI')] })]),
      epss: epssCsv({ 'CVE-2020-0001': 0.5 }),
      kev: kevJson(['CVE-2020-0001']),
      ...feeds,
    };
    for (const [feed, content] of Object.entries(all)) {
      if (content === null) continue;
      const file = path.join(folder, FEED_FILES[feed as FeedName]);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, content as Buffer);
    }
    const file = vulnerabilityFile(temporary());
    await updateVulnerabilities({ file, origin: { folder }, http, now: NOW });
    opened = openVulnerabilityData(file, { now: NOW, maxAgeDays: 30 });
    const { vulnerabilities, epss, kev } = opened as VulnerabilityData;
    return { vulnerabilities, epss, kev };
  }

  async function judge(context: Context, changes: Changes = {}) {
    const { status, allows, reason, findings } = await resultOf(bundleOf(changes), 'SC-02', context);
    return { status, allows, reason, findings, titles: findings.map(({ title }) => title).join('\n') };
  }

  it('is skipped without data', async () => {
    const { status, allows, reason } = await judge({});
    expect({ status, allows }).to.deep.equal({ status: 'skip', allows: 1 });
    expect(reason).to.equal('There is no vulnerability data. `mpak vuln update` fetches it.');
  });

  it('passes the baseline, and says of which day the data is', async () => {
    const { status, titles } = await judge(await contextOf([]));
    expect({ status, titles }).to.deep.equal({
      status: 'pass',
      titles: '2 components were looked up in OSV of 2026-11-20, EPSS of 2026-11-23, KEV of 2026-11-22',
    });
  });

  it('takes records of one vulnerability together, whatever each of them calls it', async () => {
    const malware = osvRecord({ id: 'MAL-2026-1', aliases: ['GHSA-mmmm-mmmm-mmmm'], severity: undefined });
    const worst = { type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H' };
    const same = osvRecord({ id: 'GHSA-mmmm-mmmm-mmmm', aliases: [], severity: [worst] });
    const vex = {
      '@context': 'https://openvex.dev/ns/v0.2.0',
      statements: [
        {
          vulnerability: { name: 'GHSA-mmmm-mmmm-mmmm' },
          products: [{ '@id': 'pkg:npm/zod@4.6.7' }],
          status: 'not_affected',
          justification: 'vulnerable_code_not_present',
        },
      ],
    };
    const cleared = await judge(await contextOf([malware, same]), { 'vex.json': JSON.stringify(vex) });
    expect(cleared.status).to.equal('fail');
    opened?.close();
    const one = osvRecord({ id: 'GHSA-aaaa', aliases: ['CVE-2026-0001'], ...HIGH });
    const other = osvRecord({
      id: 'GHSA-bbbb',
      aliases: ['CVE-2026-0001', 'CVE-2026-0002'],
      severity: undefined,
    });
    const known = await contextOf([one, other], { kev: kevJson(['CVE-2026-0002']) });
    expect((await judge(known)).titles).to.contain('exploited');
  });

  it('fails a critical vulnerability, by itself alone', async () => {
    const context = await contextOf([osvRecord()]);
    const report = await scanOf(bundleOf(), context);
    const result = report.controls.find(({ id }) => id === 'SC-02');
    expect(result).to.deep.include({ status: 'fail', allows: 1 });
    expect(result?.findings[0]).to.deep.equal({
      severity: 'critical',
      file: 'node_modules/zod/package.json',
      line: null,
      title: 'zod 4.6.7 has GHSA-aaaa-bbbb-cccc (CVSS 9.8): Says too much.',
      remedy: 'Update it to 4.7.0 or later.',
      blocks: 2,
    });
    const before = await scanOf(bundleOf(), {
      ...context,
      vulnerabilities: { asOf: NOW.toISOString(), affecting: () => [] },
    });
    const changed = report.controls.filter(({ status }, index) => status !== before.controls[index]?.status);
    expect(changed.map(({ id }) => id)).to.deep.equal(['SC-02']);
  });

  it('fails a high one that is likely to be exploited, and lists it otherwise', async () => {
    const scores = [0.1, 0.11];
    const judged = [];
    for (const score of scores) {
      const context = await contextOf([osvRecord(HIGH)], { epss: epssCsv({ 'CVE-2026-10001': score }) });
      judged.push(await judge(context));
      opened?.close();
    }
    expect(judged.map(({ status }) => status)).to.deep.equal(['pass', 'fail']);
    expect(judged[0]?.titles).to.contain('CVSS 7.5, EPSS 0.1');
    expect(judged[0]?.findings[0]).to.include({ severity: 'high', blocks: null });
  });

  it('fails any that is known to be exploited', async () => {
    const low = osvRecord({ severity: undefined, database_specific: { severity: 'LOW' } });
    const context = await contextOf([low], { kev: kevJson(['CVE-2026-10001']) });
    const { status, titles } = await judge(context);
    expect(status).to.equal('fail');
    expect(titles).to.contain('CVSS 0.1, exploited');
  });

  it('fails a malicious package, whatever is said of it', async () => {
    const context = await contextOf([osvRecord({ id: 'MAL-2026-1', severity: undefined })]);
    expect((await judge(context, statement(NOT_REACHABLE))).status).to.equal('fail');
  });

  it('says one vulnerability once, by whatever names', async () => {
    const records = [
      osvRecord(),
      osvRecord({ id: 'SNYK-1', aliases: ['GHSA-aaaa-bbbb-cccc'], severity: undefined }),
    ];
    const { findings } = await judge(await contextOf(records));
    expect(findings.filter(({ blocks }) => blocks !== null)).to.have.length(1);
    expect(findings).to.have.length(2);
  });

  it('looks up what is carried along, whatever the SBOM says of it', async () => {
    const hidden = {
      'sbom.cdx.json': JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.6', components: [] }),
    };
    const context = await contextOf([osvRecord()]);
    expect((await judge(context, hidden)).status).to.equal('fail');
    expect((await judge(context, { 'sbom.cdx.json': null })).status).to.equal('fail');
  });

  it('looks up what the SBOM alone names', async () => {
    const context = await contextOf([osvRecord({ affected: [affected('bundled')] })]);
    const text = JSON.stringify({
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      components: [{ type: 'library', name: 'bundled', version: '1.0.0', purl: 'pkg:npm/bundled@1.0.0' }],
    });
    const { status, findings } = await judge(context, { 'sbom.cdx.json': text });
    expect(status).to.equal('fail');
    expect(findings[0]?.file).to.equal('sbom.cdx.json');
  });

  it('is skipped for what nobody has data of, and for an SBOM that cannot be read', async () => {
    const context = await contextOf([]);
    const text = JSON.stringify({
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      components: [{ type: 'library', name: 'openssl', version: '3.0', purl: 'pkg:deb/debian/openssl@3.0' }],
    });
    const unknown = await judge(context, { 'sbom.cdx.json': text });
    expect(unknown).to.include({
      status: 'skip',
      reason: 'There is no vulnerability data for debian/openssl 3.0.',
    });
    expect((await judge(context, { 'sbom.cdx.json': '{' })).reason).to.contain('cannot be looked up');
  });

  it('is skipped when what would decide is not there', async () => {
    const noEpss = await contextOf([osvRecord(HIGH)], { epss: null });
    expect(await judge(noEpss)).to.deep.include({ status: 'skip', allows: 1 });
    expect((await judge(noEpss)).reason).to.contain('no EPSS data');
    const critical = { ...noEpss, kev: undefined };
    expect((await judge(critical)).reason).to.contain('no CISA KEV data');
  });

  it('is skipped when the data is too old, and fails all the same by what is in it', async () => {
    const context = await contextOf([osvRecord()]);
    const { vulnerabilities } = context as { vulnerabilities: NonNullable<Context['vulnerabilities']> };
    const stale = { ...vulnerabilities, isStale: true };
    expect((await judge({ ...context, vulnerabilities: stale })).status).to.equal('fail');
    const empty = { ...stale, affecting: () => [] };
    const { status, reason } = await judge({ ...context, vulnerabilities: empty });
    expect(status).to.equal('skip');
    expect(reason).to.contain('OSV data is of 2026-11-20, which is too old');
  });

  const clearing: [string, Changes][] = [
    ['CycloneDX, by the CVE', statement(NOT_REACHABLE)],
    ['CycloneDX, by the advisory', statement(NOT_REACHABLE, { id: 'GHSA-aaaa-bbbb-cccc' })],
    ['CycloneDX, by a purl', statement(NOT_REACHABLE, { affects: [{ ref: ZOD }] })],
    ['OpenVEX', openVex()],
    [
      'OpenVEX of a part',
      openVex({ products: [{ '@id': 'pkg:mcp/echo@1.0.0', subcomponents: [{ '@id': ZOD }] }] }),
    ],
    ['OpenVEX by an alias', openVex({ vulnerability: { name: 'X-1', aliases: ['CVE-2026-10001'] } })],
  ];
  for (const [what, changes] of clearing) {
    it(`takes a justified statement for an answer: ${what}`, async () => {
      const { status, titles, findings } = await judge(await contextOf([osvRecord()]), changes);
      expect(status).to.equal('pass');
      expect(titles).to.match(
        /declared not to matter here: (code_not_reachable|vulnerable_code_not_in_execute_path)/,
      );
      expect(findings.every(({ blocks }) => blocks === null)).to.equal(true);
    });
  }

  const others: [string, Changes][] = [
    ['no justification', statement({ state: 'not_affected', detail: 'Trust me.' })],
    ['a justification that is none', statement({ state: 'not_affected', justification: 'constructor' })],
    ['another state', statement({ ...NOT_REACHABLE, state: 'in_triage' })],
    ['another vulnerability', statement(NOT_REACHABLE, { id: 'CVE-2026-10002' })],
    ['another component', statement(NOT_REACHABLE, { affects: [{ ref: 'ref-sdk' }] })],
    ['no component', statement(NOT_REACHABLE, { affects: [] })],
    ['another version', statement(NOT_REACHABLE, { affects: [{ ref: 'pkg:npm/zod@4.6.6' }] })],
    ['a purl without a version', statement(NOT_REACHABLE, { affects: [{ ref: 'pkg:npm/zod' }] })],
    ['nothing that is a list', sbomWith({ length: 1 })],
    ['OpenVEX without a justification', openVex({ justification: undefined, impact_statement: 'Fine.' })],
    ['OpenVEX of another status', openVex({ status: 'fixed' })],
    [
      'OpenVEX of another part',
      openVex({ products: [{ '@id': ZOD, subcomponents: [{ '@id': 'pkg:npm/a@1.0.0' }] }] }),
    ],
    ['no OpenVEX', openVex({}, { '@context': 'https://example.com' })],
    ['a statement of a package', { 'node_modules/zod/vex.json': openVex()['vex.json'] as string }],
  ];
  for (const [what, changes] of others) {
    it(`takes no answer from ${what}`, async () => {
      expect((await judge(await contextOf([osvRecord()]), changes)).status).to.equal('fail');
    });
  }

  it('says the same each time, and only lines that can be printed', async () => {
    const context = await contextOf([osvRecord({ summary: '\u001b[31mred\u202e', aliases: [] })]);
    const [one, same] = [await scanOf(bundleOf(), context), await scanOf(bundleOf(), context)];
    expect(canonicalJson(one)).to.equal(canonicalJson(same));
    expect(canonicalJson(one)).to.not.match(/\\u001b|\u202e/);
  });
});
