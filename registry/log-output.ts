/**
 * The log of the server: JSON lines on stderr. They are written some at a time, so that a request does not cost a call
 * of the system, and what is left is written when the process ends.
 */
import { type Level, type Logger, pino } from 'pino';
import { LOG_LIMITS } from './limits.ts';

export function openLog(level: Level | 'silent'): Logger {
  const stderr = pino.destination({ fd: 2, sync: true });
  let lines = '';
  let isFlushDue = false;
  const flush = () => {
    if (lines !== '') stderr.write(lines);
    lines = '';
  };
  const flushInTime = () => {
    isFlushDue = false;
    flush();
  };
  process.once('exit', flush);
  const write = (line: string) => {
    lines += line;
    if (lines.length >= LOG_LIMITS.writeLength) flush();
    if (isFlushDue) return;
    isFlushDue = true;
    setTimeout(flushInTime, LOG_LIMITS.writeMs).unref();
  };
  return pino({ level }, { write });
}
