import { createConfig, lintFromString } from '@redocly/openapi-core';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect } from 'chai';
import { openApiDocument, operationPath } from '../../../registry/openapi/document.ts';
import { SCHEMAS } from '../../../registry/openapi/schemas.ts';
import { apiRoutes, routes } from '../../../registry/routes.ts';

const OPTIONS = { publicUrl: 'https://registry.test', version: '1.2.3', pages: true };
const document = openApiDocument(OPTIONS);

describe('the description of the interface', () => {
  it('has every route of the router, and no other', () => {
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const served = routes.map(({ method, path }) => `${method} ${operationPath(path)}`);
    expect(served.length).to.be.greaterThan(30);
    expect(described.sort()).to.deep.equal([...new Set(served)].sort());
  });

  it('leaves out the pages where none are served', () => {
    const { paths, tags } = openApiDocument({ ...OPTIONS, pages: false });
    expect(Object.keys(paths).sort()).to.deep.equal(
      [...new Set(apiRoutes.map(({ path }) => operationPath(path)))].sort(),
    );
    expect(JSON.stringify(tags)).to.not.include('Pages');
  });

  it('is valid OpenAPI 3.1, and a linter has nothing to say', async () => {
    expect(document.openapi).to.match(/^3\.1\./);
    const config = await createConfig({
      extends: ['recommended'],
      rules: {
        // Some paths cannot fail for what the client sends.
        'operation-4xx-response': 'error',
        'operation-operationId-unique': 'error',
        'path-parameters-defined': 'error',
        'no-ambiguous-paths': 'off',
      },
    });
    const problems = await lintFromString({ source: JSON.stringify(document), config });
    expect(
      problems.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer]),
    ).to.deep.equal([]);
  });

  it('is found wrong by the linter when it is', async () => {
    const config = await createConfig({ extends: ['recommended'] });
    const { get, ...others } = document.paths['/health'] ?? {};
    const broken = {
      ...document,
      paths: { ...document.paths, '/health': { ...others, get: { ...get, responses: { 200: {} } } } },
    };
    const problems = await lintFromString({ source: JSON.stringify(broken), config });
    expect(problems.map(({ severity }) => severity)).to.include('error');
  });

  it('has schemas that JSON Schema 2020-12 understands, each of which is referred to', () => {
    const ajv = new Ajv2020({ strict: true, strictTypes: false });
    addFormats.default(ajv);
    ajv.addVocabulary(['components']);
    const text = JSON.stringify(document.paths) + JSON.stringify(document.components);
    const alone = new Set(['Platform', 'ProvenanceSummary', 'Bundle', 'Provenance', 'Manifest', 'Report']);
    for (const name of Object.keys(SCHEMAS)) {
      ajv.compile(withDefinitions(name));
      if (!alone.has(name)) expect(text, name).to.include(`"#/components/schemas/${name}"`);
    }
  });

  it('says of a query what the registry checks of it', () => {
    const search = document.paths['/v1/bundles/search']?.get?.parameters ?? [];
    const schemaOf = (name: string) => search.find((each) => each.name === name)?.schema;
    expect(schemaOf('limit')).to.include({ type: 'integer', minimum: 1, maximum: 100 });
    expect(schemaOf('certified')).to.include({ type: 'integer', minimum: 1, maximum: 4 });
    expect(schemaOf('os')).to.deep.include({ enum: ['darwin', 'linux', 'win32', 'any'] });
    expect(schemaOf('q')).to.include({ type: 'string', maxLength: 1024 });
    const since = document.paths['/v0.1/servers']?.get?.parameters?.find(
      ({ name }) => name === 'updated_since',
    );
    expect(since?.schema).to.include({ type: 'string', format: 'date-time' });
  });
});

function withDefinitions(name: string): object {
  return { $ref: `#/components/schemas/${name}`, components: document.components };
}
