/**
 * Speaks to a server over its standard input and output, as far as it takes to hear which tools it has: initialize,
 * then tools/list (https://modelcontextprotocol.io/specification). All that it answers is hostile.
 */
import type { Readable, Writable } from 'node:stream';
import { z } from 'zod';

const PROTOCOL_VERSION = '2025-06-18';
const MAX_LINE_BYTES = 4 * 1024 * 1024;
const MAX_PAGES = 20;
const MAX_TOOLS = 2000;
const LONGEST_NAME = 200;

const messageSchema = z.looseObject({
  id: z.union([z.string(), z.number()]).optional(),
  method: z.string().optional(),
  result: z.unknown().optional(),
  error: z.unknown().optional(),
});
const toolsSchema = z.object({
  tools: z.array(z.object({ name: z.string().max(LONGEST_NAME) })).max(MAX_TOOLS),
  nextCursor: z.string().max(4096).optional(),
});

/** Why a server cannot be spoken to, a sentence without its full stop. */
export class BadAnswer extends Error {
  override readonly name = 'BadAnswer';
}

interface Streams {
  readonly stdin: Writable;
  readonly stdout: Readable;
}

/**
 * @param signal ends the waiting
 * @returns the names of its tools
 * @throws BadAnswer
 */
export async function listTools(streams: Streams, signal: AbortSignal): Promise<string[]> {
  const session = await initialize(streams, signal);
  const names: string[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const answer = await session.request('tools/list', cursor === undefined ? {} : { cursor });
    const read = toolsSchema.safeParse(answer);
    if (!read.success) throw new BadAnswer('It answers tools/list with something else than a list of tools');
    names.push(...read.data.tools.map(({ name }) => name));
    cursor = read.data.nextCursor;
    if (cursor === undefined) return names;
  }
  throw new BadAnswer('Its list of tools does not end');
}

/** @throws BadAnswer when it does not answer */
export async function initialize(streams: Streams, signal: AbortSignal): Promise<Session> {
  const session = new Session(streams, signal);
  await session.request('initialize', {
    protocolVersion: PROTOCOL_VERSION,
    capabilities: {},
    clientInfo: { name: 'mpak', version: '1.0.0' },
  });
  session.send({ method: 'notifications/initialized' });
  return session;
}

class Session {
  readonly #streams: Streams;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #rest = Buffer.alloc(0);
  #failure: BadAnswer | undefined;
  #last = 0;

  constructor(streams: Streams, signal: AbortSignal) {
    this.#streams = streams;
    streams.stdin.on('error', () => undefined);
    streams.stdout.on('error', () => undefined);
    streams.stdout.on('data', (chunk: Buffer) => this.#receive(chunk));
    streams.stdout.on('end', () => this.#fail('It ends before it has answered'));
    signal.addEventListener('abort', () => this.#fail('It does not answer in time'), { once: true });
  }

  send(message: Readonly<Record<string, unknown>>): void {
    if (this.#streams.stdin.writable)
      this.#streams.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  }

  request(method: string, params: unknown): Promise<unknown> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#last += 1;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(this.#last, waiting);
    this.send({ id: this.#last, method, params });
    return waiting.promise;
  }

  #receive(chunk: Buffer): void {
    if (this.#failure !== undefined) return;
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (let end = this.#rest.indexOf(10); end !== -1; end = this.#rest.indexOf(10)) {
      const line = this.#rest.subarray(0, end).toString('utf8');
      this.#rest = this.#rest.subarray(end + 1);
      this.#message(line);
    }
    if (this.#rest.length > MAX_LINE_BYTES) this.#fail('It answers with a line without end');
  }

  /** What is no message is passed over: clients do so too. */
  #message(line: string): void {
    let json: unknown;
    try {
      json = JSON.parse(line);
    } catch {
      return;
    }
    const read = messageSchema.safeParse(json);
    if (!read.success) return;
    const { id, method, result, error } = read.data;
    if (method !== undefined) {
      if (id !== undefined) this.#answer(id, method);
      return;
    }
    const waiting = typeof id === 'number' ? this.#waiting.get(id) : undefined;
    if (waiting === undefined) return;
    this.#waiting.delete(id as number);
    if (error === undefined) waiting.resolve(result);
    else waiting.reject(new BadAnswer('It answers with an error'));
  }

  /** Of what a server may ask of its client, this one has nothing. */
  #answer(id: string | number, method: string): void {
    if (method === 'ping') this.send({ id, result: {} });
    else this.send({ id, error: { code: -32601, message: 'Method not found' } });
  }

  #fail(reason: string): void {
    this.#failure ??= new BadAnswer(reason);
    for (const waiting of this.#waiting.values()) waiting.reject(this.#failure);
    this.#waiting.clear();
  }
}
