/**
 * What a step prints in GitHub Actions is read for commands to the runner: `::add-path::…` at the start of a line,
 * `##[…]` anywhere (actions/runner, ActionCommand.cs). Text of others must not give any.
 */

/** The text for people, without anything that the runner would obey. */
export function inert(text: string): string {
  return text.replace(/^([\s\u0085]*):(?=:)/gm, '$1: ').replaceAll('##[', '## [');
}

/** The text as it may be printed here: the same, but in a workflow. */
export function harmless(text: string): string {
  return process.env.GITHUB_ACTIONS === 'true' ? inert(text) : text;
}

/** JSON without it, whose meaning stays: `##[` occurs in its strings alone, and none of its lines begins with `::`. */
export function inertJson(json: string): string {
  return json.replaceAll('##[', '#\\u0023[');
}
