// The documents: valid, whole, and without a reference to what is not there.
import { expect, test } from 'bun:test';
import asyncApi from '@asyncapi/specs/schemas/3.0.0-without-$id.json' with { type: 'json' };
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv } from 'ajv';
import { whoMay } from '../../src/access/asking.ts';
import { ErrorBody } from '../../src/errors.ts';
import { features } from '../../src/features.ts';
import { stageOf } from '../../src/gateway/command.ts';
import { closeCodes, controlFrames, op } from '../../src/gateway/protocol.ts';
import { fullPath } from '../../src/http/endpoint.ts';
import { startTest, type TestServer } from '../support/server.ts';

type Json = Record<string, any>;
const endpoints = features.flatMap((feature) => feature.endpoints);
const events = features.flatMap((feature) => feature.events);
const commands = features.flatMap((feature) => feature.commands);

async function read(server: TestServer, path: string): Promise<Json> {
  const reply = await server.call('GET', path);
  expect(reply.status).toBe(200);
  return reply.body;
}

/** Pointers of references that lead nowhere. */
function dangling(document: Json): string[] {
  const found: string[] = [];
  const follow = (pointer: string) =>
    pointer
      .slice(2)
      .split('/')
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
      .reduce<any>((at, part) => at?.[part], document);
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (key === '$ref' && typeof inner === 'string' && !follow(inner)) found.push(inner);
      visit(inner);
    }
  };
  visit(document);
  return found;
}

test('the OpenAPI document is valid and no reference of it leads nowhere', async () => {
  await using server = await startTest();
  const document = await read(server, '/openapi.json');
  const { valid, errors } = await new Validator().validate(structuredClone(document));
  expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
  expect(dangling(document)).toEqual([]);
  const copy = structuredClone(document);
  copy['components'].schemas.ErrorBody = undefined;
  expect(dangling(copy)).not.toEqual([]);
});

test('every endpoint stands in the OpenAPI document, with its rule, its answer and a name', async () => {
  await using server = await startTest({ settings: { ACCORD_TEST_MODE: 'on' } });
  const { paths } = await read(server, '/openapi.json');
  const operations = Object.entries<Json>(paths).flatMap(([path, methods]) =>
    Object.entries<Json>(methods).map(([method, operation]) => ({ path, method, ...operation })),
  );
  expect(operations).toHaveLength(endpoints.length);
  for (const endpoint of endpoints) {
    const path = fullPath(endpoint).replace(/:([a-z_]+)/g, '{$1}');
    const { responses, ...operation } = paths[path][endpoint.method.toLowerCase()];
    expect(operation).toMatchObject({
      'x-access': whoMay(endpoint),
      summary: endpoint.summary,
    });
    expect(Object.keys(responses)).toContain('200');
    expect('401' in responses || !endpoint.access.token).toBe(true);
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const said = (operation.parameters ?? []).filter((one: Json) => one['in'] === 'path');
    expect(said.map(({ name }: Json) => name)).toEqual(named);
    expect('requestBody' in operation).toBe(endpoint.body !== undefined);
  }
  const names = operations.map((operation: Json) => operation['operationId']);
  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => !/^[a-z][A-Za-z]+$/.test(name))).toEqual([]);
});

test('no number is bounded in the document by what a double can hold', async () => {
  await using server = await startTest();
  const document = JSON.stringify(await read(server, '/openapi.json'));
  expect(document).not.toContain(String(Number.MAX_SAFE_INTEGER));
});

test('a schema that transforms is described as it is sent and as it is received', async () => {
  await using server = await startTest();
  const { components, paths } = await read(server, '/openapi.json');
  const { Message, NewMessage } = components.schemas;
  expect(NewMessage.required ?? []).not.toContain('tts');
  expect(Message.required).toContain('tts');
  const { parameters } = paths['/api/v1/channels/{channel_id}/messages'].get;
  const limit = parameters.find(({ name }: Json) => name === 'limit');
  expect(limit).toMatchObject({ in: 'query', required: false, schema: { type: 'integer' } });
  expect(JSON.stringify(components.schemas)).not.toContain('$defs');
});

