import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { scanContext } from '../../../registry/scans/context.ts';
import { keptProof } from '../../../registry/scans/kept-proof.ts';
import type { Order } from '../../../registry/scans/order.ts';
import { announcedScorecard } from '../../../registry/scans/scorecard.ts';
import type { VerifiedProvenance } from '../../../src/lib/certification/context.ts';
import { scorecardsFrom } from '../../../src/lib/certification/scorecard.ts';
import { openMemoryIndex } from '../../../src/lib/index/open.ts';
import type { Provenance } from '../../../src/lib/log/entry.ts';
import { GITHUB_ISSUER } from '../../../src/lib/provenance/policy.ts';
import { openVulnerabilities } from '../../../src/lib/vulnerabilities/database.ts';
import { provenance } from '../../lib/index/log-entries.ts';
import { localSigstore, SHA256 } from '../../lib/provenance/local.ts';
import { DEFAULT_CLAIMS } from '../../support/sigstore.ts';
import { sharedFolder } from '../support/shared-folder.ts';

/** Who announced it, as the certificate of the local Sigstore says. */
function announcedBy(changes: Partial<Provenance> = {}): Provenance {
  const { owner_id, repository, ref, commit } = DEFAULT_CLAIMS;
  const known = provenance('Acme', owner_id, repository);
  return { ...known, sha: commit, claims: { ...known.claims, ref }, ...changes };
}

describe('what a registry’s scan knows of a release', () => {
  const local = localSigstore();
  const job = { package: '@acme/echo', sha256: SHA256 };
  const trust = { root: async () => local.root, issuer: GITHUB_ISSUER };

  async function kept(document: unknown, announced: Provenance | null = announcedBy()) {
    const db = openMemoryIndex();
    if (document !== undefined) {
      const bytes = Buffer.from(JSON.stringify(document));
      db.prepare('INSERT INTO attestations (sha256, document) VALUES (?, ?)').run(SHA256, bytes);
    }
    try {
      return await keptProof(db, job, announced, trust);
    } finally {
      db.close();
    }
  }
  const attested = async () => ({
    attestations: [{ bundle: await local.sigstore.attest({ sha256: SHA256 }, {}) }],
  });

  it('is what the attestation proves that was kept', async () => {
    expect(await kept(await attested())).to.deep.include({
      subjectSha256: SHA256,
      issuer: GITHUB_ISSUER,
      sourceRepository: `https://github.com/${DEFAULT_CLAIMS.repository}`,
      sourceCommit: DEFAULT_CLAIMS.commit,
    });
  });

  it('is nothing where none was kept, or nobody announced it', async () => {
    expect(await kept(undefined)).to.equal(undefined);
    expect(await kept(await attested(), null)).to.equal(undefined);
  });

  it('is that none verifies, when it is of another commit or repository, or forged', async () => {
    const document = await attested();
    expect(await kept(document, announcedBy({ sha: 'e'.repeat(40) }))).to.equal(null);
    expect(await kept(document, announcedBy({ repository: 'Acme/other' }))).to.equal(null);
    const forged = JSON.parse(JSON.stringify(document));
    forged.attestations[0].bundle.dsseEnvelope.payload = Buffer.from('{}').toString('base64');
    expect(await kept(forged)).to.equal(null);
  });
});

