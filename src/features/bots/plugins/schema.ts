// The wire shape of plugins; where clients expect text, they take no null.
import { z } from 'zod';
import { bounded, Id, ListQuery, Time } from '../../shapes.ts';

export const Plugin = z
  .object({
    id: Id,
    space_id: Id,
    creator_id: Id,
    name: z.string(),
    type: z.enum(['activity', 'bot', 'theme', 'command']),
    runtime: z.enum(['scripted', 'native']),
    description: z.string(),
    version: z.string(),
    format: z.string(),
    entry_point: z.string(),
    bundle_hash: z.string(),
    has_bundle: z.boolean(),
    signed: z.boolean(),
    signature: z.string(),
    max_participants: z.int().describe('0: any number'),
    max_spectators: z.int().describe('-1: any number'),
    max_file_size: z.int(),
    lobby: z.boolean(),
    permissions: z.array(z.string()),
    data_topics: z.array(z.string()),
    canvas_size: z.tuple([z.int(), z.int()]),
    created_at: Time,
    updated_at: Time,
  })
  .meta({ id: 'Plugin' });
export type Plugin = z.output<typeof Plugin>;

export const PluginsQuery = ListQuery.extend({
  type: bounded(32).optional().describe('activity, bot, theme or command'),
});

/** A running session, with only the keys that clients are known to read. */
export const PluginSession = z.object({ id: Id, plugin_id: Id, channel_id: Id });
