/** A transfer as a line of progress: how much of it, and how fast it goes. */
import { bytes } from './format.ts';

/** The rate is of the last seconds: a connection that got slower shows it. */
const WINDOW_MS = 5_000;
/** Before, a rate says more about the first packets than about the connection. */
const FIRST_MS = 500;

export class Transfer {
  readonly #label: string;
  /** When how many bytes were there, the oldest first. */
  readonly #samples: [at: number, done: number][] = [];

  /** @param label `Downloading` */
  constructor(label: string) {
    this.#label = label;
  }

  /**
   * `Downloading 12.3 MB of 45.6 MB (27 %), 3.2 MB/s`
   * @param total bytes; undefined where nobody has said
   * @param now milliseconds of any steady clock
   */
  describe(done: number, total: number | undefined, now = performance.now()): string {
    const rate = this.#rate(done, now);
    const speed = rate === undefined ? '' : `, ${bytes(Math.round(rate))}/s`;
    if (total === undefined || total === 0) return `${this.#label} ${bytes(done)}${speed}`;
    const percent = Math.min(100, Math.floor((100 * done) / total));
    return `${this.#label} ${bytes(done)} of ${bytes(total)} (${percent} %)${speed}`;
  }

  /** Bytes a second. */
  #rate(done: number, now: number): number | undefined {
    const samples = this.#samples;
    // Something else is transferred now.
    if ((samples.at(-1)?.[1] ?? 0) > done) samples.length = 0;
    samples.push([now, done]);
    while (samples.length > 2 && now - (samples[0]?.[0] ?? now) > WINDOW_MS) samples.shift();
    const [at, first] = samples[0] as [number, number];
    return now - at < FIRST_MS ? undefined : ((done - first) * 1000) / (now - at);
  }
}
