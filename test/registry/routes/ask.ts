/** Asks the read routes as the server does, without the HTTP around them. */
import type Database from 'better-sqlite3';
import { expect } from 'chai';
import { type Answer, HttpError, type Services } from '../../../registry/http.ts';
import { Router } from '../../../registry/router.ts';
import { bundleRoutes } from '../../../registry/routes/bundles.ts';
import { mcpRoutes } from '../../../registry/routes/mcp.ts';
import { type SeenAnswer, undescribed } from '../../support/described-answers.ts';

const router = new Router([...bundleRoutes, ...mcpRoutes]);

export function servicesOver(
  db: Database.Database,
  countDownload: Services['countDownload'] = () => {},
): Services {
  return {
    db,
    now: () => new Date('2026-07-01T00:00:00.000Z'),
    countDownload,
  };
}

/** @throws HttpError as the routes do */
export async function ask(
  services: Services,
  target: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const { route, params } = router.find('GET', target);
  const answer = await route.handler(
    {
      method: 'GET',
      params,
      query: new URLSearchParams(target.includes('?') ? target.slice(target.indexOf('?')) : ''),
      headers,
      body: new Uint8Array(),
      signal: new AbortController().signal,
    },
    services,
  );
  expect(undescribed(seen(target, answer))).to.equal(undefined);
  return answer;
}

/** As it would be on the wire. */
function seen(target: string, { status, json, headers = {} }: Answer): SeenAnswer {
  const type = headers['content-type'] ?? (json === undefined ? '' : 'application/json');
  return { method: 'GET', target, status, type, json: json && JSON.parse(JSON.stringify(json)) };
}

/** The JSON of a 200, as it arrives. */
export async function json<T>(services: Services, target: string): Promise<T> {
  const answer = await ask(services, target);
  expect(answer.status, target).to.equal(200);
  return JSON.parse(JSON.stringify(answer.json)) as T;
}

export async function refusal(services: Services, target: string): Promise<HttpError> {
  try {
    await ask(services, target);
  } catch (error) {
    if (error instanceof HttpError) return error;
    throw error;
  }
  throw new Error(`${target} was answered`);
}
