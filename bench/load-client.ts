/**
 * Asks an HTTP server for paths over a few connections that are kept, each its next one as soon as it has the answer. A
 * process of its own, which does no more than read answers to their end, so that the server is what is measured.
 *
 * Started by `fork`: each message is a LoadOrder, and is answered with a LoadResult.
 */
import { connect } from 'node:net';

export interface LoadOrder {
  readonly port: number;
  readonly connections: number;
  /** Each is asked for once. */
  readonly targets: readonly string[];
  /** A header line of each request, or empty. */
  readonly header: string;
}

export interface LoadResult {
  readonly seconds: number;
  readonly answers: number;
  /** Of the bodies. */
  readonly bytes: number;
  readonly failed: number;
  /** Milliseconds from a request to the end of its answer: 99 of 100 took less. */
  readonly p99: number;
}

interface Totals {
  next: number;
  bytes: number;
  failed: number;
  readonly took: number[];
}

const LENGTH = /\r\ncontent-length: (\d+)\r\n/i;

async function load({ port, connections, targets, header }: LoadOrder): Promise<LoadResult> {
  const requests = targets.map((target) =>
    Buffer.from(`GET ${target} HTTP/1.1\r\nhost: 127.0.0.1\r\n${header === '' ? '' : `${header}\r\n`}\r\n`),
  );
  const totals: Totals = { next: 0, bytes: 0, failed: 0, took: [] };
  const stop = stayAwake();
  const start = performance.now();
  await Promise.all(Array.from({ length: connections }, () => run(port, requests, totals)));
  const seconds = (performance.now() - start) / 1000;
  stop();
  return {
    seconds,
    answers: targets.length,
    bytes: totals.bytes,
    failed: totals.failed,
    p99: percentile(totals.took, 0.99),
  };
}

function percentile(numbers: number[], part: number): number {
  numbers.sort((a, b) => a - b);
  return numbers[Math.min(numbers.length - 1, Math.floor(numbers.length * part))] ?? 0;
}

/**
 * Never sleeps while it loads: whoever writes to a process on the same machine that sleeps has to wake it, which on a
 * virtual machine costs a server more than the answer. @returns lets it sleep again
 */
function stayAwake(): () => void {
  let awake = true;
  const turn = () => {
    if (awake) setImmediate(turn);
  };
  turn();
  return () => {
    awake = false;
  };
}

/** One connection, until nothing is left to ask for. */
function run(port: number, requests: readonly Buffer[], totals: Totals): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    /** Bytes of the answer that are still to come; undefined before its headers are here. */
    let rest: number | undefined;
    let head = '';
    let askedAt = 0;
    const ask = () => {
      const request = requests[totals.next];
      totals.next += 1;
      askedAt = performance.now();
      if (request === undefined) socket.end();
      else socket.write(request);
    };
    socket.on('connect', ask);
    socket.on('data', (chunk) => {
      if (rest === undefined) {
        head += chunk.toString('latin1');
        const end = head.indexOf('\r\n\r\n');
        if (end === -1) return;
        const length = Number(LENGTH.exec(head.slice(0, end + 2))?.[1]);
        if (!Number.isFinite(length) || !head.startsWith('HTTP/1.1 200 ')) totals.failed += 1;
        totals.bytes += length;
        rest = length - (head.length - end - 4);
        head = '';
      } else rest -= chunk.length;
      if (rest > 0) return;
      rest = undefined;
      totals.took.push(performance.now() - askedAt);
      ask();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve());
  });
}

process.on('message', async (order: LoadOrder) => process.send?.(await load(order)));
process.on('disconnect', () => process.exit());
