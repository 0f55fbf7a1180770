/** Work that an interrupt ends in order, so that what was made for it is removed. Around it, an interrupt is what it was. */
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const interrupt = () => controller.abort();
  for (const signal of SIGNALS) process.on(signal, interrupt);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt);
  }
}
