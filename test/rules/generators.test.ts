// The documents use forms alone that generators of clients understand. Each rule stands for what
// one of them stumbled over: openapi-python-client, oapi-codegen, ogen, openapi-generator, hey-api.
import { expect, test } from 'bun:test';
import { z } from 'zod';
import { features } from '../../src/features.ts';
import { documentedPath, existing } from '../../src/http/endpoint.ts';
import { controlFrames } from '../../src/gateway/protocol.ts';
import { Samples, schemasOf, target, type Found } from '../support/schemas.ts';
import { startTest, type TestServer } from '../support/server.ts';

type Json = Record<string, any>;

async function read(server: TestServer, path: string): Promise<Json> {
  const { status, body } = await server.call('GET', path);
  expect(status).toBe(200);
  return body;
}

/** What both documents hold, as far as the rule complains of it. */
async function complaints(complain: (found: Found) => string | null | false): Promise<string[]> {
  await using server = await startTest({ settings: { ACCORD_TEST_MODE: 'on' } });
  const documents = [await read(server, '/openapi.json'), await read(server, '/asyncapi.json')];
  const all = documents.map(schemasOf);
  expect(all.map(({ length }) => length > 300)).toEqual([true, true]);
  return all.flat().flatMap((found) => {
    const said = complain(found);
    return typeof said === 'string' ? [`${found.at}: ${said}`] : [];
  });
}

const typesOf = ({ type }: Json): string[] => [type ?? []].flat();

/** What is wrong with the keywords of one schema. */
function oddKeywords(schema: Json): string | null {
  if (typeof schema !== 'object' || schema === null) return 'no schema in the place of one';
  const { enum: values, required = [], properties = {} } = schema;
  for (const key of ['prefixItems', 'additionalItems', 'not', 'if', 'patternProperties']) {
    if (key in schema) return key;
  }
  for (const [least, most] of [
    ['minimum', 'maximum'],
    ['minLength', 'maxLength'],
    ['minItems', 'maxItems'],
  ] as const) {
    if (schema[least] > schema[most]) return `${least} above ${most}`;
  }
  if (values?.length === 0) return 'an enum of nothing';
  if (typesOf(schema).includes('array') && schema['items'] === undefined) return 'no items';
  const missing = required.filter((key: string) => !(key in properties));
  if (missing.length > 0) return `${missing} is required and not described`;
  if (typeof schema['const'] === 'boolean') return `${schema['const']} as a constant`;
  const isTyped = ['type', '$ref', 'anyOf', 'allOf'].some((key) => key in schema);
  const keyword = ['const', 'enum', 'pattern', 'format', 'properties'].find((key) => key in schema);
  if (!isTyped && keyword !== undefined) return `${keyword} without a type`;
  const others = typesOf(schema).filter((one) => one !== 'null');
  if (others.length > 1) return `several types: ${others.join()}`;
  return null;
}

test('no schema uses what generators do not understand, or says what nothing can be', async () => {
  expect(await complaints(({ schema }) => oddKeywords(schema))).toEqual([]);
});

test('the rule finds each of these', () => {
  for (const [schema, why] of [
    [false, 'no schema in the place of one'],
    [{ type: 'array', prefixItems: [{}] }, 'prefixItems'],
    [{ type: 'array' }, 'no items'],
    [{ type: 'integer', minimum: 2, maximum: 1 }, 'minimum above maximum'],
    [{ type: 'string', enum: [] }, 'an enum of nothing'],
    [{ type: 'object', required: ['a'] }, 'a is required and not described'],
    [{ pattern: 'a' }, 'pattern without a type'],
    [{ type: 'boolean', const: true }, 'true as a constant'],
    [{ type: ['string', 'integer'] }, 'several types: string,integer'],
  ] as const) {
    expect(oddKeywords(schema as unknown as Json)).toBe(why);
  }
});

test('null stands beside what else may be there, never alone', async () => {
  const isNull = (schema: Json) => typesOf(schema).join() === 'null';
  const alone = await complaints(({ at, schema }) => {
    if (isNull(schema) && !/\.anyOf\.\d+$/.test(at)) return 'null alone';
    return schema['anyOf']?.every(isNull) ? 'null alone' : null;
  });
  expect(alone).toEqual([]);
});

