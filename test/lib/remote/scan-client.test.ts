import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { fetchFindings } from '../../../src/lib/remote/scan-client.ts';
import { bundleWithManifest, scanOf } from '../../support/certified-bundle.ts';

describe('what a registry found, before an installation', () => {
  let server: Server;
  let url: URL;
  let asked: string[] = [];
  let answer: (response: ServerResponse) => void = (response) => response.end();

  before(async () => {
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      answer(response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    asked = [];
  });

  const fetched = (sha256: string, level: number) => {
    const artifact = { sha256 };
    return fetchFindings(url, 'mpak/0', { name: '@acme/echo', version: '1.0.0+a', artifact }, level);
  };

  it('is the worst of its report, of these bytes and this level', async () => {
    const report = await scanOf(bundleWithManifest({ name: 'echo', version: '1', author: { name: 'Acme' } }));
    const { sha256 } = report.bundle;
    const artifacts = [
      { digest: `sha256:${'1'.repeat(64)}`, report: null },
      { digest: `sha256:${sha256}`, level: 0, report },
      { digest: `sha256:${'0'.repeat(64)}`, report },
    ];
    answer = (response) => response.end(JSON.stringify({ name: '@acme/echo', version: '1', artifacts }));
    const findings = (await fetched(sha256 ?? '', 0)) ?? expect.fail();
    expect(findings.length).to.be.within(2, 3);
    expect(findings[0]).to.deep.include({ control: 'AI-01', severity: 'high', file: 'manifest.json' });
    const digest = encodeURIComponent(`sha256:${sha256}`);
    expect(asked).to.deep.equal([`/v1/bundles/@acme/echo/versions/1.0.0%2Ba/scan?digest=${digest}`]);
    expect(await fetched(sha256 ?? '', 1)).to.equal(null);
    expect(await fetched('0'.repeat(64), 0)).to.equal(null);
  });

  it('is text that breaks nothing, whatever a registry says', async () => {
    const finding = (title: string, severity = 'critical') => ({ severity, file: null, line: null, title });
    const sha256 = '0'.repeat(64);
    const answerWith = (findings: unknown) => (response: ServerResponse) =>
      response.end(
        `{"artifacts": [{"digest": "sha256:${sha256}", "report": ${JSON.stringify({
          ...{ bundle: { sha256 }, level: 0 },
          controls: [{ id: '__proto__', findings }],
        })}}]}`,
      );
    answer = answerWith([finding(`${'a'.repeat(999)}\u{1f600}`), finding('b', 'low'), finding('c', 'high')]);
    const found = (await fetched(sha256, 0)) ?? expect.fail();
    expect(found.map(({ severity }) => severity)).to.deep.equal(['critical', 'high', 'low']);
    expect(found[0]?.title.isWellFormed()).to.equal(true);
    for (const wrong of ['x', [{}], [finding('a', 'worst')], { length: 1 }, '['.repeat(1e6)]) {
      answer = answerWith(wrong);
      expect(await fetched(sha256, 0)).to.equal(null);
    }
    answer = (response) => response.end('['.repeat(4e6));
    expect(await fetched(sha256, 0)).to.equal(null);
  });

  it('is not waited for when it comes in drops', async () => {
    const timers: NodeJS.Timeout[] = [];
    answer = (response) => {
      timers.push(setInterval(() => response.write(' '), 50));
    };
    const started = performance.now();
    expect(await fetched('0'.repeat(64), 0)).to.equal(null);
    expect(performance.now() - started).to.be.below(5_000);
    for (const timer of timers) clearInterval(timer);
  });

  it('is nothing when it is no report, too long, or not there', async () => {
    const answers: ((response: ServerResponse) => void)[] = [
      (response) => response.end('{"level": 0}'),
      (response) => response.end('not JSON'),
      (response) => response.writeHead(404).end('{}'),
      (response) => response.writeHead(503).end(),
      (response) => response.end(Buffer.alloc(9 * 1024 * 1024, 0x20)),
      (response) => response.destroy(),
    ];
    for (answer of answers) expect(await fetched('0'.repeat(64), 0)).to.equal(null);
    expect(asked).to.have.length(answers.length);
  });
});
