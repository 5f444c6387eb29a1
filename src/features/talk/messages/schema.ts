// The wire shapes of messages.
import { z } from 'zod';
import { cleanText, fitsWithin, longerThan, unitsOfText } from '../../../lib/text.ts';
import { nonceOf } from '../../../lib/nonce.ts';
import { isSnowflake } from '../../../lib/snowflake.ts';
import { isWebAddress } from '../../../lib/web-address.ts';
import {
  AllowedMentions,
  bounded,
  GivenId,
  Id,
  limit,
  Long,
  name,
  QueryFlag,
  Time,
  whole,
} from '../../shapes.ts';

/** Text that is kept as written, except for unpaired surrogates; `max` in Unicode code points. */
const line = (max: number) =>
  bounded(unitsOfText(max), longerThan(max))
    .check(
      z.refine((given: string) => fitsWithin(given, max), longerThan(max)),
      z.refine((given: string) => !given.includes('\0'), 'must not contain the character NUL'),
    )
    .transform((given) => given.toWellFormed())
    .register(z.globalRegistry, { maxLength: max });

/** An address in an embed: a click on it must run nothing, and clients fetch pictures from it. */
const web = line(2048)
  .refine(isWebAddress, 'is no http or https address')
  .meta({ maxLength: 2048, pattern: '^[Hh][Tt][Tt][Pp][Ss]?://.+$' });
const media = z.object({
  url: web,
  width: z.int().nullish(),
  height: z.int().nullish(),
});

/** An embed as a request gives it; keys without a value are not stored. */
export const Embed = z
  .object({
    title: line(256).nullish(),
    type: line(32).nullish(),
    description: line(4096).nullish(),
    url: web.nullish(),
    timestamp: line(64).nullish(),
    color: z.int().nullish(),
    footer: z.object({ text: line(2048), icon_url: web.nullish() }).nullish(),
    image: media.nullish(),
    thumbnail: media.nullish(),
    author: z.object({ name: line(256), url: web.nullish(), icon_url: web.nullish() }).nullish(),
    fields: z
      .array(
        z.object({
          name: line(256),
          value: line(1024),
          inline: z
            .boolean()
            .nullish()
            .transform((given) => given ?? false)
            .meta({ default: false }),
        }),
      )
      .max(25)
      .nullish(),
  })
  .meta({ id: 'Embed' });
export type Embed = z.output<typeof Embed>;

const shownMedia = z.object({
  url: z.string(),
  width: Long.optional(),
  height: Long.optional(),
});

/** As clients see it: every key is present, but nested ones are never null (Godot client). */
export const ShownEmbed = z
  .object({
    title: z.string().nullable(),
    type: z.string().nullable(),
    description: z.string().nullable(),
    url: z.string().nullable(),
    timestamp: z.string().nullable(),
    color: Long.nullable(),
    footer: z.object({ text: z.string(), icon_url: z.string().optional() }).nullable(),
    image: shownMedia.nullable(),
    thumbnail: shownMedia.nullable(),
    author: z
      .object({ name: z.string(), url: z.string().optional(), icon_url: z.string().optional() })
      .nullable(),
    fields: z
      .array(z.object({ name: z.string(), value: z.string(), inline: z.boolean() }))
      .nullable(),
  })
  .meta({ id: 'ShownEmbed' });
export type ShownEmbed = z.output<typeof ShownEmbed>;

export const Attachment = z
  .object({
    id: Id,
    filename: z.string(),
    description: z.string().nullable(),
    content_type: z.string().nullable(),
    size: Long.describe('bytes'),
    url: z.string(),
    width: z.int().nullable(),
    height: z.int().nullable(),
  })
  .meta({ id: 'Attachment' });
export type Attachment = z.output<typeof Attachment>;

export const Reaction = z
  .object({
    emoji: z
      .union([z.object({ id: z.null(), name: z.string() }), z.string()])
      .describe('`name:id` of an emoji of the space as plain text; any other one as an object'),
    count: z.int(),
    me: z.boolean(),
  })
  .meta({ id: 'Reaction' });
export type Reaction = z.output<typeof Reaction>;

export const Message = z
  .object({
    id: Id,
    channel_id: Id,
    space_id: Id.nullable(),
    author_id: Id,
    content: z.string(),
    type: z.string(),
    timestamp: Time,
    edited_at: Time.nullable(),
    tts: z.boolean(),
    pinned: z.boolean(),
    mention_everyone: z.boolean(),
    mentions: z
      .array(Id)
      .describe(
        'whom the text names, as `@name` or `<@id>`, outside of code and addresses, as far as `allowed_mentions` let it',
      ),
    mention_roles: z.array(Id).describe('the roles that it names, as `<@&id>`'),
    attachments: z.array(Attachment),
    embeds: z.array(ShownEmbed),
    reactions: z.array(Reaction).nullable(),
    reply_to: Id.nullable(),
    flags: z.int().describe('bits: 4 no previews, 4096 silent'),
    webhook_id: z.null(),
    thread_id: Id.nullable(),
    reply_count: z.int(),
    title: z.string().nullable(),
    last_reply_at: Time.optional(),
    nonce: z
      .union([z.string(), Long])
      .optional()
      .describe('as its author gave it: in the answer and in `message.create` alone'),
  })
  .meta({ id: 'Message' });
