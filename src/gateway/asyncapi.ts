// Makes the AsyncAPI document of the gateway from the events, the commands and the protocol.
import { z } from 'zod';
import type { AudienceKind } from '../events/audience.ts';
import type { EventValue } from '../events/event.ts';
import { intentNames } from '../events/intents.ts';
import { SchemaBook, type JsonSchema } from '../lib/json-schema.ts';
import { stageOf, type Command } from './command.ts';
import { maxEarly } from './early.ts';
import { failureRule, handshakeRule } from './handshake-limit.ts';
import { frameLimits } from './inbound.ts';
import {
  closeCodes,
  controlFrames,
  earlyFrame_bytes,
  freeHeartbeats,
  handshakeLimit_ms,
  inboundFrame_bytes,
  inboundLimit,
  op,
} from './protocol.ts';

/** The events and commands of one feature; its name becomes their tag. */
export interface Chapter {
  readonly name: string;
  readonly events: readonly EventValue[];
  readonly commands: readonly Command[];
}

export interface About {
  version: string;
  /** `ws` or `wss`. */
  protocol: string;
  host: string;
  pathname: string;
}

interface Message {
  /** The key in the document. */
  key: string;
  from: 'client' | 'server';
  tag: string;
  name: string;
  summary: string;
  payload: JsonSchema;
  /** Extension fields (`x-…`). */
  more: JsonSchema;
}

const description =
  `Frames are JSON texts \`{"op", "type", "seq", "data"}\` of at most 65535 bytes. Events have \`op\` 0. A session
hears the events whose intent it named in IDENTIFY, and of those only what its account may see (\`x-heard-by\`).
\`seq\` grows over the whole server, with gaps; it is what RESUME asks for. It is at most 2^53, far above 2^32: keep
it in 64 bits, or as a double. After a restore of the database it goes on higher, and RESUME with a number that was
taken back is refused (op 7): begin anew. Events that are not in the log
(\`in_log\`) are not replayed, and so are frames without \`seq\`. \`x-intents\` and \`x-close-codes\` list
the intents and what ends a connection, \`x-limits\` how much a client may send.`.replaceAll(
    '\n',
    ' ',
  );

const audiences: Record<AudienceKind, string> = {
  channel: 'everyone who may view the channel',
  viewers:
    'everyone who may view the channel, and the account itself; of a move those alone who do not see where it went',
  space: 'every member of the space',
  permission:
    'the members who hold a permission of the space, as far as they may view the channel that it names',
  users: 'all sessions of the accounts that it concerns',
  acquaintances:
    'everyone who shares a space, a friendship or an open conversation with the account',
  session: 'the one session that it concerns',
};

/** What a client may send; a `code` says how the connection is closed beyond it. */
const limits = {
  frame: { max_bytes: inboundFrame_bytes, code: 1009 },
  json: {
    max_depth: frameLimits.depth,
    max_values: frameLimits.values,
    max_characters: frameLimits.characters,
    description:
      'a frame that nests deeper, holds more values, or more characters outside of its texts or escapes in them, is none',
  },
  before_session: {
    max_bytes: earlyFrame_bytes,
    code: 1009,
    but_for: ['IDENTIFY', 'RESUME'],
    seconds: handshakeLimit_ms / 1000,
    waiting_commands: maxEarly,
  },
  frames: {
    per_minute: (inboundLimit.frames * 60_000) / inboundLimit.window_ms,
    description: `a frame counts once for each ${inboundLimit.unit_bytes} bytes of it, pings and pongs count too`,
    code: 4008,
  },
  free_heartbeats: {
    per_minute: (freeHeartbeats.frames * 60_000) / inboundLimit.window_ms,
    max_bytes: freeHeartbeats.max_bytes,
    description: 'in a session; all others count as frames',
  },
  handshakes: {
    of_account: handshakeRule,
    of_address: failureRule,
    description:
      'of_account: IDENTIFYs, and RESUMEs, so many at once for each session that it may have, then so many ' +
      'a second; of_address: those with a token that is not valid. Beyond that the connection is ' +
      'closed without op 7: come back a little later, sessions can still be resumed',
    code: 4008,
  },
};