test('something fits every schema', async () => {
  await using server = await startTest({ settings: { ACCORD_TEST_MODE: 'on' } });
  for (const path of ['/openapi.json', '/asyncapi.json']) {
    const document = await read(server, path);
    const samples = new Samples(document);
    const whole = schemasOf(document).filter(({ inner }) => !inner);
    const barren = whole.filter(({ schema }) => !samples.fits(schema));
    expect(barren.map(({ at }) => at)).toEqual([]);
    expect(samples.fits({ type: 'array', items: false, minItems: 1 })).toBe(false);
  }
});

test('a pattern is a regular expression in every language', async () => {
  const odd = /\(\?(?!:)|\\[pPuxkbBAZzGQ]|\\[1-9]|\[\^?\]|&&/;
  expect('(?<=a) \\p{L} \\1'.match(new RegExp(odd, 'g'))).toHaveLength(3);
  const wrong = await complaints(({ schema: { pattern } }) => {
    if (pattern === undefined) return null;
    if (odd.test(pattern)) return `${pattern} is not plain`;
    return pattern.startsWith('^') && pattern.endsWith('$') ? null : `${pattern} is not anchored`;
  });
  expect(wrong).toEqual([]);
});

test('a default makes no property compulsory: it stands in the description', async () => {
  const wrong = await complaints(({ at, schema }) => {
    return 'default' in schema && !/\?\w+$/.test(at) && `default ${schema['default']}`;
  });
  expect(wrong).toEqual([]);
  await using server = await startTest();
  const { schemas } = (await read(server, '/openapi.json'))['components'];
  expect(schemas.NewMessage.properties.tts).toEqual({
    type: ['boolean', 'null'],
    description: 'by default false',
  });
  expect(schemas.NewMessage.required).toEqual(['content']);
  expect(schemas.Message.required).toContain('tts');
  expect(schemas.Message.properties.tts).toEqual({ type: 'boolean' });
});

test('a whole number that needs more than 32 bits says so', async () => {
  const isWide = ({ minimum = -Infinity, maximum = Infinity }: Json) =>
    minimum < -(2 ** 31) || maximum >= 2 ** 31;
  const wrong = await complaints(({ schema, sent }) => {
    const { format, const: value } = schema;
    if (!typesOf(schema).includes('integer') || value !== undefined) return null;
    return sent && isWide(schema) && format === undefined ? 'no format' : null;
  });
  expect(wrong).toEqual([]);
  // What a request may hold comes back in responses.
  await using server = await startTest();
  const found = schemasOf(await read(server, '/openapi.json'));
  const nameOf = ({ at }: Found) => at.split('.').at(-1) ?? '';
  const isLong = ({ schema }: Found) => schema['format'] === 'int64';
  const long = new Set(found.filter((one) => one.sent && isLong(one)).map(nameOf));
  expect([...long].toSorted()).toEqual([
    'accent_color',
    'color',
    'height',
    'max_age',
    'max_attachment_size',
    'max_upload_per_day',
    'max_uses',
    'width',
  ]);
  const short = found.filter((one) => !one.sent && long.has(nameOf(one)) && !isLong(one));
  // The size of an uploaded picture is what the server measured.
  const measured = ['Attachment.width', 'Attachment.height'];
  expect(short.map(({ at }) => at).filter((at) => !measured.includes(at))).toEqual([]);
});

test('the data of a command take null and absence where the document says so', async () => {
  await using server = await startTest();
  const document = await read(server, '/asyncapi.json');
  const samples = new Samples(document);
  const schemas = [...features.flatMap((one) => one.commands), ...controlFrames].flatMap((one) =>
    one.data === null ? [] : [{ name: one.name, data: one.data }],
  );
  const wrong: string[] = [];
  let fields = 0;
  for (const { name, data } of schemas) {
    const inner = data instanceof z.ZodPipe ? data.in : data;
    if (!(inner instanceof z.ZodObject)) continue;
    const said = document['components'].messages[name].payload.properties.data;
    const whole = '$ref' in said ? document['components'].schemas[target(said)] : said;
    for (const [key, field] of Object.entries<z.ZodType>(inner.shape)) {
      fields += 1;
      const takesNull = samples.isValid(whole.properties[key], null);
      if (takesNull !== field.safeParse(null).success) wrong.push(`${name} ${key}: null`);
      const isRequired = (whole.required ?? []).includes(key);
      if (isRequired === field.safeParse(undefined).success) wrong.push(`${name} ${key}: absent`);
    }
  }
  expect(wrong).toEqual([]);
  expect(fields).toBeGreaterThan(15);
});

/** Names of types in one of the languages. */
const taken = ['Error', 'Object', 'String', 'Number', 'Date', 'Map', 'Set', 'List', 'File', 'Type'];

test('the names of schemas are names in every language, and no property is called like its schema', async () => {
  await using server = await startTest({ settings: { ACCORD_TEST_MODE: 'on' } });
  for (const path of ['/openapi.json', '/asyncapi.json']) {
    const { schemas } = (await read(server, path))['components'];
    const names = Object.keys(schemas);
    expect(names.filter((name) => !/^[A-Z][A-Za-z0-9]*$/.test(name))).toEqual([]);
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length);
    expect(names.filter((name) => taken.includes(name))).toEqual([]);
    const own = names.filter((name) => name.toLowerCase() in (schemas[name].properties ?? {}));
    expect(own).toEqual([]);
  }
});

