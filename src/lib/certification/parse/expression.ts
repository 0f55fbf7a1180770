/**
 * Code of any language as controls read it: expressions of a few kinds, each in its scope, and what every name is bound
 * to. Statements are gone, and so is their order: a name is whatever is assigned to it anywhere in its scope.
 */

export type Language = 'javascript' | 'typescript' | 'tsx' | 'python';

interface At {
  /** Offsets in the text, in UTF-16 code units. */
  readonly start: number;
  readonly end: number;
  readonly scope: Scope;
}

export interface Literal extends At {
  readonly kind: 'literal';
  /** A text in bytes is a text. */
  readonly value: string | number | boolean | null;
}

export interface Name extends At {
  readonly kind: 'name';
  readonly name: string;
}

/** `object.property`, or `object[key]`. */
export interface Member extends At {
  readonly kind: 'member';
  readonly object: Expression;
  /** Null when it is computed: see `key`. */
  readonly property: string | null;
  readonly key: Expression | null;
}

export interface Argument {
  /** Of a keyword argument in Python: `shell=True`. */
  readonly name: string | null;
  readonly value: Expression;
  readonly isSpread: boolean;
}

/** Also `new f()`, `import(…)` with `import` as the callee, and a tagged template with the template as its argument. */
export interface Call extends At {
  readonly kind: 'call';
  readonly form: 'call' | 'new' | 'tag';
  readonly callee: Expression;
  readonly args: readonly Argument[];
}

/** A template, an f-string, or what is put together with `+`, `%` or `.format`. */
export interface Text extends At {
  readonly kind: 'text';
  readonly parts: readonly Expression[];
}

export interface List extends At {
  readonly kind: 'list';
  readonly items: readonly Expression[];
}

/** An object literal or a dictionary. */
export interface Entries extends At {
  readonly kind: 'entries';
  readonly entries: readonly { readonly key: string | null; readonly value: Expression }[];
}

export interface Func extends At {
  readonly kind: 'function';
  /** Of its body; its `owner` is this. */
  readonly body: Scope;
  readonly returns: readonly Expression[];
}

/** One of several: `a ? b : c`, `a || b`. */
export interface Choice extends At {
  readonly kind: 'choice';
  readonly options: readonly Expression[];
}

/** Anything else. */
export interface Other extends At {
  readonly kind: 'other';
  readonly parts: readonly Expression[];
}

export type Expression = Literal | Name | Member | Call | Text | List | Entries | Func | Choice | Other;

/** A module or the body of a function; blocks and classes are part of what they are in. */
export interface Scope {
  readonly parent: Scope | null;
  /** Of the function; null for a module and for a function without one. */
  readonly name: string | null;
  readonly parameters: readonly string[];
  /** The parameters of a Python function that have no type, or `Any`; those that take any name or number are among them. */
  readonly untyped: readonly string[];
  readonly bindings: ReadonlyMap<string, Binding>;
  /** What decorates the function, in Python and TypeScript. */
  readonly decorators: readonly Expression[];
}

export interface Binding {
  readonly name: string;
  readonly isParameter: boolean;
  /** What it stands for, when it was imported. */
  readonly imported: Imported | null;
  /** All that is assigned to it in its scope. */
  readonly values: readonly Expression[];
}

export interface Imported {
  /** Without `node:`; with its leading dots in Python. */
  readonly module: string;
  /** Null for the module as a whole, and for its default export. */
  readonly member: string | null;
  readonly start: number;
}

/** `object.property = value`, `object[key] = value`. */
export interface Assignment {
  readonly target: Member;
  readonly value: Expression;
}

export interface Code {
  readonly language: Language;
  /** The module's. */
  readonly scope: Scope;
  /** Every one; those within another come before it. */
  readonly expressions: readonly Expression[];
  readonly imports: readonly Imported[];
  readonly assignments: readonly Assignment[];
  /** Whether the parser met what is no code of its language, and went on. */
  readonly hasErrors: boolean;
}

/** Why there is no code: too large, too deeply nested or too ambiguous to be parsed, or not of its language. */
export interface Unparsable {
  readonly unparsable: 'too-large' | 'too-deep' | 'too-slow' | 'syntax';
}
