// The REST endpoints of conversations; what they share with channels of spaces is with those.
import { z } from 'zod';
import { conversation } from '../../../access/conversation-rules.ts';
import { account, accountOrGuest } from '../../../access/rules.ts';
import { isGuest } from '../../../access/place.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { ListQuery, pageOf } from '../../shapes.ts';
import { Channel } from '../channels/schema.ts';
import { addPerson, openConversation, removePerson } from './actions.ts';
import { maxPerHour } from './policy.ts';
import { openConversations } from './queries.ts';
import { maxPeople, NewConversation } from './schema.ts';
import { conversationViews } from './view.ts';

export const listConversations = endpoint({
  method: 'GET',
  path: '/users/@me/channels',
  summary: 'List the conversations whose window one has open, the newest message first',
  access: accountOrGuest,
  query: ListQuery,
  returns: z.array(Channel),
  run({ app, viewer, query }) {
    if (isGuest(viewer)) return [];
    const ids = openConversations(app.db, viewer.id).map((id) => ({ id }));
    const page = pageOf(ids, query).map(({ id }) => id);
    return [...conversationViews(app.db, page, viewer.id)];
  },
});

export const openConversationRoute = endpoint({
  method: 'POST',
  path: '/users/@me/channels',
  summary: 'Open a conversation: of two, which exists once, or a new group',
  hint:
    'Refused (403) where one of two has blocked the other, where the `dm_policy` of somebody keeps one out of what is new, and for ' +
    `disabled accounts. An account begins at most ${maxPerHour} in an hour, people added to groups included.`,
  access: account,
  body: NewConversation,
  returns: Channel,
  errors: ['not_found', 'rate_limited'],
  run: ({ turn, actor, body }) => openConversation(turn, actor, body),
});

export const addRecipient = endpoint({
  method: 'PUT',
  path: '/channels/:channel_id/recipients/:user_id',
  summary: 'Add somebody to a group',
  hint: `A group has at most ${maxPeople} people. Whoever is added reads what was written before; who is in it already changes nothing. Refused as a new conversation with them is.`,
  access: conversation('owner'),
  returns: Channel,
  errors: ['not_found', 'rate_limited'],
  run: ({ turn, params, ...by }) => addPerson(turn, by, params.user_id),
});

export const removeRecipient = endpoint({
  method: 'DELETE',
  path: '/channels/:channel_id/recipients/:user_id',
  summary: 'Take somebody out of a group, or leave it; null once one sees it no more',
  hint: 'The owner takes out anyone, everybody oneself. A group of which one person would be left is deleted.',
  access: conversation('participant'),
  returns: Channel.nullable(),
  errors: ['not_found'],
  run: ({ turn, params, ...by }) =>
    removePerson(turn, by, params.user_id === '@me' ? by.actor.id : params.user_id),
});
