/** What /proc says of the processes of this machine. Linux alone. */
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  /** Empty for a zombie. */
  readonly line: readonly string[];
  readonly environment: readonly string[];
}

export function processes(): ProcessRow[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        // Behind the name, which is in brackets and may hold anything: the state, then the parent.
        const [, parent] = read(pid, 'stat')
          .replace(/^.*\) /s, '')
          .split(' ');
        const row = { line: words(read(pid, 'cmdline')), environment: words(read(pid, 'environ')) };
        return [{ pid: Number(pid), parent: Number(parent), ...row }];
      } catch {
        // It has ended, or is none of ours.
        return [];
      }
    });
}

function read(pid: string, file: string): string {
  return readFileSync(`/proc/${pid}/${file}`, 'utf8');
}

function words(text: string): string[] {
  return text.split('\0').slice(0, -1);
}
