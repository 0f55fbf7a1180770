/** GET /openapi.json */
import pkg from '../../package.json' with { type: 'json' };
import type { Answer } from '../http.ts';
import type { RegistryHandler, RegistryServices } from '../services.ts';
import { type OpenApi, openApiDocument } from './document.ts';

let made: { readonly of: RegistryServices; readonly document: OpenApi; readonly text: string } | undefined;

/** The same for as long as the server runs: made once. */
function madeFor(services: RegistryServices): NonNullable<typeof made> {
  if (made?.of === services) return made;
  const { publicUrl, pages } = services;
  const document = openApiDocument({ publicUrl, pages, version: pkg.version });
  made = { of: services, document, text: JSON.stringify(document) };
  return made;
}

export function openApiOf(services: RegistryServices): OpenApi {
  return madeFor(services).document;
}

export const showOpenApi: RegistryHandler = (_request, services): Answer => ({
  status: 200,
  headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'public, max-age=300' },
  body: madeFor(services).text,
});
