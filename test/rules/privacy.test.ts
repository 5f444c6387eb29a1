// What two people or a group write is theirs: no endpoint and no command tells anybody else of it.
import { expect, spyOn, test } from 'bun:test';
import { z } from 'zod';
import { account, accountOrGuest } from '../../src/access/rules.ts';
import { features } from '../../src/features.ts';
import type { Command } from '../../src/gateway/command.ts';
import { existing, type Endpoint } from '../../src/http/endpoint.ts';
import { asks, conversing, nobody, secret } from '../support/conversing.ts';
import type { Ears } from '../support/ears.ts';
import { fieldsOf, nameOf, operations, type Field, type Operation } from '../support/fields.ts';
import { byPath } from '../support/matrix.ts';
import type { Person, Reply } from '../support/person.ts';
import { anywhere, pathOf } from '../support/place.ts';
import { goodBody } from '../support/refusals.ts';
import { sampleOf } from '../support/sample.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { Traces } from '../support/traces.ts';
import { ownName, withValue } from '../support/values.ts';

const all = byPath(features.flatMap((feature) => feature.endpoints));
const commands = features.flatMap((feature) => feature.commands);
const declared = operations();

/** Endpoints with the id of a channel or a message in their path. */
const onChannels = all.filter(({ path }) => /:(channel|message)_id\b/.test(path));

const operationOf = ({ method, path }: Endpoint): Operation => {
  const found = declared.find(({ name }) => name === `${method} ${path}`);
  if (found === undefined) throw new Error(`the document lacks ${method} ${path}`);
  return found;
};

/** The body of a request, with ids of the place wherever it names something. */
function bodyWith(operation: Operation, ids: Record<string, string>): unknown {
  const known = (name: string) => (name in ids ? ids[name] : undefined);
  return goodBody(operation, known);
}

/** Whether no rule looks at the channel: then it has to be all the same whether there is one. */
const isBlind = ({ access, path }: Endpoint) =>
  path.includes(':channel_id') && !access.needs.includes('channel_id');

/** Everybody listens, to everything; what they heard of one another is read. */
async function allEars(people: readonly Person[]): Promise<Ears[]> {
  const ears: Ears[] = [];
  for (const one of people) ears.push(await one.listens());
  for (const one of ears) await one.unread();
  return ears;
}

const name = ({ method, path }: Endpoint) => `${method} ${path}`;

/** What a refusal says, which has to be the same wherever it is. */
const saying = ({ status, body }: Reply) => JSON.stringify([status, body]);

test('whoever does not take part is refused everywhere, and in the same words as at any closed door', async () => {
  await using server = await startTest();
  const { places, outsiders, people } = await conversing(server);
  const traces = await Traces.of(server, await allEars(people));
  const endpoints = existing(onChannels, server.app.config);
  expect(endpoints.length).toBeGreaterThan(30);
  const wrong: string[] = [];
  for (const endpoint of endpoints) {
    const operation = operationOf(endpoint);
    const call = (who: keyof typeof outsiders, where: keyof typeof places) => {
      const ids = { ...anywhere, ...places[where] };
      return asks(server, outsiders[who] ?? nobody, endpoint, ids, bodyWith(operation, ids));
    };
    for (const who of Object.keys(outsiders)) {
      const [dm, group] = [await call(who, 'dm'), await call(who, 'group')];
      // Instance admins get in everywhere else, so that they are told what strangers are.
      const closed = await call(who === 'an instance admin' ? 'a stranger' : who, 'hidden');
      const complain = (what: string) => wrong.push(`${who}: ${name(endpoint)}: ${what}`);
      if (isBlind(endpoint)) {
        const nothing = await call(who, 'nothing');
        if (saying(dm) !== saying(nothing))
          complain(`${saying(dm)}, of nothing ${saying(nothing)}`);
      } else if (![401, 403, 404].includes(dm.status)) complain(`let in: ${saying(dm)}`);
      if (saying(dm) !== saying(group)) complain(`${saying(dm)} and ${saying(group)}`);
      if (saying(dm) !== saying(closed)) complain(`${saying(dm)}, elsewhere ${saying(closed)}`);
      if (saying(dm).includes(secret)) complain('tells what is in it');
      for (const row of traces.rows()) complain(row);
    }
  }
  expect(wrong).toEqual([]);
  expect(await traces.all()).toEqual([]);
  expect(JSON.stringify(server.logged)).not.toContain(secret);
});

test('who takes part gets in by the same paths, but for what conversations do not have', async () => {
  await using server = await startTest();
  const { anna, places } = await conversing(server);
  const refused: string[] = [];
  // What takes something away comes last.
  const order = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
  const depth = ({ path }: Endpoint) => path.split('/').length;
  const endpoints = existing(onChannels, server.app.config)
    .filter(({ at }) => at !== 'root')
    .toSorted((a, b) => order.indexOf(a.method) - order.indexOf(b.method) || depth(b) - depth(a));
  for (const endpoint of endpoints) {
    const ids = { ...anywhere, ...places.group };
    const body = bodyWith(operationOf(endpoint), ids);
    const { status } = await asks(server, anna, endpoint, ids, body);
    if ([401, 403, 404].includes(status)) refused.push(`${name(endpoint)} ${status}`);
  }
  expect(refused.toSorted()).toMatchSnapshot();
});