test('a number that is moved to its bound has none in the document, which tells it in words', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const { paths } = await read(server, '/openapi.json');
  let lists = 0;
  for (const [path, methods] of Object.entries<Json>(paths)) {
    const parameters: Json[] = methods['get']?.parameters ?? [];
    const limit = parameters.find(({ name }) => name === 'limit');
    if (limit === undefined) continue;
    lists += 1;
    expect({ path, ...limit['schema'] }).toEqual({
      path,
      type: 'integer',
      format: 'int32',
      default: expect.any(Number),
    });
    expect(limit['description']).toMatch(/^at most \d+ are given/);
  }
  expect(lists).toBeGreaterThan(15);
  for (const limit of ['1000000', '0', '-1']) {
    expect((await anna.call('GET', `/spaces/public?limit=${limit}`)).status).toBe(200);
  }
});

test('every error has an example that is an error, and every one is referred to', async () => {
  await using server = await startTest({ settings: { ACCORD_TEST_MODE: 'on' } });
  const document = await read(server, '/openapi.json');
  const samples = new Samples(document);
  const { responses } = document['components'];
  const operations = Object.values<Json>(document['paths']).flatMap((one) =>
    Object.values<Json>(one),
  );
  const used = new Set<string>();
  for (const operation of operations) {
    for (const [status, answer] of Object.entries<Json>(operation['responses'])) {
      if (Number(status) < 400 || status === '412' || status === '416') continue;
      const name = answer['$ref']?.split('/').at(-1);
      if (name !== undefined) used.add(name);
      const { schema, examples } = (name ? responses[name] : answer).content['application/json'];
      const values = Object.values<Json>(examples).map(({ value }) => value);
      expect(values.length).toBeGreaterThan(0);
      for (const value of values)
        expect([value, samples.isValid(schema, value)]).toEqual([value, true]);
    }
  }
  expect(Object.keys(responses).toSorted()).toEqual([...used].toSorted());
  expect(samples.isValid({ $ref: '#/components/schemas/ErrorBody' }, { error: {} })).toBe(false);
});

test('every endpoint has an example of its body and of its answer, and they are taken', async () => {
  await using server = await startTest({ settings: { ACCORD_TEST_MODE: 'on' } });
  const document = await read(server, '/openapi.json');
  const samples = new Samples(document);
  const all = features.flatMap(({ endpoints }) => endpoints);
  const wrong: unknown[] = [];
  let bodies = 0;
  for (const endpoint of existing(all, server.app.config)) {
    const operation = document['paths'][documentedPath(endpoint)][endpoint.method.toLowerCase()];
    const where = `${endpoint.method} ${endpoint.path}`;
    for (const { $ref, name, example } of operation['parameters'] ?? []) {
      if ($ref === undefined && example === undefined) wrong.push([where, name]);
    }
    const answer = operation['responses']['200'].content['application/json'];
    if (answer !== undefined && !samples.isValid(answer.schema, answer.example)) {
      wrong.push([where, answer.example]);
    }
    // The document cannot say everything: whether the endpoint itself could answer it.
    const isBare = ['plain', 'raw'].includes(endpoint.form);
    const answered = isBare ? answer?.example : answer?.example.data;
    const could = answer === undefined ? null : endpoint.returns.safeParse(answered);
    if (could?.success === false) wrong.push([where, answered, could.error.issues]);
    const asked = operation['requestBody']?.content['application/json'];
    if (asked === undefined) continue;
    bodies += 1;
    const checked = endpoint.body?.safeParse(asked.example);
    if (!checked?.success) wrong.push([where, asked.example, checked?.error.issues]);
  }
  expect(wrong).toEqual([]);
  expect(bodies).toBeGreaterThan(30);
});
