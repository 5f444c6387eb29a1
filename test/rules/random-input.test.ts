import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { Documented } from '../support/documented.ts';
import type { Person, Reply } from '../support/person.ts';
import { search } from '../support/search.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { world } from '../support/world.ts';

// Drives the whole REST surface from the OpenAPI document with random input, valid and not. The server
// is strict: an answer that is not what the document says is a 500, and a 500 fails the test.

/** What of JSON Schema the document uses. */
interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  allOf?: Schema[];
  oneOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  maxItems?: number;
  pattern?: string;
  format?: string;
}

interface Operation {
  method: string;
  path: string;
  query: { name: string; required: boolean; schema: Schema }[];
  body: Schema | null;
  /** A form of a part that holds JSON, and of files. */
  form: Schema | null;
}

/** A stream of random numbers from one seed, so that a failing history can be run again. */
class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  of<T>(list: readonly T[]): T | undefined {
    return list[this.below(list.length)];
  }
}

const pixel =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const hostile: unknown[] = [
  null,
  true,
  -1,
  1.5,
  1e300,
  '',
  ' ',
  '\0',
  '../../etc/passwd',
  "'; DROP TABLE messages; --",
  '\ud800',
  '\u202eabc',
  'x'.repeat(5_000),
  '99999999999999999999',
  [],
  {},
  [[[]]],
  { __proto__: null, id: 1 },
];

class Trial {
  readonly server: TestServer;
  readonly complaints = new Set<string>();
  readonly #documented: Documented;
  readonly #components: Record<string, Schema>;
  readonly #pools = new Map<string, string[]>();

  constructor(server: TestServer, document: any) {
    this.server = server;
    this.#documented = new Documented(document);
    this.#components = document.components.schemas;
  }

  /** Notes where an answer is not what the document says of the operation, `METHOD path`. */
  compare(operation: string, { status, headers, body }: Reply): void {
    const content_type = headers.get('content-type')?.split(';')[0] ?? '';
    const complaint = this.#documented.complaint(operation, { status, content_type, body });
    if (complaint !== null) this.complaints.add(`${operation}: ${complaint}`);
  }

  /** Keeps ids of answers by what they are of, for paths and bodies to come. */
  harvest(key: string, value: unknown): void {
    if (Array.isArray(value)) for (const one of value.slice(0, 5)) this.harvest(key, one);
    else if (typeof value === 'object' && value !== null) {
      for (const [name, inner] of Object.entries(value)) {
        this.harvest(name === 'id' ? key : name.replace(/s$/, ''), inner);
      }
    } else if (typeof value === 'string' && /^(\d{15,19}|\w{8})$/.test(value)) {
      const pool = this.#pools.get(key) ?? [];
      if (pool.length < 40) pool.push(value);
      this.#pools.set(key, pool);
    }
  }

  id(name: string, dice: Dice): string {
    const key = name.replace(/_id$/, '');
    const alike = { overwrite: 'role', thread: 'message', reply_to: 'message' }[key] ?? key;
    const pool = this.#pools.get(name) ?? this.#pools.get(alike) ?? [];
    if (dice.next() < 0.9 && pool.length > 0) return dice.of(pool) ?? '1';
    return dice.of(['1', '99999999999999', 'x', '%00', '0x10', '@you', '-1', 'ä']) ?? '1';
  }

