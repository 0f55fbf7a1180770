/** A file of a bundle while the scan is at it: unpacked, and decoded when somebody asks. */

import type { ScanLimits } from './budget.ts';
import type { BundleFile } from './bundle.ts';
import { type Kind, kindOfContent } from './classify.ts';
import type { Code, Language, Unparsable } from './parse/expression.ts';
import { parseModule } from './parse/parse-module.ts';
import { isEncodedPython } from './parse/python-encoding.ts';
import { decode, Lines } from './text.ts';

export class OpenFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly executable: boolean;
  readonly origin: BundleFile['origin'];
  /** By path and content. */
  readonly kind: Kind;
  /** It may share memory with the archive: read it, and keep a copy at most. */
  readonly bytes: Buffer;
  readonly #limits: ScanLimits;
  #text: string | undefined;
  #lines: Lines | undefined;
  #code: Code | Unparsable | undefined;
  #isParsing = false;

  constructor(file: BundleFile, bytes: Buffer, limits: ScanLimits) {
    this.path = file.path;
    this.size = file.size;
    this.executable = file.executable;
    this.origin = file.origin;
    this.kind = kindOfContent(bytes, file.kind);
    this.bytes = bytes;
    this.#limits = limits;
  }

  /** What is not UTF-8 in it is U+FFFD; undefined when the file is too large to be read as text. */
  get text(): string | undefined {
    if (this.size > this.#limits.textBytes) return undefined;
    this.#text ??= decode(this.bytes);
    return this.#text;
  }

  /**
   * What it does, when it is JavaScript, TypeScript or Python; undefined for any other kind. It is parsed when somebody
   * asks, and gone with the file: keep what is found, not what it was found in.
   */
  get code(): Code | Unparsable | undefined {
    const language = this.#language();
    if (language === undefined) return undefined;
    this.#code ??= this.#parse(language);
    return this.#code;
  }

  /** From 1. @param offset in `text` */
  lineAt(offset: number): number {
    this.#lines ??= new Lines(this.text ?? '');
    return this.#lines.at(offset);
  }

  /** Whether a parser was stopped before it was done. */
  isParsing(): boolean {
    return this.#isParsing;
  }

  giveUpParsing(): void {
    if (this.#isParsing) this.#code = { unparsable: 'too-slow' };
    this.#isParsing = false;
  }

  #parse(language: Language): Code | Unparsable {
    const { text } = this;
    if (text === undefined || this.size > this.#limits.codeBytes) return { unparsable: 'too-large' };
    if (language === 'python' && isEncodedPython(this.bytes)) return { unparsable: 'syntax' };
    this.#isParsing = true;
    const code = parseModule(text, language);
    this.#isParsing = false;
    return code;
  }

  #language(): Language | undefined {
    if (this.kind === 'typescript' || this.kind === 'javascript' || this.kind === 'python') {
      return this.kind === 'typescript' && /x$/i.test(this.path) ? 'tsx' : this.kind;
    }
    return undefined;
  }
}
