// The wire shape of what test suites of clients start from.
import { z } from 'zod';
import { Channel } from '../../spaces/channels/schema.ts';
import { Plugin } from '../../bots/plugins/schema.ts';
import { Space } from '../../spaces/spaces/schema.ts';
import { Id } from '../../shapes.ts';

export const Seed = z
  .object({
    user: z.object({
      id: Id,
      username: z.string(),
      token: z.string(),
      token_type: z.literal('Bearer'),
    }),
    bot: z.object({
      id: Id,
      username: z.string(),
      token: z.string(),
      token_type: z.literal('Bot'),
      application_id: Id,
    }),
    space: Space.pick({ id: true, name: true, slug: true, owner_id: true }),
    channels: z.array(
      Channel.pick({
        id: true,
        name: true,
        type: true,
        space_id: true,
        topic: true,
        position: true,
      }),
    ),
    plugin: Plugin.pick({
      id: true,
      name: true,
      type: true,
      runtime: true,
      version: true,
      space_id: true,
    }),
  })
  .meta({ id: 'Seed' });
export type Seed = z.output<typeof Seed>;