test('nothing else that may be read tells others of a conversation, nor does READY', async () => {
  await using server = await startTest();
  const { dm, group, places, outsiders, people, takers, guest } = await conversing(server);
  const private_texts = [
    secret,
    dm.id,
    group.id,
    places.dm['message_id'],
    places.group['message_id'],
  ];
  const wrong: string[] = [];
  const look = (where: string, answer: unknown) => {
    const text = JSON.stringify(answer);
    if (private_texts.some((one) => text.includes(one ?? secret))) wrong.push(where);
  };
  const others = existing(all, server.app.config).filter(
    (one) => one.method === 'GET' && !onChannels.includes(one),
  );
  expect(others.length).toBeGreaterThan(30);
  for (const endpoint of others) {
    const path = pathOf(endpoint, { ...anywhere, ...places.dm });
    for (const [who, { authorization }] of Object.entries(outsiders)) {
      // Emil has written to cleo.
      if (who === 'somebody who was taken out' && path === '/users/@me/data-export') continue;
      const { body } = await server.call('GET', path, undefined, { authorization });
      look(`${who}: ${path}`, body);
    }
  }
  for (const person of people.filter((one) => !takers.includes(one))) {
    // Emil has one with cleo.
    look(`READY of ${person.name}`, (await person.listens()).ready);
  }
  look('READY of a guest', (await guest.listens()).ready);
  expect(wrong).toEqual([]);
});

/** The data of a command with those ids wherever it names something. */
function dataWith({ data, access }: Command, ids: Record<string, string>): object {
  const described = z.toJSONSchema(data, { io: 'input', unrepresentable: 'any' });
  const shapes = [described, ...Object.values(described.$defs ?? {})];
  const keys = shapes.flatMap(({ properties = {} }) => Object.keys(properties));
  const named = [...keys, ...access.needs].flatMap((key) => (key in ids ? [[key, ids[key]]] : []));
  return { ...Object(sampleOf(data)), ...Object.fromEntries(named) };
}

test('no command from outside runs in a conversation, whichever of its fields names it', async () => {
  await using server = await startTest();
  const { anna, places, people, takers } = await conversing(server);
  const ears = await allEars(people);
  const closed = commands.filter(({ access }) => access !== account && access !== accountOrGuest);
  expect(closed.map(({ name: known }) => known)).toContain('VOICE_STATE_UPDATE');
  const traces = await Traces.of(server, ears);
  const spies = closed.map((command) => spyOn(command, 'run'));
  const ran = () => spies.reduce((sum, { mock }) => sum + mock.calls.length, 0);
  for (const [index, person] of people.entries()) {
    if (takers.includes(person)) continue;
    for (const { channel_id: id = '', message_id = '' } of [places.dm, places.group]) {
      for (const space_id of [null, id, places.dm['space_id']]) {
        const ids = { channel_id: id, message_id, user_id: anna.id };
        for (const command of closed) {
          // Members ask for members of their space: there is no channel in that.
          if (!command.access.needs.includes('channel_id') && space_id !== id) continue;
          ears[index]?.send(command.op, { ...dataWith(command, ids), space_id });
        }
      }
    }
    await ears[index]?.settled();
  }
  expect(ran()).toBe(0);
  expect(await traces.all()).toEqual([]);
  // Those who take part reach the same commands.
  const voice = closed.filter(({ access }) => access.needs.includes('channel_id'));
  const annas = ears[people.indexOf(anna)];
  const data = { channel_id: places.dm['channel_id'], space_id: null };
  for (const command of voice)
    annas?.send(command.op, { ...Object(sampleOf(command.data)), ...data });
  await annas?.settled();
  expect(ran()).toBe(voice.length);
  for (const spy of spies) spy.mockRestore();
});

/** Fields that may name a channel or a message. */
const naming =
  /^(id|.*channel_ids?|parent_id|.*message_ids?|thread_id|reply_to|around|before|after|cursor|messages|channels)$/;

const isNaming = ({ path, said }: Field) => said.type === 'string' && naming.test(ownName(path));

/** An id next to that one which nothing has. */
function unknownBeside(server: TestServer, id: string): string {
  const { sqlite } = server.app.db;
  const query =
    'SELECT 1 FROM messages WHERE id = ?1 UNION ALL SELECT 1 FROM channels WHERE id = ?1';
  for (let next = BigInt(id) + 1n; ; next += 1n) {
    if (sqlite.query(query).get(String(next)) === null) return String(next);
  }
}

interface Naming {
  operation: Operation;
  /** The parameter of the path, or the field of query or body. */
  where: string;
  request(
    ids: Record<string, string>,
    value: string,
  ): {
    endpoint: Endpoint;
    ids: Record<string, string>;
    body: unknown;
  };
}