describe('the context of a registry’s scan', () => {
  const folder = sharedFolder();
  const order = (changes: Partial<Order> = {}): Order => ({
    file: 'a',
    sha256: SHA256,
    at: '2026-01-01T00:00:00.000Z',
    provenance: announcedBy(),
    approvedSources: { npm: ['https://packages.example.com/'] },
    vulnerabilities: null,
    maxAgeDays: 30,
    memoryBytes: 1,
    timeoutMs: 1,
    ...changes,
  });

  it('has what the worker was told', () => {
    const { context, sources } = scanContext(order({ attestation: null }));
    expect(context.registry).to.include({ owner: 'Acme', commit: DEFAULT_CLAIMS.commit });
    expect(context.attestation).to.equal(null);
    expect(context.approvedSources?.get('npm')).to.deep.equal(['https://packages.example.com/']);
    expect(context.vulnerabilities).to.equal(undefined);
    expect(sources).to.deep.equal({});
  });

  it('refuses to judge without the vulnerability data that is configured', () => {
    const file = path.join(folder(), 'vulnerabilities.db');
    expect(() => scanContext(order({ vulnerabilities: file }))).to.throw('no vulnerability data');
    openVulnerabilities(file).close();
    expect(scanContext(order({ vulnerabilities: file })).context.vulnerabilities).to.equal(undefined);
  });

  it('holds data for known for as long as the operator says', () => {
    const file = path.join(folder(), 'aged.db');
    const db = openVulnerabilities(file);
    const feed = db.prepare(
      "INSERT INTO feed VALUES (?, 'a', '2025-12-01T00:00:00Z', '2025-12-01T00:00:00Z', 1)",
    );
    for (const name of ['osv:npm', 'epss', 'kev']) feed.run(name);
    db.close();
    for (const [maxAgeDays, isStale] of [
      [30, true],
      [31, false],
    ] as const) {
      const { vulnerabilities, epss, kev } = scanContext(
        order({ vulnerabilities: file, maxAgeDays }),
      ).context;
      expect([vulnerabilities, epss, kev].map((each) => each?.isStale)).to.deep.equal(Array(3).fill(isStale));
    }
  });

  it('has the Scorecard of the repository that announced it, and of no other', async () => {
    const answer = { score: 7, checks: { 'Branch-Protection': 5 } };
    const { context } = scanContext(order({ scorecard: { repository: 'github.com/Acme/echo', answer } }));
    const expected = { score: 7, checks: new Map([['Branch-Protection', 5]]) };
    expect(await context.scorecard?.of('github.com/acme/echo')).to.deep.equal(expected);
    expect(await context.scorecard?.of('github.com/healthy/other')).to.equal(null);
    expect(scanContext(order()).context.scorecard).to.equal(undefined);
  });
});

describe('the Scorecard of what was announced', () => {
  const folder = sharedFolder();
  const result = (name: string) => ({
    repo: { name },
    score: 8,
    checks: [{ name: 'Branch-Protection', score: 6 }],
  });
  const expected = { score: 8, checks: { 'Branch-Protection': 6 } };

  it('is looked for by the repository of the announcement, or of the attestation where there is one', async () => {
    for (const name of ['github.com/acme/echo', 'code.example.com/acme/echo']) {
      const file = path.join(folder(), `${name}.json`);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, JSON.stringify(result(name)));
    }
    const source = scorecardsFrom(folder(), 'mpak');
    const announced = announcedBy({ repository: 'Acme/echo' });
    expect(await announcedScorecard(source, announced, undefined, false)).to.deep.equal({
      repository: 'github.com/Acme/echo',
      answer: expected,
    });
    const attestation = { sourceRepository: 'https://code.example.com/Acme/echo' } as VerifiedProvenance;
    expect(await announcedScorecard(source, announced, attestation, false)).to.deep.equal({
      repository: 'code.example.com/Acme/echo',
      answer: expected,
    });
    const other = announcedBy({ repository: 'Acme/other' });
    expect(await announcedScorecard(source, other, null, false)).to.deep.include({ answer: null });
    expect(await announcedScorecard(source, null, null, false)).to.equal(undefined);
  });

  it('is asked for again when nobody answers, and in the end done without, with no word of where', async () => {
    const source = scorecardsFrom('http://127.0.0.1:9/{repository}', 'mpak');
    const announced = announcedBy({ repository: 'Acme/echo' });
    const error = await announcedScorecard(source, announced, null, false).catch((thrown: Error) => thrown);
    expect(error)
      .to.be.instanceOf(Error)
      .and.have.property('message')
      .that.matches(/127\.0\.0\.1/);
    const last = await announcedScorecard(source, announced, null, true);
    expect(JSON.stringify(last))
      .to.match(/could not get the Scorecard/)
      .and.not.match(/127/);
  });
});