export type Message = z.output<typeof Message>;

export const Thread = z
  .object({
    reply_count: z.int(),
    last_reply_at: Time.optional(),
    participants: z.array(Id).describe('who wrote its newest replies, the last writer first'),
  })
  .meta({ id: 'Thread' });

/** The maximum size of a message's embeds as JSON, since a message has to fit into a frame. */
export const embedsLimit_bytes = 24_576;

const Embeds = z
  .array(Embed)
  .max(10)
  .refine((embeds) => Buffer.byteLength(JSON.stringify(embeds)) <= embedsLimit_bytes, {
    error: `take more than ${embedsLimit_bytes} bytes together`,
  })
  .describe(`at most ${embedsLimit_bytes} bytes of JSON together`);

const GivenNonce = z.unknown().transform(nonceOf).meta({
  type: 'string',
  minLength: 1,
  maxLength: 64,
  description:
    'a name for this message, or a whole number below 2^53: who sends the same again within 10 minutes is answered with the first message; 409 if that is gone. Anything else is passed over',
});

/** What an encrypted text begins with. */
export const encryptedPrefix = 'daccord-e2ee:1:';

/** The maximum number of Unicode code points of an ordinary text. */
export const maxText = 4000;

/**
 * The maximum size of a message as JSON: 4,000 characters and embeds, each character written as
 * a `\u` escape, take less.
 */
export const messageBody_bytes = 256 * 1024;

/**
 * A text of a message. What may be encrypted is looked at where the channel is known; the body's
 * limit bounds it.
 */
const Content = bounded(messageBody_bytes, longerThan(maxText))
  .transform((given, context) => {
    if (given.startsWith(encryptedPrefix)) return given;
    const checked = cleanText(given, { minimum: 0, maximum: maxText });
    if (checked.ok) return checked.text;
    context.addIssue(checked.reason);
    return z.NEVER;
  })
  .meta({
    minLength: 0,
    maxLength: maxText,
    description: `in conversations a text that begins with \`${encryptedPrefix}\` may be longer, and is kept as it is: it is told whole in an event, so it has about 60,000 bytes at most, else 413`,
  });

const Flags = whole(0, 2 ** 31 - 1);

export const NewMessage = z
  .object({
    content: Content,
    tts: z.boolean().default(false),
    embeds: Embeds.default([]),
    reply_to: GivenId.nullish(),
    thread_id: GivenId.nullish(),
    title: name(100).nullish(),
    nonce: GivenNonce.optional(),
    allowed_mentions: AllowedMentions.optional(),
    flags: Flags.optional().describe(
      'bits: 4 makes no previews of links, 4096 is for clients to make no sound; other bits are passed over',
    ),
  })
  .meta({ id: 'NewMessage' });
export type NewMessage = z.output<typeof NewMessage>;

/** A message sent with files, which need no text. */
export const NewUpload = NewMessage.extend({ content: Content.default('') }).meta({
  id: 'NewUpload',
});

export const MessagePatch = z
  .object({
    content: Content,
    embeds: Embeds,
    title: name(100).nullable(),
    allowed_mentions: AllowedMentions,
    flags: Flags.describe(
      'bit 4 takes the previews of links away, without it they come back; other bits stay as they are',
    ),
  })
  .partial()
  .meta({ id: 'MessagePatch' });
export type MessagePatch = z.output<typeof MessagePatch>;

/** An id, or a forum's cursor: the time of a post's last activity, and its id. */
const Place = bounded(39, 'is not an id')
  .refine((given) => /^\d+(:\d+)?$/.test(given) && given.split(':').every(isSnowflake), {
    error: 'is not an id',
  })
  .meta({ pattern: '^[0-9]{1,19}(:[0-9]{1,19})?$' });

export const MessagesQuery = z
  .object({
    limit: limit(50, 100),
    before: GivenId.optional().describe(
      'messages older than that one: while the newest come first, `cursor.after` of the page before; with `after` those between the two',
    ),
    after: Place.optional().describe(
      'messages newer than that one; of a forum and oldest first, `cursor.after` of the page before',
    ),
    around: GivenId.optional().describe(
      'that message and those around it; not together with `after`, `before` or `top_level`',
    ),
    thread_id: GivenId.optional(),
    top_level: QueryFlag.optional().describe('posts of a forum, with `last_reply_at`'),
    sort: bounded(32).default('latest_activity').describe('latest_activity, newest or oldest'),
    order: z
      .enum(['asc', 'desc'])
      .optional()
      .describe('by default oldest first with `after`, else newest'),
  })
  .refine(
    ({ around, after, before, top_level }) =>
      around === undefined || (after === undefined && before === undefined && !top_level),
    { path: ['around'], error: 'does not go together with after, before or top_level' },
  )
  .refine(
    ({ after, before, top_level }) => !top_level || after === undefined || before === undefined,
    { path: ['before'], error: 'does not go together with after in a list of posts' },
  );
export type MessagesQuery = z.output<typeof MessagesQuery>;
