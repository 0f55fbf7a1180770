/** CQ-03: nothing in the server's own code that is severe and hardly ever wrong; the rules are in analysis/rule.ts. */

import { injectionProblems } from '../analysis/injection.ts';
import { Input } from '../analysis/input.ts';
import { pathProblems } from '../analysis/paths.ts';
import { prototypeProblems } from '../analysis/prototype.ts';
import { storageProblems } from '../analysis/storage.ts';
import { transportProblems } from '../analysis/transport.ts';
import { type Judged, judgeCode, judgedAnswer } from '../code/judged.ts';
import { control } from '../control.ts';
import type { Problem } from '../execution/problem.ts';
import type { Code } from '../parse/expression.ts';

export const staticAnalysis = control<Judged>('CQ-03', {
  observe: (file) => judgeCode(file, problemsOf),
  check: (_bundle, _context, observed) => judgedAnswer(observed, 2),
});

function problemsOf(code: Code): Problem[] {
  const input = new Input(code);
  return [
    ...pathProblems(code, input),
    ...injectionProblems(code, input),
    ...prototypeProblems(code, input),
    ...transportProblems(code),
    ...storageProblems(code),
  ];
}
