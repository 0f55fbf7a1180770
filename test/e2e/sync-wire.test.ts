import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { sharedFolder } from '../registry/support/shared-folder.ts';
import { mpak, mpakRegistry } from '../support/cli.ts';
import { CountingProxy } from '../support/counting-proxy.ts';
import { readRecords, recordsToEntries } from '../support/records.ts';
import { type RegistryProcess, startRegistry } from '../support/registry.ts';

describe('what a sync sends and receives', () => {
  const folder = sharedFolder();
  let registry: RegistryProcess;
  let proxy: CountingProxy;
  let lines: string[];

  before(async function () {
    this.timeout(60_000);
    const records = readRecords(new URL('../fixtures/records.ndjson.gz', import.meta.url));
    lines = recordsToEntries(records).map((entry) => `${JSON.stringify(entry)}\n`);
    await importLines(0, 300);
    registry = await startRegistry({ data: path.join(folder(), 'registry') });
    proxy = await CountingProxy.start(registry.url);
    await sync();
  });
  after(async () => {
    await proxy.close();
    await registry.stop();
  });

  async function importLines(from: number, to: number): Promise<void> {
    const file = path.join(folder(), 'entries.ndjson');
    writeFileSync(file, lines.slice(from, to).join(''));
    const { status, stderr } = await mpakRegistry([
      'import',
      file,
      '--data',
      path.join(folder(), 'registry'),
    ]);
    expect(status, stderr).to.equal(0);
  }

  async function sync(): Promise<{ stdout: string; bytes: number; requests: number }> {
    const { bytes, requests } = proxy;
    const { status, stdout, stderr } = await mpak(folder(), ['sync'], { MPAK_REGISTRY_URL: proxy.url });
    expect(status, stderr).to.equal(0);
    return { stdout, bytes: proxy.bytes - bytes, requests: proxy.requests - requests };
  }

  it('is one request and less than two kilobytes when nothing is new', async () => {
    const { stdout, bytes, requests } = await sync();
    expect(stdout).to.include('Up to date');
    expect(requests).to.equal(1);
    expect(bytes).to.be.lessThan(2_000);
  });

  it('is at most 96 kB for 256 real packages that are new', async () => {
    await importLines(300, 556);
    const { stdout, bytes, requests } = await sync();
    expect(stdout).to.include('Synced 256 new log entries');
    expect(requests).to.equal(3);
    expect(bytes).to.be.lessThan(96_000);
  });
});
