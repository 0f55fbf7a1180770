/** Memory of a command that makes many objects and keeps few. */
import { setFlagsFromString } from 'node:v8';

/**
 * From now on garbage is collected when the heap has grown by this much, in per cent, since it was the last time. By itself
 * V8 lets it grow to several times what is alive, where a machine has much memory, and a scan is no faster for it.
 */
const GROWTH_PERCENT = 20;

export function keepHeapSmall(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
}
