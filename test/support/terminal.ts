/** mpak on a terminal of its own, which util-linux's script makes. */
import { once } from 'node:events';
import type { World } from './world.ts';

/**
 * Types the answer once it asks; whatever is asked after that is answered with the end of the input.
 * @param options.meanwhile what happens between the question and the answer
 */
export async function runOnTerminal(
  world: World,
  args: readonly string[],
  answer: string,
  options: {
    readonly meanwhile?: (() => Promise<unknown>) | undefined;
    readonly environment?: Readonly<Record<string, string>>;
  } = {},
): Promise<{ readonly status: unknown; readonly output: string }> {
  const { meanwhile = async () => undefined, environment = {} } = options;
  const quote = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;
  const child = world.start(args, {
    environment,
    wrap: (line) => ['script', '-qec', line.map(quote).join(' '), '/dev/null'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const asked = output.includes('[y/N]');
    output += text;
    if (!asked && output.includes('[y/N]')) void meanwhile().then(() => child.stdin.write(answer));
    else if (asked && output.split('[y/N]').length > 2) child.stdin.write('\u0004');
  });
  const [status] = await once(child, 'close');
  return { status, output };
}
