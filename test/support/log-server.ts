/**
 * The index side of a registry under a test's control, over real HTTP on loopback: it signs what the test says its log
 * is, honest or not. The honest registry is tested by itself; this one exists to lie.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import type Database from 'better-sqlite3';
import { exportJWK, generateKeyPair } from 'jose';
import { append } from '../../src/lib/index/append.ts';
import { openIndex } from '../../src/lib/index/open.ts';
import { signCheckpoint } from '../../src/lib/log/checkpoint.ts';
import { type Checkpoint, PAGE_SIZE } from '../../src/lib/log/checkpoint-form.ts';
import { type Entry, encodeEntry } from '../../src/lib/log/entry.ts';
import { keyId, type PrivateKey, publicKey } from '../../src/lib/log/key.ts';
import { joinLines } from '../../src/lib/log/page.ts';
import { appendLeaves, EMPTY_EDGE, leafHash, rootHash } from '../../src/lib/log/tree.ts';

type Override = (request: IncomingMessage, response: ServerResponse) => void;

export async function newKey(): Promise<PrivateKey> {
  const { privateKey } = await generateKeyPair('EdDSA', { extractable: true });
  return (await exportJWK(privateKey)) as unknown as PrivateKey;
}

export function rootOf(lines: readonly Uint8Array[]): string {
  return Buffer.from(rootHash(appendLeaves(EMPTY_EDGE, lines.map(leafHash)))).toString('base64');
}

export class LogServer {
  readonly lines: Uint8Array[] = [];
  key: PrivateKey;
  origin = 'log.test';
  /** Changes the checkpoint before it is signed. */
  alter: (checkpoint: Checkpoint) => Checkpoint = (checkpoint) => checkpoint;
  /** Answers for a path, instead of the honest one. */
  readonly overrides = new Map<string, Override>();
  /** `METHOD path` of every request. */
  readonly requests: string[] = [];
  /** Waits this long before each page, in milliseconds. */
  pageDelay = 0;
  snapshot: { reference: NonNullable<Checkpoint['snapshot']>; bytes: Buffer } | null = null;
  readonly #server: Server;
  readonly #now: () => Date;

  private constructor(key: PrivateKey, now: () => Date) {
    this.key = key;
    this.#now = now;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error) => response.destroy(error));
    });
  }

  static async start(now: () => Date = () => new Date()): Promise<LogServer> {
    const server = new LogServer(await newKey(), now);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): URL {
    return new URL(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`);
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  append(...entries: Entry[]): void {
    this.lines.push(...entries.map(encodeEntry));
  }

  appendLine(line: string): void {
    this.lines.push(Buffer.from(line));
  }

  /** Makes a snapshot of the log as it is now; `alter` may spoil its database first. */
  makeSnapshot(alter: (db: Database.Database) => void = () => undefined): void {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'mpak-snapshot-'));
    try {
      const file = path.join(folder, 'index.db');
      const db = openIndex(file);
      db.transaction(() => append(db, this.lines, { keepLines: false })).immediate();
      alter(db);
      db.pragma('journal_mode = DELETE');
      db.close();
      this.setSnapshot(this.lines.length, zstdCompressSync(readFileSync(file)));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  setSnapshot(size: number, bytes: Buffer): void {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const reference = {
      size,
      sha256,
      bytes: bytes.length,
      path: `/v1/index/snapshots/${size}-${sha256}.db.zst`,
    };
    this.snapshot = { reference, bytes };
  }

  async checkpoint(): Promise<string> {
    const now = this.#now().getTime();
    const checkpoint: Checkpoint = {
      origin: this.origin,
      size: this.lines.length,
      root: rootOf(this.lines),
      issued_at: new Date(now).toISOString(),
      expires_at: new Date(now + 86_400_000).toISOString(),
      page_size: PAGE_SIZE,
      snapshot: this.snapshot?.reference ?? null,
    };
    return signCheckpoint(this.alter(checkpoint), this.key);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = request.url ?? '';
    this.requests.push(`${request.method} ${url}`);
    const override = this.overrides.get(url);
    if (override !== undefined) {
      override(request, response);
    } else if (url === '/v1/index/checkpoint') {
      const etag = `"${this.lines.length}-${rootOf(this.lines)}"`;
      if (request.headers['if-none-match'] === etag) response.writeHead(304, { etag }).end();
      else response.writeHead(200, { 'content-type': 'application/jose', etag }).end(await this.checkpoint());
    } else if (url === '/v1/index/keys.json') {
      const keys = [{ ...publicKey(this.key), kid: await keyId(this.key) }];
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys }));
    } else if (url === this.snapshot?.reference.path) {
      response.writeHead(200).end(this.snapshot.bytes);
    } else if (url.startsWith('/v1/index/log/')) {
      const start = Number(url.slice('/v1/index/log/'.length)) * PAGE_SIZE;
      if (this.pageDelay > 0) await new Promise((resolve) => setTimeout(resolve, this.pageDelay));
      const page = zstdCompressSync(joinLines(this.lines.slice(start, start + PAGE_SIZE)));
      response.writeHead(200, { 'content-encoding': 'zstd' }).end(page);
    } else {
      response.writeHead(404).end();
    }
  }
}