  value(name: string, given: Schema, dice: Dice, wild: number, depth = 0): unknown {
    if (dice.next() < wild) return dice.of(hostile);
    const schema = given.$ref
      ? (this.#components[given.$ref.split('/').at(-1) ?? ''] ?? {})
      : given;
    const choice = schema.anyOf ?? schema.oneOf ?? schema.allOf;
    if (choice) return this.value(name, dice.of(choice) ?? {}, dice, wild, depth);
    if (schema.const !== undefined) return schema.const;
    if (schema.enum) return dice.of(schema.enum);
    const type = Array.isArray(schema.type) ? dice.of(schema.type) : schema.type;
    if (type === 'object' || schema.properties) return this.#object(schema, dice, wild, depth);
    if (type === 'array') {
      const length = depth > 3 ? 0 : dice.below(Math.min(3, (schema.maxItems ?? 3) + 1));
      return Array.from({ length }, () =>
        this.value(name, schema.items ?? {}, dice, wild, depth + 1),
      );
    }
    if (type === 'boolean') return dice.next() < 0.5;
    if (type === 'null') return null;
    if (type === 'integer' || type === 'number') {
      const least = Math.max(schema.minimum ?? 0, -100);
      return least + dice.below(Math.min(schema.maximum ?? 1_000, 100_000) - least + 1);
    }
    return this.#text(name, schema, dice);
  }

  #object(schema: Schema, dice: Dice, wild: number, depth: number): Record<string, unknown> {
    const made: Record<string, unknown> = {};
    for (const [key, inner] of Object.entries(schema.properties ?? {})) {
      const needed = schema.required?.includes(key) ?? false;
      if (needed ? dice.next() < 1 - wild / 4 : dice.next() < 0.4) {
        made[key] = this.value(key, inner, dice, wild, depth + 1);
      }
    }
    return made;
  }

  /** Each part as it is documented, or else; a list is one of files. */
  form(schema: Schema, dice: Dice, wild: number): FormData {
    const form = new FormData();
    for (const [name, part] of Object.entries(schema.properties ?? {})) {
      if (dice.next() < wild) continue;
      if (part.type === 'array') {
        for (let n = dice.below(3); n > 0; n -= 1) form.append(name, this.#file(dice));
      } else form.append(name, JSON.stringify(this.value('', part, dice, wild)) ?? '');
    }
    return form;
  }

  #file(dice: Dice): File {
    const bytes = Uint8Array.from({ length: dice.below(200) }, () => dice.below(256));
    const name = dice.of(['a.png', '../b.html', 'x'.repeat(300), '\u202egnp.exe', 'ä b.txt', '.']);
    const type = dice.of(['image/png', 'text/html', 'application/x-nothing', '']);
    return new File([bytes], name ?? '', { type });
  }

  #text(name: string, schema: Schema, dice: Dice): string {
    if (/(^|_)id$|^reply_to$|^messages?$|^roles?$/.test(name)) return this.id(name, dice);
    if (/^(image|icon|avatar|banner)$/.test(name))
      return dice.of(['', pixel, pixel, 'data:,x']) ?? '';
    if (schema.format === 'date-time') return new Date(1.78e12 + dice.below(1e9)).toISOString();
    const length = Math.max(
      schema.minLength ?? 1,
      Math.min(schema.maxLength ?? 12, 1 + dice.below(12)),
    );
    const letters = 'abcdefghijklmnopqrstuvwxyz'.split('');
    return Array.from({ length }, () => dice.of(letters)).join('');
  }
}

/** A value as a query string can hold it. */
function asText(value: unknown): string {
  return (typeof value === 'string' ? value : JSON.stringify(value)).toWellFormed();
}

async function operations(server: TestServer) {
  const { body: document } = await server.call('GET', '/openapi.json');
  const found: Operation[] = [];
  for (const [path, methods] of Object.entries<any>(document.paths)) {
    for (const [method, operation] of Object.entries<any>(methods)) {
      const parameters: any[] = operation.parameters ?? [];
      found.push({
        method: method.toUpperCase(),
        path,
        query: parameters.filter((one) => one.in === 'query'),
        body: operation.requestBody?.content?.['application/json']?.schema ?? null,
        form: operation.requestBody?.content?.['multipart/form-data']?.schema ?? null,
      });
    }
  }
  return { found, document };
}

