/** Which variables a server in Node reads, as `--trace-env` writes it to its standard error. */
import { MOST } from './observed.ts';

const LINE = /^\[--trace-env\] (?:(get|query|set|delete) "(.*)"|(enumerate) environment variables)$/;
const LONGEST_LINE = 1024;

/** Conventions, and what Node itself looks for: no secrets, and not what somebody would have to consent to. */
const OWN =
  /^(?:PATH|HOME|PWD|LANG|LANGUAGE|LC_\w+|TZ|TERM|COLORTERM|NO_COLOR|FORCE_COLOR|CI|DEBUG|TMPDIR|TMP|TEMP|MPAK_WORKSPACE|(?:NODE|UV|XDG)_\w+|OPENSSL_CONF|SSL_CERT_(?:FILE|DIR)|WATCH_REPORT_DEPENDENCIES)$/;

export class EnvironmentReads {
  #rest = '';
  #isOverfull = false;
  readonly #names = new Set<string>();

  /** @param chunk of the standard error */
  add(chunk: string): void {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = (lines.pop() ?? '').slice(0, LONGEST_LINE);
    for (const line of lines) {
      const [, , name, all] = LINE.exec(line.slice(0, LONGEST_LINE)) ?? [];
      if (all !== undefined) this.#add('*');
      else if (name !== undefined && !OWN.test(name)) this.#add(name);
    }
  }

  /** @param hasRun whether it ran programs: Node hands all variables over to those */
  names(hasRun: boolean): ReadonlySet<string> {
    return new Set([...this.#names].filter((name) => name !== '*' || !hasRun));
  }

  /** Whether there are more than are kept. */
  get isOverfull(): boolean {
    return this.#isOverfull;
  }

  #add(name: string): void {
    if (this.#names.size < MOST) this.#names.add(name);
    else if (!this.#names.has(name)) this.#isOverfull = true;
  }
}
