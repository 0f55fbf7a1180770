/**
 * Ends a worker that takes too much memory or time, or whose server is gone: a thread beside the scan, which may be in a
 * loop that lets nothing else of its thread run. V8's own limit is of the heap alone, and most of what a bundle takes is
 * outside of it.
 */
import { writeFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Order } from './order.ts';

const CHECK_MS = 50;

// As text: in the single executable there is no file to start a thread from.
const PROGRAM = `
  const { workerData } = require('node:worker_threads');
  const { parent, memoryBytes, end, checkMs } = workerData;
  setInterval(() => {
    const isAlone = process.ppid !== parent;
    if (isAlone || process.memoryUsage.rss() > memoryBytes || process.uptime() > end) process.kill(process.pid, 'SIGKILL');
  }, checkMs);
`;

/** From here on, until the process ends. */
export function watchOver({ memoryBytes, timeoutMs }: Pick<Order, 'memoryBytes' | 'timeoutMs'>): void {
  dieFirst();
  const workerData = {
    parent: process.ppid,
    memoryBytes,
    // The server ends it sooner; this is for one that cannot any more.
    // By a clock that nobody puts forward: that would count against the bundle.
    end: process.uptime() + timeoutMs / 1000 + 90,
    checkMs: CHECK_MS,
  };
  new Worker(PROGRAM, { eval: true, workerData, execArgv: [], env: {} }).unref();
}

/** When the machine runs out of memory, Linux is to end the worker and not the server. */
function dieFirst(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // Another system, or one that does not let us.
  }
}
