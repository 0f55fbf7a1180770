/**
 * A single executable can be the Node inside it, for one script: so servers start where there is no Node, and what a
 * server forks with `process.execPath` runs too. It is asked for in the environment, and by words that no command of
 * mpak begins with: a server may start mpak itself as well.
 */
import path from 'node:path';

export const AS_NODE = 'MPAK_RUN_AS_NODE';

/** Whether a word is taken for a script. Options of Node are none: it has read its own when our first line runs. */
export function isScript(word: string | undefined): boolean {
  return word !== undefined && (path.isAbsolute(word) || /\.[cm]?js$/.test(word)) && !word.startsWith('-');
}

/** @param argv of the process: program, program, words @returns the script to run, absolute */
export function scriptOf(environment: NodeJS.ProcessEnv, argv: readonly string[]): string | undefined {
  const [, , word] = argv;
  return environment[AS_NODE] === '1' && isScript(word) ? path.resolve(word as string) : undefined;
}
