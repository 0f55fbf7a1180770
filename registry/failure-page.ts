/** Failures as pages, for readers who asked for one: what makes them is loaded with the first. */
import type { Answer, HttpError } from './http.ts';
import type { Site } from './server.ts';
import type { RegistryServices } from './services.ts';

/** What programs ask is answered in JSON, whatever they accept. */
const API_PATH = /^\/(v1|v0\.1|health|metrics|openapi\.json)([/?]|$)/;

export function failurePage(place: {
  readonly origin: string;
  readonly publicUrl: string;
}): NonNullable<Site<RegistryServices>['failurePage']> {
  return (failure, { target, accept }) =>
    API_PATH.test(target) || !acceptsHtml(accept) ? undefined : show(place, failure);
}

async function show(place: Parameters<typeof failurePage>[0], failure: HttpError): Promise<Answer> {
  const { errorPage } = await import('./web/error-page.ts');
  return errorPage(place, failure);
}

/** Whether the client names it, as browsers do. */
function acceptsHtml(accept = ''): boolean {
  return accept
    .toLowerCase()
    .split(',')
    .some((range) => range.split(';')[0]?.trim() === 'text/html');
}