/** Each place where a request can name a channel or a message, with its path as it is given. */
function namings(operation: Operation, parameters: readonly string[]): Naming[] {
  const { endpoint, query, body } = operation;
  const withGood = (ids: Record<string, string>) => bodyWith(operation, ids);
  const inPath = operation.parameters
    .filter((one) => parameters.includes(one))
    .map((one): Naming => ({
      operation,
      where: `:${one}`,
      request: (ids, value) => {
        const others = { ...ids, [one]: value };
        return { endpoint, ids: others, body: withGood(ids) };
      },
    }));
  const inQuery = query.filter(isNaming).map((field): Naming => ({
    operation,
    where: `?${nameOf(field)}`,
    request: (ids, value) => {
      const { query: _, ...bare } = endpoint;
      const path = `${endpoint.path}?query=${secret}&${nameOf(field)}=${value}`;
      return { endpoint: { ...bare, path }, ids, body: undefined };
    },
  }));
  if (body === null) return [...inPath, ...inQuery];
  const inBody = fieldsOf(body)
    .filter(isNaming)
    .map((field): Naming => ({
      operation,
      where: nameOf(field),
      request: (ids, value) => {
        const known = (key: string) => ids[key];
        return { endpoint, ids, body: withValue(body, withGood(ids), field.path, value, known) };
      },
    }));
  return [...inPath, ...inQuery, ...inBody];
}

test('ids of what stands elsewhere are as good as ids of nothing, in a conversation and from outside', async () => {
  await using server = await startTest();
  const { anna, bob, olga, places, people, theirs, nook } = await conversing(server);
  const traces = await Traces.of(server, await allEars(people));
  const known = new Set(existing(all, server.app.config));
  const present = declared.filter(({ endpoint }) => known.has(endpoint) && endpoint.at !== 'root');
  const wrong: string[] = [];
  const tried = new Set<string>();
  async function compare(who: Person, naming: Naming, ids: Record<string, string>, value: string) {
    const nothing = unknownBeside(server, value);
    const label = `${who.name}: ${naming.operation.name} ${naming.where}`;
    tried.add(`${naming.operation.name} ${naming.where}`);
    const ask = async (id: string) => {
      const { endpoint, ids: path, body } = naming.request({ ...anywhere, ...ids }, id);
      const reply = await asks(server, who, endpoint, path, body);
      return { reply, text: saying(reply).replaceAll(id, 'ID') };
    };
    const [real, none] = [await ask(value), await ask(nothing)];
    const isRead = naming.operation.endpoint.method === 'GET';
    const isSame = isRead ? real.text === none.text : real.reply.status === none.reply.status;
    if (!isSame) wrong.push(`${label}: ${real.text}, of nothing: ${none.text}`);
    // As text, since numbers of that length are rounded when they are shown.
    const isNamed = (row: string) => row.includes(`${value}"`) || row.includes(`${value}\\`);
    const traced = traces.rows().filter((row) => row.startsWith('+') && isNamed(row));
    wrong.push(...traced.map((row) => `${label}: ${row}`));
  }
  // Those who take part name messages of other conversations and channels.
  const foreign = [places.group, places.hidden, theirs].map((one) => one['message_id'] ?? '');
  for (const operation of present.filter(({ endpoint }) => onChannels.includes(endpoint))) {
    if (operation.endpoint.method === 'DELETE' && operation.parameters.length === 1) continue;
    for (const naming of namings(operation, ['message_id'])) {
      for (const id of foreign) await compare(bob, naming, places.dm, id);
    }
  }
  // Whoever rules a space names conversations in it: one of their own, too.
  const others = present.filter(({ endpoint }) => !onChannels.includes(endpoint));
  for (const operation of others) {
    // What is removed is by an id of its own; lists of one's own begin wherever one says.
    const { method, path } = operation.endpoint;
    if (method === 'DELETE' || (method === 'GET' && path.startsWith('/users/@me/'))) continue;
    for (const naming of namings(operation, [])) {
      for (const { channel_id = '', message_id = '' } of [places.dm, places.group]) {
        const value = /message|thread|reply|before|after|around|cursor/.test(naming.where)
          ? message_id
          : channel_id;
        await compare(olga, naming, places.dm, value);
        await compare(server.admin, naming, places.dm, value);
        await compare(anna, naming, { ...places.dm, space_id: nook.id }, value);
      }
    }
  }
  expect(wrong).toEqual([]);
  const heard = (await traces.all()).filter((one) => one.includes(secret));
  expect(heard).toEqual([]);
  for (const one of [
    'GET /channels/:channel_id/messages ?around',
    'GET /channels/:channel_id/messages/:message_id :message_id',
    'POST /channels/:channel_id/messages reply_to',
    'POST /channels/:channel_id/messages thread_id',
    'PUT /channels/:channel_id/pins/:message_id :message_id',
    'GET /spaces/:space_id/messages/search ?channel_id',
    'PATCH /spaces/:space_id system_channel_id',
    'PATCH /spaces/:space_id/channels [].id',
    'POST /spaces/:space_id/channels parent_id',
  ]) {
    expect([...tried]).toContain(one);
  }
});
