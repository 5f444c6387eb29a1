// The wire shapes of the server itself.
import { z } from 'zod';

export const GatewayAddress = z.object({ url: z.string() }).meta({ id: 'GatewayAddress' });

export const BotGateway = GatewayAddress.extend({
  shards: z.literal(1),
  session_start_limit: z.object({
    total: z.int(),
    remaining: z.int(),
    reset_after: z.int(),
    max_concurrency: z.int(),
  }),
}).meta({ id: 'BotGateway' });

export const Version = z
  .object({ version: z.string(), git_sha: z.string() })
  .meta({ id: 'ServerVersion' });
