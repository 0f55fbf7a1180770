/**
 * Runs a composite action as a runner does: conditions and expressions evaluated by GitHub's own evaluator, each script
 * in a bash of its own with the environment of the job, outputs taken from files. `uses:` is what a test makes of it.
 */
import { spawn } from 'node:child_process';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { data, Evaluator, Lexer, Parser } from '@actions/expressions';
import { parse } from 'yaml';
import { type Job, readOutputs } from './actions-runner.ts';
import { finished } from './cli.ts';

export interface ActionStep {
  readonly name: string;
  readonly id?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, string>>;
  readonly shell?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly run?: string;
}

export interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly ActionStep[] };
}

/** What stands in for an action that is used, by its name without the version. @returns its outputs */
export type Used = Readonly<
  Record<string, (given: Readonly<Record<string, string>>) => Promise<Record<string, string>>>
>;

export interface ActionRun {
  /** Of the first step that failed; 0 when none did. */
  readonly status: number;
  /** Names of the steps that ran, in order. */
  readonly ran: readonly string[];
  readonly outputs: Readonly<Record<string, string>>;
  readonly stdout: string;
  readonly stderr: string;
}

type Contexts = Readonly<Record<string, data.Dictionary>>;

export function readAction(file: string): Action {
  return parse(readFileSync(file, 'utf8')) as Action;
}

export async function runAction(
  file: string,
  options: {
    readonly job: Job;
    readonly inputs?: Readonly<Record<string, string>>;
    readonly used: Used;
  },
): Promise<ActionRun> {
  const { job, inputs = {}, used } = options;
  const action = readAction(file);
  for (const name of Object.keys(inputs)) {
    if (action.inputs[name] === undefined) throw new Error(`the action has no input ${name}`);
  }
  // A runner sets it for no step: an action asks for it.
  const { GITHUB_TOKEN = '', ...environment } = job.environment;
  const defaults = Object.entries(action.inputs).map(([name, input]) => [name, String(input.default ?? '')]);
  const outputs: Record<string, Record<string, string>> = {};
  const contexts = (): Contexts => ({
    inputs: dictionary({ ...Object.fromEntries(defaults), ...inputs }),
    github: dictionary({
      event_name: environment.GITHUB_EVENT_NAME ?? '',
      ref_type: environment.GITHUB_REF_TYPE ?? '',
      sha: environment.GITHUB_SHA ?? '',
      token: GITHUB_TOKEN,
    }),
    steps: new data.Dictionary(
      ...Object.entries(outputs).map(([key, values]) => ({
        key,
        value: new data.Dictionary({ key: 'outputs', value: dictionary(values) }),
      })),
    ),
  });
  const ran: string[] = [];
  let [stdout, stderr, status] = ['', '', 0];
  for (const step of action.runs.steps) {
    if (status !== 0) break;
    if (step.if !== undefined && !isTruthy(evaluate(step.if, contexts(), job.workspace))) continue;
    ran.push(step.name);
    const id = step.id ?? step.name;
    if (step.uses !== undefined) {
      const stand = used[step.uses.replace(/@.*$/, '')];
      if (stand === undefined) throw new Error(`nothing stands in for ${step.uses}`);
      outputs[id] = await stand(resolved(step.with ?? {}, contexts()));
      continue;
    }
    const result = await runScript(step, job, {
      ...environment,
      GITHUB_ACTION_PATH: path.dirname(file),
      ...resolved(step.env ?? {}, contexts()),
    });
    stdout += result.stdout;
    stderr += result.stderr;
    status = result.status ?? 1;
    outputs[id] = result.outputs;
  }
  const values = Object.entries(action.outputs).map(([name, output]) => [name, output.value] as const);
  return { status, ran, outputs: resolved(Object.fromEntries(values), contexts()), stdout, stderr };
}

/** `shell: bash`, as the runner starts it. */
async function runScript(step: ActionStep, job: Job, environment: Readonly<Record<string, string>>) {
  if (step.shell !== 'bash') throw new Error(`${step.name} has another shell than bash`);
  const script = job.newFile('script.sh');
  writeFileSync(script, step.run ?? '');
  const output = job.newFile('output');
  const { PATH = '', TMPDIR = '', NODE_V8_COVERAGE = '' } = process.env;
  const child = spawn('bash', ['--noprofile', '--norc', '-e', '-o', 'pipefail', script], {
    cwd: job.workspace,
    env: {
      PATH: `${path.dirname(process.execPath)}${path.delimiter}${PATH}`,
      ...(TMPDIR && { TMPDIR }),
      ...(NODE_V8_COVERAGE && { NODE_V8_COVERAGE }),
      ...environment,
      GITHUB_OUTPUT: output,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const result = await finished(child);
  return { ...result, outputs: readOutputs(output) };
}

/** Every `${{ … }}` in a text, replaced by its value. */
function resolved(texts: Readonly<Record<string, string>>, contexts: Contexts): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [
      name,
      String(text).replace(/\$\{\{(.*?)\}\}/gs, (_, expression: string) =>
        evaluate(expression, contexts).coerceString(),
      ),
    ]),
  );
}

/** @param workspace where `hashFiles` looks; what the hash is, no condition asks */
function evaluate(expression: string, contexts: Contexts, workspace = ''): data.ExpressionData {
  const hashFiles = {
    name: 'hashFiles',
    minArgs: 1,
    maxArgs: 255,
    call: (...patterns: data.ExpressionData[]) => {
      const found = globSync(
        patterns.map((pattern) => pattern.coerceString()),
        { cwd: workspace },
      );
      return new data.StringData(found.length === 0 ? '' : 'hash');
    },
  };
  const { tokens } = new Lexer(expression.trim()).lex();
  const parsed = new Parser(tokens, Object.keys(contexts), [hashFiles]).parse();
  const pairs = Object.entries(contexts).map(([key, value]) => ({ key, value }));
  const functions = new Map([['hashfiles', hashFiles]]);
  return new Evaluator(parsed, new data.Dictionary(...pairs), functions).evaluate();
}

function isTruthy(value: data.ExpressionData): boolean {
  return value.coerceString() === 'true';
}

function dictionary(values: Readonly<Record<string, string>>): data.Dictionary {
  const pairs = Object.entries(values).map(([key, value]) => ({ key, value: new data.StringData(value) }));
  return new data.Dictionary(...pairs);
}
