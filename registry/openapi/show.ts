/** GET /openapi.json */
import pkg from '../../package.json' with { type: 'json' };
import type { Answer } from '../http.ts';
import type { RegistryHandler, RegistryServices } from '../services.ts';
import { type OpenApi, openApiDocument } from './document.ts';

export function openApiOf({ publicUrl, pages }: Pick<RegistryServices, 'publicUrl' | 'pages'>): OpenApi {
  return openApiDocument({ publicUrl, pages, version: pkg.version });
}

let made: { readonly of: RegistryServices; readonly text: string } | undefined;

/** The same for as long as the server runs. */
export const showOpenApi: RegistryHandler = (_request, services): Answer => {
  if (made?.of !== services) made = { of: services, text: JSON.stringify(openApiOf(services)) };
  return {
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'public, max-age=300' },
    body: made.text,
  };
};
