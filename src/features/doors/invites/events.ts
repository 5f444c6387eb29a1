// The events of invites, for members who manage channels and view the invite's channel.
import { z } from 'zod';
import { event } from '../../../events/event.ts';
import { Id } from '../../shapes.ts';
import { Code, InviteTold } from './schema.ts';

export const inviteCreated = event('invite.create', {
  summary: 'An invite was made',
  intent: 'spaces',
  audience: 'permission',
  data: InviteTold,
});

export const inviteDeleted = event('invite.delete', {
  summary: 'An invite was revoked, has expired, or went with its channel',
  intent: 'spaces',
  audience: 'permission',
  data: z.object({ code: Code, space_id: Id, channel_id: Id.optional() }),
});
