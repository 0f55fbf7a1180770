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
        return [
          {
            pid: Number(pid),
            parent: Number(parent),
            line: words(pid, 'cmdline'),
            environment: words(pid, 'environ'),
          },
        ];
      } catch {
        // It has ended.
        return [];
      }
    });
}

function read(pid: string, file: string): string {
  return readFileSync(`/proc/${pid}/${file}`, 'utf8');
}

/** Empty for a zombie, and for what belongs to somebody else. */
function words(pid: string, file: string): string[] {
  try {
    return read(pid, file).split('\0').slice(0, -1);
  } catch {
    return [];
  }
}
