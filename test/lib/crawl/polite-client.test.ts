import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { PoliteClient, type PoliteClientOptions } from '../../../src/lib/crawl/polite-client.ts';
import { MpakError } from '../../../src/lib/errors.ts';

describe('asking a registry that limits how often it is asked', () => {
  let server: Server;
  let answer: (response: ServerResponse) => void;
  let slept: number[] = [];

  beforeEach(async () => {
    slept = [];
    server = createServer((_request, response) => answer(response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  async function refusal(
    work: (client: PoliteClient) => Promise<unknown>,
    limits: Pick<PoliteClientOptions, 'longestWaitMs' | 'answerMs'> = {},
  ): Promise<MpakError> {
    const client = new PoliteClient({
      registry: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
      userAgent: 'mpak-test',
      now: () => new Date('2026-03-01T00:00:00.000Z'),
      random: () => 0.5,
      sleep: async (ms) => {
        slept.push(ms);
      },
      ...limits,
    });
    try {
      await work(client);
    } catch (error) {
      if (error instanceof MpakError) return error;
      throw error;
    } finally {
      client.close();
    }
    throw new Error('it was not refused');
  }

  const limited = (retryAfter: string) => (response: ServerResponse) =>
    response.writeHead(429, { 'retry-after': retryAfter }).end();

  it('keeps nobody waiting for longer than they said, all pauses together', async () => {
    answer = limited('12');
    expect((await refusal((client) => client.get('/', 100), { longestWaitMs: 30_000 })).code).to.equal(
      'REGISTRY_BUSY',
    );
    expect(slept).to.have.length(2);
    slept = [];
    answer = limited('31');
    expect((await refusal((client) => client.get('/', 100), { longestWaitMs: 30_000 })).code).to.equal(
      'REGISTRY_BUSY',
    );
    expect(slept).to.deep.equal([]);
  });

  it('is slowed down by what the registry does not mean: no time, one that is over, or no number', async () => {
    for (const said of ['0', '-5', '1.5', 'Sat, 28 Feb 2026 00:00:00 GMT']) {
      slept = [];
      answer = limited(said);
      expect((await refusal((client) => client.get('/', 100))).code, said).to.equal('REGISTRY_BUSY');
      expect(slept, said).to.have.length(11);
      expect(slept.at(-1), said).to.be.greaterThan(30_000);
    }
  });

  it('gives up at once for a time that nobody waits for, however many digits it has', async () => {
    for (const said of ['86400', '99999999999', '9'.repeat(400)]) {
      answer = limited(said);
      expect((await refusal((client) => client.get('/', 100))).code, said.slice(0, 12)).to.equal(
        'REGISTRY_BUSY',
      );
    }
    expect(slept).to.deep.equal([]);
  });

  it('waits for no answer that trickles for ever', async () => {
    answer = (response) => {
      const drip = setInterval(() => response.write(' '), 5);
      response.on('close', () => clearInterval(drip));
    };
    const error = await refusal((client) => client.get('/', 1_000_000), { answerMs: 50 });
    expect(error.code).to.equal('NETWORK');
    expect(slept).to.have.length(3);
  });

  it('says that something is not there for 404 alone', async () => {
    answer = (response) => response.writeHead(410).end();
    expect((await refusal((client) => client.isThere('/v1/index/checkpoint'))).code).to.equal(
      'REGISTRY_ANSWER',
    );
  });
});
