/** Tells whoever works on a request that it is for nothing: the client has gone, or the server stops. */
export class Interruption {
  #controller: AbortController | undefined;
  #reason: Error | undefined;
  #fired = false;

  get hasFired(): boolean {
    return this.#fired;
  }

  /** Made when it is asked for: most requests are answered before they could be interrupted. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#fired) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  fire(reason?: Error): void {
    if (this.#fired) return;
    this.#fired = true;
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}
