import { readFileSync } from 'node:fs';

/**
 * The most memory that this process has had, in bytes. On Linux not by `maxRSS`, which begins with what the process had
 * that started this one.
 */
export function peakMemory(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS * 1024;
  const kilobytes = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1];
  return Number(kilobytes) * 1024;
}