/** Returns the document as a JSON value; it may be made in slices. */
export function* asyncApiDocument(
  chapters: readonly Chapter[],
  about: About,
): Generator<void, JsonSchema, void> {
  const book = new SchemaBook('draft-7', '#/components/schemas/');
  const messages = [
    ...controlMessages(book),
    ...(yield* eventMessages(chapters, book)),
    ...chapters.flatMap(({ name, commands }) => commands.map((one) => asked(one, name, book))),
  ];
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Accord Gateway',
      version: about.version,
      description,
      license: { name: 'MIT' },
    },
    defaultContentType: 'application/json',
    servers: {
      gateway: { host: about.host, pathname: about.pathname, protocol: about.protocol },
    },
    channels: { gateway: channel(messages) },
    operations: {
      hear: operation('send', 'server', messages),
      say: operation('receive', 'client', messages),
    },
    components: {
      messages: Object.fromEntries(messages.map((one) => [one.key, message(one)])),
      schemas: book.components(),
    },
    'x-intents': intentNames,
    'x-limits': limits,
    'x-close-codes': Object.entries(closeCodes).map(([code, { name, resumable, says }]) => ({
      code: Number(code),
      name,
      resumable,
      description: says,
    })),
  };
}

function controlMessages(book: SchemaBook): Message[] {
  return controlFrames.map(({ name, op: number, from, summary, data }) => ({
    key: name,
    from,
    tag: 'protocol',
    name,
    summary,
    payload: frame(
      number,
      data === null ? {} : { data: book.describe(data, from === 'client' ? 'input' : 'output') },
      data?.safeParse(undefined).success === true ? ['data'] : [],
    ),
    more: {},
  }));
}

function* eventMessages(
  chapters: readonly Chapter[],
  book: SchemaBook,
): Generator<void, Message[], void> {
  const all = chapters.flatMap(({ name, events }) => events.map((event) => ({ name, event })));
  const byType = Map.groupBy(
    all.filter(({ event }) => !event.internal),
    ({ event }) => event.type,
  );
  const messages: Message[] = [];
  for (const [type, same] of byType) {
    const declared = same.map(({ event }) => event);
    messages.push(told(type, declared, same[0]?.name ?? '', book));
    yield;
  }
  return messages;
}

/** Returns the message of an event type; several declarations may share the type. */
function told(
  type: string,
  declared: readonly EventValue[],
  tag: string,
  book: SchemaBook,
): Message {
  const [first = {}, ...others] = declared.map(({ data }) => book.describe(data, 'output'));
  const shapes = [first, ...others.filter((one) => !Bun.deepEquals(one, first))];
  const isNumbered = declared.some(
    ({ ephemeral, audience }) => !ephemeral || audience === 'session',
  );
  return {
    key: type,
    from: 'server',
    tag,
    name: type,
    summary: [...new Set(declared.map(({ summary }) => summary))].join('; '),
    payload: frame(op.event, {
      type: { type: 'string', const: type },
      ...(isNumbered ? { seq: book.describe(Seq, 'output') } : {}),
      data: shapes.length === 1 ? first : { anyOf: shapes },
    }),
    more: {
      'x-heard-by': declared.map(({ audience, intent, ephemeral }) => ({
        audience: audiences[audience],
        intent,
        in_log: !ephemeral,
      })),
    },
  };
}

const Seq = z.int().meta({
  id: 'Seq',
  format: 'int64',
  description: 'Missing where RESUME does not count the frame. Needs 64 bits.',
});

/** Returns the message of a command. */
function asked(command: Command, tag: string, book: SchemaBook): Message {
  const { op: number, name, summary, data, access } = command;
  const payload = frame(number, { data: book.describe(data, 'input') });
  const more = { 'x-access': access.says, 'x-stage': stageOf(command) };
  return { key: name, from: 'client', tag, name, summary, payload, more };
}

function frame(
  number: number,
  fields: Record<string, JsonSchema>,
  optional: readonly string[] = ['seq'],
): JsonSchema {
  const required = Object.keys(fields).filter((key) => !optional.includes(key));
  return {
    type: 'object',
    properties: { op: { type: 'integer', const: number }, ...fields },
    required: ['op', ...required],
  };
}

function message({ name, tag, summary, payload, more }: Message): JsonSchema {
  return { name, title: name, summary, tags: [{ name: tag }], payload, ...more };
}

function channel(messages: readonly Message[]): JsonSchema {
  const query = {
    type: 'object',
    properties: {
      v: { type: 'string', const: '1' },
      encoding: { type: 'string', const: 'json' },
    },
  };
  return {
    address: null,
    title: 'The gateway',
    servers: [{ $ref: '#/servers/gateway' }],
    messages: Object.fromEntries(
      messages.map(({ key }) => [key, { $ref: `#/components/messages/${key}` }]),
    ),
    bindings: { ws: { method: 'GET', query, bindingVersion: '0.1.0' } },
  };
}

/** Actions are from the server's side: it sends events and receives commands. */
function operation(
  action: 'send' | 'receive',
  from: Message['from'],
  messages: readonly Message[],
): JsonSchema {
  return {
    action,
    channel: { $ref: '#/channels/gateway' },
    messages: messages
      .filter((one) => one.from === from)
      .map(({ key }) => ({ $ref: `#/channels/gateway/messages/${key}` })),
  };
}
