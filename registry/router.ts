/** Finds the route of a request: find-my-way over the routes' paths. */
import findMyWay from 'find-my-way';
import { HttpError, type Route, type Services } from './http.ts';

/** Longest part of a path: a package name is shorter, a snapshot's name too. */
const MAX_PARAMETER_LENGTH = 512;

export interface Match<S extends Services> {
  readonly route: Route<S>;
  readonly params: Readonly<Record<string, string>>;
}

export class Router<S extends Services> {
  readonly #router = findMyWay({ maxParamLength: MAX_PARAMETER_LENGTH });

  constructor(routes: readonly Route<S>[]) {
    for (const route of routes) this.#router.on(route.method, route.path, () => undefined, route);
  }

  /**
   * @param target the request's target; what follows `?` is ignored
   * @throws HttpError 404, or 405 with Allow when only the method is wrong
   */
  find(method: string, target: string): Match<S> {
    const wanted = method === 'HEAD' ? 'GET' : method;
    const found = this.#lookUp(wanted, target);
    if (found !== undefined) return found;
    const allowed = ['GET', 'POST'].filter((other) => this.#lookUp(other, target) !== undefined);
    if (allowed.length === 0) throw new HttpError(404, 'NOT_FOUND', 'There is nothing at this path.');
    const allow = allowed.flatMap((other) => (other === 'GET' ? ['GET', 'HEAD'] : [other])).join(', ');
    throw new HttpError(405, 'METHOD_NOT_ALLOWED', `This path answers ${allow}.`, { allow });
  }

  #lookUp(method: string, target: string): Match<S> | undefined {
    if (method !== 'GET' && method !== 'POST') return undefined;
    // It would parse the query too.
    const end = target.indexOf('?');
    const found = this.#router.find(method, end === -1 ? target : target.slice(0, end));
    if (!found?.store) return undefined;
    return { route: found.store as Route<S>, params: found.params as Record<string, string> };
  }
}
