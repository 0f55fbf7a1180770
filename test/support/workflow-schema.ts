/** GitHub's own schemas of actions and workflows, as the parser of its editor extensions has them. */
import { registerHooks } from 'node:module';

// The parser imports its schemas without saying that they are JSON, as bundlers allow and Node does not.
const hooks = registerHooks({
  load: (url, context, next) =>
    next(url, url.endsWith('.json') ? { ...context, importAttributes: { type: 'json' } } : context),
});
const { parseAction } = await import('@actions/workflow-parser/actions/index');
const { parseWorkflow, NoOperationTraceWriter } = await import('@actions/workflow-parser');
hooks.deregister();

/** What is wrong with an action.yml, its expressions included. */
export function actionProblems(content: string): string[] {
  return problems(parseAction({ name: 'action.yml', content }, new NoOperationTraceWriter()));
}

/** What is wrong with a workflow. */
export function workflowProblems(content: string): string[] {
  return problems(parseWorkflow({ name: 'workflow.yml', content }, new NoOperationTraceWriter()));
}

function problems(parsed: { context: { errors: { getErrors(): { message: string }[] } } }): string[] {
  return parsed.context.errors.getErrors().map(({ message }) => message);
}
