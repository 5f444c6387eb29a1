// What goes over the wire, as clients see it: the compiler reads it off the endpoints and events themselves.
import type { z } from 'zod';
import type { AudienceKind } from '../events/audience.ts';
import type { EventValue } from '../events/event.ts';
import type { Wire } from '../http/endpoint.ts';

type Values<M> = M[keyof M];

type Told =
  | Values<typeof import('../gateway/events.ts')>
  | Values<typeof import('../features/doors/auth/events.ts')>
  | Values<typeof import('../features/doors/bans/events.ts')>
  | Values<typeof import('../features/doors/guests/events.ts')>
  | Values<typeof import('../features/doors/invites/events.ts')>
  | Values<typeof import('../features/doors/registration/events.ts')>
  | Values<typeof import('../features/live/calls/events.ts')>
  | Values<typeof import('../features/live/presence/events.ts')>
  | Values<typeof import('../features/live/voice/events.ts')>
  | Values<typeof import('../features/people/relationships/events.ts')>
  | Values<typeof import('../features/people/users/events.ts')>
  | Values<typeof import('../features/ready/ready/events.ts')>
  | Values<typeof import('../features/spaces/audit-log/events.ts')>
  | Values<typeof import('../features/spaces/channels/events.ts')>
  | Values<typeof import('../features/spaces/conversations/events.ts')>
  | Values<typeof import('../features/spaces/emojis/events.ts')>
  | Values<typeof import('../features/spaces/members/events.ts')>
  | Values<typeof import('../features/spaces/roles/events.ts')>
  | Values<typeof import('../features/spaces/spaces/events.ts')>
  | Values<typeof import('../features/talk/messages/events.ts')>
  | Values<typeof import('../features/talk/mutes/events.ts')>
  | Values<typeof import('../features/talk/pins/events.ts')>
  | Values<typeof import('../features/talk/reactions/events.ts')>
  | Values<typeof import('../features/talk/read-states/events.ts')>;

type HeardOf<E> = E extends { readonly internal: true }
  ? never
  : E extends EventValue<AudienceKind, infer S, infer T>
    ? { readonly op: 0; readonly type: T; readonly seq?: number; readonly data: z.output<S> }
    : never;

/** Every event that a session may hear, told apart by its `type`. */
export type Heard = HeardOf<Told>;
/** The data of one event. */
export type DataOf<T extends Heard['type']> = Extract<Heard, { type: T }>['data'];

type Routed =
  | Values<typeof import('../features/base/admin-log/routes.ts')>
  | Values<typeof import('../features/base/settings/routes.ts')>
  | Values<typeof import('../features/bots/applications/routes.ts')>
  | Values<typeof import('../features/bots/plugins/routes.ts')>
  | Values<typeof import('../features/doors/auth/login-routes.ts')>
  | Values<typeof import('../features/doors/auth/routes.ts')>
  | Values<typeof import('../features/doors/bans/routes.ts')>
  | Values<typeof import('../features/doors/claim/routes.ts')>
  | Values<typeof import('../features/doors/encryption/routes.ts')>
  | Values<typeof import('../features/doors/guests/routes.ts')>
  | Values<typeof import('../features/doors/invites/routes.ts')>
  | Values<typeof import('../features/doors/recovery/routes.ts')>
  | Values<typeof import('../features/doors/registration/approval-routes.ts')>
  | Values<typeof import('../features/doors/registration/invite-routes.ts')>
  | Values<typeof import('../features/doors/registration/routes.ts')>
  | Values<typeof import('../features/doors/second-factor/routes.ts')>
  | Values<typeof import('../features/doors/signing-in/routes.ts')>
  | Values<typeof import('../features/live/calls/routes.ts')>
  | Values<typeof import('../features/live/presence/routes.ts')>
  | Values<typeof import('../features/live/soundboard/routes.ts')>
  | Values<typeof import('../features/live/voice/routes.ts')>
  | Values<typeof import('../features/people/relationships/routes.ts')>
  | Values<typeof import('../features/people/users/routes.ts')>
  | Values<typeof import('../features/server/accounts/routes.ts')>
  | Values<typeof import('../features/server/admin/account-routes.ts')>
  | Values<typeof import('../features/server/admin/routes.ts')>
  | Values<typeof import('../features/server/cdn/routes.ts')>
  | Values<typeof import('../features/server/instance/routes.ts')>
  | Values<typeof import('../features/spaces/audit-log/routes.ts')>
  | Values<typeof import('../features/spaces/channels/routes.ts')>
  | Values<typeof import('../features/spaces/conversations/channel-routes.ts')>
  | Values<typeof import('../features/spaces/conversations/routes.ts')>
  | Values<typeof import('../features/spaces/emojis/routes.ts')>
  | Values<typeof import('../features/spaces/members/routes.ts')>
  | Values<typeof import('../features/spaces/roles/routes.ts')>
  | Values<typeof import('../features/spaces/spaces/routes.ts')>
  | Values<typeof import('../features/talk/messages/routes.ts')>
  | Values<typeof import('../features/talk/messages/thread-routes.ts')>
  | Values<typeof import('../features/talk/mutes/routes.ts')>
  | Values<typeof import('../features/talk/pins/routes.ts')>
  | Values<typeof import('../features/talk/reactions/routes.ts')>
  | Values<typeof import('../features/talk/read-states/routes.ts')>
  | Values<typeof import('../features/talk/search/routes.ts')>;

