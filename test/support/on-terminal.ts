/** Runs mpak on a terminal of its own (`script` of util-linux), and answers what it asks. */
import { once } from 'node:events';
import type { World } from './world.ts';

/**
 * @param answers each typed once, when its question has been asked and those before it are answered
 * @returns all that the terminal has shown
 */
export async function onTerminal(
  world: World,
  args: readonly string[],
  answers: readonly (readonly [question: string, answer: string])[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ status: number | null; output: string }> {
  const quote = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;
  const child = world.start(args, {
    environment,
    wrap: (line) => ['script', '-qec', line.map(quote).join(' '), '/dev/null'],
  });
  const left = [...answers];
  let output = '';
  let seen = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    const [next] = left;
    const at = next === undefined ? -1 : output.indexOf(next[0], seen);
    if (next === undefined || at === -1) return;
    left.shift();
    seen = at + next[0].length;
    child.stdin.write(next[1]);
  });
  const [status] = (await once(child, 'close')) as [number | null];
  if (left.length > 0) throw new Error(`never asked: ${left[0]?.[0]}\n${output}`);
  return { status, output };
}
