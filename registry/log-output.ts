/**
 * The log of the server: JSON lines on stderr. They are written some at a time, so that a request does not cost a call
 * of the system, and what is left is written when the process ends.
 */
import { type Level, type Logger, pino } from 'pino';
import { LOG_LIMITS } from './limits.ts';

export function openLog(level: Level | 'silent'): Logger {
  const stderr = pino.destination({
    fd: 2,
    sync: false,
    minLength: LOG_LIMITS.writeBytes,
    maxLength: LOG_LIMITS.waitingBytes,
  });
  let isFlushDue = false;
  const flush = () => {
    isFlushDue = false;
    stderr.flush();
  };
  const write = (line: string) => {
    stderr.write(line);
    if (isFlushDue) return;
    isFlushDue = true;
    setTimeout(flush, LOG_LIMITS.writeMs).unref();
  };
  return pino({ level }, { write });
}