type In<S> = S extends z.ZodType ? z.input<S> : undefined;
type Out<S> = S extends z.ZodType ? z.output<S> : undefined;

type CallOf<E> =
  E extends Wire<infer M extends string, infer P extends string, infer Q, infer B, infer R, infer F>
    ? { key: `${M} ${P}`; path: P; query: Q; body: B; returns: R; form: F }
    : never;
type Called = CallOf<Routed>;

/** Every call, as `METHOD /path/:with/:names`. */
export type Call = Called['key'];
type Of<K extends Call> = Extract<Called, { key: K }>;

type Names<P extends string> = P extends `${string}:${infer N}/${infer Rest}`
  ? N | Names<`/${Rest}`>
  : P extends `${string}:${infer N}`
    ? N
    : never;

/** A schema that an endpoint does not declare is inferred as any schema. */
type Declared<S> = z.ZodType extends S ? false : true;

/** What is written into an address: numbers and switches as well as texts. */
type Asked<Q> = { [N in keyof Q]?: string extends Q[N] ? Q[N] | number | boolean : Q[N] };

type Given<K extends Call> = { [N in Names<Of<K>['path']>]: string } & (Declared<
  Of<K>['query']
> extends true
  ? { query?: Asked<In<Of<K>['query']>> }
  : { query?: undefined }) &
  (Declared<Of<K>['body']> extends true ? { body: In<Of<K>['body']> } : { body?: undefined });

/** What a call takes: the names in its path, `query` and `body`. */
export type Input<K extends Call> =
  object extends Given<K> ? [given?: Given<K>] : [given: Given<K>];
/** What it answers, out of the envelope. */
export type Answer<K extends Call> = Out<Of<K>['returns']>;
/** Whether its answer comes in pages. */
export type Paged = Extract<Called, { form: 'page' }>['key'];

/** Somebody's READY. */
export type ReadyData = DataOf<'ready'>;
type Entry<K extends keyof ReadyData> = ReadyData[K] extends readonly (infer E)[] ? E : never;

export type OwnUser = NonNullable<ReadyData['user']>;
export type Space = Entry<'spaces'>;
export type Channel = Entry<'channels'>;
export type Role = Entry<'roles'>;
export type Member = Entry<'members'>;
export type User = Entry<'users'>;
export type Presence = Entry<'presences'>;
export type VoiceState = Entry<'voice_states'>;
export type Relationship = Entry<'relationships'>;
export type Unread = Entry<'unread'>;
export type Message = DataOf<'message.create'>;
export type Emoji = DataOf<'emoji.create'>['emoji'];