/** Calls one operation with what the dice say; answers the status. */
async function call(
  trial: Trial,
  { method, path, query, body, form }: Operation,
  people: readonly Person[],
  seed: number,
): Promise<number> {
  const dice = new Dice(seed);
  // Half of the calls mean well.
  const wild = dice.next() < 0.5 ? 0 : 0.25;
  const filled = path.replace(/\{(\w+)\}/g, (_all, name: string) => {
    const given = name === 'emoji' ? (dice.of(['👍', 'heart', 'a:1']) ?? '') : trial.id(name, dice);
    return given === '%00' ? given : encodeURIComponent(given);
  });
  const asked = query
    .filter(({ required }) => required || dice.next() < 0.3)
    .map(
      ({ name, schema }) =>
        `${name}=${encodeURIComponent(asText(trial.value(name, schema, dice, wild)))}`,
    );
  const url = `${filled}${asked.length > 0 ? `?${asked.join('&')}` : ''}`;
  const person = dice.next() < 0.95 ? dice.of(people) : undefined;
  const reply = await trial.server.call(
    method,
    url.startsWith('/api/v1') ? url.slice(7) : `/${url}`,
    form ? trial.form(form, dice, wild) : body ? trial.value('', body, dice, wild) : undefined,
    person ? { authorization: person.authorization } : {},
  );
  const shown = { call: `${method} ${url}`, status: reply.status, body: reply.body };
  trial.compare(`${method} ${path}`, reply);
  if (reply.status >= 500) throw new Error(`${JSON.stringify(shown)} ${logged(trial.server)}`);
  if (reply.status >= 400) {
    expect(shown).toMatchObject({ body: { error: { code: expect.any(String) } } });
  } else {
    const kind = /\/(\w+?)s?(\/\{\w+\})?$/.exec(path)?.[1] ?? '';
    trial.harvest(kind, reply.data);
  }
  return reply.status;
}

function logged({ logged: lines }: TestServer): string {
  return lines
    .filter(({ level }) => level === 'error')
    .map(({ fields }) => String(fields['err']))
    .join('\n');
}

/** What ends what other calls need: tried at the end alone, in this order. */
const endings = [
  'DELETE /api/v1/spaces/{space_id}',
  'POST /api/v1/auth/sessions/revoke-all',
  'POST /api/v1/auth/logout',
];

const numRuns = 5;

test(
  'no input whatever breaks the server, and much of it is answered',
  async () => {
    let calls = 0;
    let good = 0;
    const steps = fc.array(fc.tuple(fc.nat(), fc.integer()), { minLength: 150, maxLength: 250 });
    await fc.assert(
      fc.asyncProperty(steps, async (history) => {
        await using server = await startTest();
        const { found, document } = await operations(server);
        const trial = new Trial(server, document);
        const { anna, bob, space, general } = await world(server, 'anna', 'bob');
        const message = await anna.says(general, 'hello');
        const role = await anna.does('POST', `/spaces/${space.id}/roles`, { name: 'Helper' });
        for (const [kind, { id }] of Object.entries({ space, channel: general, message, role })) {
          trial.harvest(kind, id);
        }
        trial.harvest('user', [anna.id, bob.id]);
        const nameOf = ({ method, path }: Operation) => `${method} ${path}`;
        const usual = found.filter((one) => !endings.includes(nameOf(one)));
        for (const [which, seed] of history) {
          const operation = usual[which % usual.length];
          if (operation === undefined) continue;
          calls += 1;
          if ((await call(trial, operation, [anna, anna, anna, bob], seed)) < 300) good += 1;
        }
        for (const [index, ending] of endings.entries()) {
          const operation = found.find((one) => nameOf(one) === ending);
          const people = index === 1 ? [bob] : [anna];
          if (operation) await call(trial, operation, people, history.length + index);
        }
        expect([...trial.complaints]).toEqual([]);
        expect(logged(server)).toBe('');
      }),
      { ...search(numRuns), endOnFailure: true },
    );
    expect(good / calls).toBeGreaterThan(0.25);
  },
  60_000 + search(numRuns).numRuns * 2_000,
);
