// The wire shapes of spaces.
import { z } from 'zod';
import {
  bounded,
  clearable,
  ClearableId,
  DataUri,
  GivenId,
  Id,
  name,
  text,
  Time,
  whole,
} from '../../shapes.ts';

export const Space = z
  .object({
    id: Id,
    name: z.string(),
    slug: z.string(),
    description: z.string().nullable(),
    icon: z.string().nullable(),
    banner: z.string().nullable(),
    splash: z.null(),
    owner_id: Id,
    verification_level: z.string(),
    default_notifications: z.string(),
    explicit_content_filter: z.string(),
    vanity_url_code: z.null(),
    preferred_locale: z.string(),
    afk_channel_id: Id.nullable(),
    afk_timeout: z.int(),
    system_channel_id: Id.nullable(),
    rules_channel_id: Id.nullable(),
    nsfw_level: z.string(),
    premium_tier: z.string(),
    premium_subscription_count: z.int(),
    public: z.boolean(),
    allow_guest_access: z.boolean(),
    max_members: z.int(),
    created_at: Time,
  })
  .meta({ id: 'Space' });
export type Space = z.output<typeof Space>;

export const PublicSpace = z
  .object({
    id: Id,
    name: z.string(),
    slug: z.string(),
    description: z.string().nullable(),
    icon: z.string().nullable(),
    member_count: z.int(),
    public: z.literal(true),
    allow_guest_access: z.boolean(),
  })
  .meta({ id: 'PublicSpace', description: 'A public space as strangers see it.' });

export const Slug = bounded(100)
  .min(1)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'may have a to z, 0 to 9 and single hyphens between them')
  .regex(/[a-z-]/, 'must not be digits only')
  // Both in one.
  .meta({ pattern: '^([0-9]*[a-z][a-z0-9]*|[a-z0-9]+-[a-z0-9]+)(-[a-z0-9]+)*$' });

const SpaceName = name(100);
const Description = clearable(text(1000));

export const NewSpace = z
  .object({
    name: SpaceName,
    slug: Slug.optional(),
    description: Description.optional(),
    icon: DataUri.nullish().describe('a data URI'),
    public: z.boolean().default(false),
    allow_guest_access: z.boolean().default(true),
  })
  .meta({ id: 'NewSpace' });
export type NewSpace = z.output<typeof NewSpace>;

export const SpacePatch = z
  .object({
    name: SpaceName,
    slug: Slug,
    description: Description,
    icon: DataUri.nullable().describe('a data URI; "" or null removes it'),
    banner: DataUri.nullable().describe('a data URI; "" or null removes it'),
    verification_level: name(32),
    default_notifications: name(32),
    explicit_content_filter: name(32),
    nsfw_level: name(32),
    preferred_locale: name(32),
    afk_channel_id: ClearableId,
    system_channel_id: ClearableId,
    rules_channel_id: ClearableId,
    afk_timeout: whole(0, 86_400),
    public: z.boolean(),
    allow_guest_access: z.boolean(),
    owner_id: GivenId.describe(
      'only the owner of now: `POST /spaces/{space_id}/transfer` hands a space over',
    ),
  })
  .partial()
  .meta({ id: 'SpacePatch' });
export type SpacePatch = z.output<typeof SpacePatch>;