test('an error is what the document says of errors', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  for (const reply of [
    await server.call('GET', '/users/@me'),
    await anna.call('POST', '/spaces', { name: 7 }),
    await anna.call('GET', '/spaces/1'),
    await anna.call('GET', '/nothing'),
  ]) {
    expect(ErrorBody.strict().safeParse(reply.body)).toMatchObject({ success: true });
  }
});

test('the AsyncAPI document is valid and no reference of it leads nowhere', async () => {
  await using server = await startTest();
  const document = await read(server, '/asyncapi.json');
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(asyncApi);
  const valid = validate(structuredClone(document));
  expect({ valid, errors: validate.errors }).toEqual({ valid: true, errors: null });
  expect(dangling(document)).toEqual([]);
});

test('every event, command and frame stands in the AsyncAPI document, and no signal does', async () => {
  await using server = await startTest();
  const document = await read(server, '/asyncapi.json');
  const { messages } = document['components'];
  const told = events.filter(({ internal }) => !internal);
  const heard = [...new Set(told.map(({ type }) => type))];
  const frames = controlFrames.map(({ name }) => name);
  const said = [...frames, ...heard, ...commands.map(({ name }) => name)];
  expect(Object.keys(messages).toSorted()).toEqual(said.toSorted());
  expect(heard).toContain('ready');
  expect(heard).toContain('resumed');
  for (const { type, intent, ephemeral } of told) {
    const hearers = messages[type]['x-heard-by'];
    expect(hearers).toContainEqual({ audience: expect.any(String), intent, in_log: !ephemeral });
  }
  for (const command of commands) {
    const said = { 'x-access': command.access.says, 'x-stage': stageOf(command) };
    expect(messages[command.name]).toMatchObject(said);
  }
  const ops = Object.values<Json>(messages).map(({ payload }) => payload.properties.op.const);
  expect(new Set(ops)).toEqual(new Set(Object.values(op)));
  const codes = document['x-close-codes'].map(({ code }: Json) => String(code));
  expect(codes.toSorted()).toEqual(Object.keys(closeCodes).toSorted());
});

test('the documents name the public address', async () => {
  await using server = await startTest({
    settings: { PUBLIC_URL: 'https://chat.example.org/accord' },
  });
  const { servers } = await read(server, '/openapi.json');
  expect(servers).toEqual([{ url: 'https://chat.example.org/accord' }]);
  const gateway = (await read(server, '/asyncapi.json'))['servers'].gateway;
  expect(gateway).toEqual({ host: 'chat.example.org', pathname: '/accord/ws', protocol: 'wss' });
});

test('the page shows the document with nothing but what the server itself sends', async () => {
  await using server = await startTest();
  const page = await fetch(`${server.origin}/docs`);
  const html = await page.text();
  expect(page.headers.get('content-type')).toStartWith('text/html');
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self';");
  expect(policy).not.toContain('http');
  expect(html).not.toMatch(/<script(?![^>]*\ssrc=)/);
  expect(html).not.toMatch(/(src|href)="(https?:)?\/\//);

  const [, address = ''] = /<script src="([^"]+)"/.exec(html) ?? [];
  const compressed = await fetch(new URL(address, page.url));
  expect(compressed.headers.get('content-encoding')).toBe('gzip');
  expect(compressed.headers.get('content-type')).toStartWith('text/javascript');
  const program = await compressed.text();
  expect(program).toContain("Scalar.createApiReference('#page', ");
  expect(program).toContain('window.Scalar=');
  const plain = await fetch(new URL(address, page.url), {
    headers: { 'accept-encoding': 'identity' },
  });
  expect(plain.headers.get('content-encoding')).toBeNull();
  expect(await plain.text()).toBe(program);
  // Whether it is a program at all.
  expect(() => new Bun.Transpiler({ loader: 'js' }).scan(program)).not.toThrow();
  const [, document = ''] = /"url":"([^"]+)"/.exec(program.slice(-1000)) ?? [];
  expect((await fetch(new URL(document, page.url))).status).toBe(200);
});
