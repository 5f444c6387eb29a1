// The wire shapes of applications: programs with an account of their own.
import { z } from 'zod';
import { meantName } from '../../../lib/name-text.ts';
import { Id, name, text } from '../../shapes.ts';

export const Application = z
  .object({
    id: Id,
    name: z.string(),
    icon: z.null(),
    description: z.string(),
    bot_public: z.boolean(),
    owner_id: Id,
    flags: z.int(),
    bot_user_id: Id.describe('the account that the program acts as'),
  })
  .meta({ id: 'Application' });
export type Application = z.output<typeof Application>;

const Description = text(1000)
  .nullish()
  .transform((given) => given ?? '');

/** The user name of the bot begins with it. */
const BotName = name(100).refine(
  (given) => !meantName(given).startsWith('webhook-'),
  'begins as names of webhooks do; choose another name',
);

export const NewApplication = z
  .object({ name: BotName, description: Description })
  .meta({ id: 'NewApplication' });
export type NewApplication = z.output<typeof NewApplication>;

export const ApplicationPatch = z
  .object({ name: name(100), description: text(1000).nullable() })
  .partial()
  .meta({ id: 'ApplicationPatch' });
export type ApplicationPatch = z.output<typeof ApplicationPatch>;

/** Shown once; used as `Authorization: Bot <token>`. */
export const BotToken = z.object({ token: z.string() }).meta({ id: 'BotToken' });

export const ApplicationWithToken = BotToken.extend({ application: Application }).meta({
  id: 'ApplicationWithToken',
});
