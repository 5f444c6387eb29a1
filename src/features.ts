// The features, in the order in which they may know each other: each knows only those before it.
import type { EventValue } from './events/event.ts';
import * as applicationRoutes from './features/applications/routes.ts';
import * as auditLogEvents from './features/audit-log/events.ts';
import * as auditLogRoutes from './features/audit-log/routes.ts';
import * as authRoutes from './features/auth/routes.ts';
import * as banEvents from './features/bans/events.ts';
import * as banRoutes from './features/bans/routes.ts';
import * as browsingRoutes from './features/browsing/routes.ts';
import * as cdnRoutes from './features/cdn/routes.ts';
import * as channelConsequences from './features/channels/consequences.ts';
import * as channelEvents from './features/channels/events.ts';
import * as channelRoutes from './features/channels/routes.ts';
import { documentEndpoints } from './features/documents/routes.ts';
import * as emojiConsequences from './features/emojis/consequences.ts';
import * as emojiEvents from './features/emojis/events.ts';
import * as emojiRoutes from './features/emojis/routes.ts';
import { exported, type Feature } from './features/feature.ts';
import { startFiles } from './features/files/start.ts';
import { bootstrap } from './features/instance/bootstrap.ts';
import { startRetention } from './features/instance/retention.ts';
import * as instanceRoutes from './features/instance/routes.ts';
import * as guestConsequences from './features/guests/consequences.ts';
import * as guestEvents from './features/guests/events.ts';
import * as guestRoutes from './features/guests/routes.ts';
import { guestHooks, startGuests } from './features/guests/start.ts';
import * as inviteConsequences from './features/invites/consequences.ts';
import * as inviteEvents from './features/invites/events.ts';
import { startExpiry } from './features/invites/expiry.ts';
import * as invitePage from './features/invites/page.ts';
import * as inviteRoutes from './features/invites/routes.ts';
import * as memberCommands from './features/members/commands.ts';
import * as memberConsequences from './features/members/consequences.ts';
import * as memberEvents from './features/members/events.ts';
import * as memberRoutes from './features/members/routes.ts';
import { startClearing } from './features/messages/clearing.ts';
import * as messageConsequences from './features/messages/consequences.ts';
import * as messageEvents from './features/messages/events.ts';
import * as messageRoutes from './features/messages/routes.ts';
import { retell } from './features/messages/telling.ts';
import * as threadRoutes from './features/messages/thread-routes.ts';
import * as pageRoutes from './features/pages/routes.ts';
import * as pinEvents from './features/pins/events.ts';
import * as pinRoutes from './features/pins/routes.ts';
import * as pluginRoutes from './features/plugins/routes.ts';
import * as presenceCommands from './features/presence/commands.ts';
import * as presenceEvents from './features/presence/events.ts';
import {
  leaveAfterHold,
  leaveWithSession,
  presenceHooks,
  showNewcomer,
  startPresence,
} from './features/presence/sessions.ts';
import * as previewConsequences from './features/previews/consequences.ts';
import { startPreviews } from './features/previews/queue.ts';
import * as reactionEvents from './features/reactions/events.ts';
import * as reactionRoutes from './features/reactions/routes.ts';
import * as readyEvents from './features/ready/events.ts';
import * as roleConsequences from './features/roles/consequences.ts';
import * as roleEvents from './features/roles/events.ts';
import * as roleRoutes from './features/roles/routes.ts';
import * as seedRoutes from './features/seed/routes.ts';
import { startIndexing } from './features/search/indexing.ts';
import * as searchRoutes from './features/search/routes.ts';
import * as settingsRoutes from './features/settings/routes.ts';
import * as spaceEvents from './features/spaces/events.ts';
import * as spaceRoutes from './features/spaces/routes.ts';
import * as userEvents from './features/users/events.ts';
import * as userRoutes from './features/users/routes.ts';
import * as voiceCommands from './features/voice/commands.ts';
import { startVoice } from './features/voice/comparison.ts';
import * as voiceConsequences from './features/voice/consequences.ts';
import * as voiceEvents from './features/voice/events.ts';
import * as voiceRoutes from './features/voice/routes.ts';
import * as voiceWebhook from './features/voice/webhook.ts';
import type { Command } from './gateway/command.ts';
import * as gatewayEvents from './gateway/events.ts';
import type { Endpoint } from './http/endpoint.ts';
import type { Consequence } from './write.ts';

type Module = Readonly<Record<string, unknown>>;

const has = (value: unknown, ...keys: string[]) =>
  typeof value === 'object' && value !== null && keys.every((key) => key in value);
const isEndpoint = (value: unknown): value is Endpoint => has(value, 'method', 'path', 'access');
const isEvent = (value: unknown): value is EventValue => has(value, 'type', 'audience', 'pick');
const isCommand = (value: unknown): value is Command => has(value, 'op', 'data', 'access');
const isConsequence = (value: unknown): value is Consequence => has(value, 'of', 'run');

/** Endpoints, events, commands and consequences as the modules of a feature export them. */
const endpoints = (module: Module) =>
  Object.entries(module).flatMap(([name, value]) =>
    isEndpoint(value) ? [{ name: name.replace(/Route$/, ''), ...value }] : [],
  );
const events = (module: Module) => exported(module, isEvent);
const commands = (module: Module) => exported(module, isCommand);
const consequences = (module: Module) => exported(module, isConsequence);

export const features: readonly Feature[] = [
  { name: 'settings', endpoints: endpoints(settingsRoutes) },
  { name: 'files', start: startFiles },
  {
    name: 'users',
    endpoints: endpoints(userRoutes),
    events: events(userEvents),
  },
  { name: 'audit-log', endpoints: endpoints(auditLogRoutes), events: events(auditLogEvents) },
  { name: 'spaces', endpoints: endpoints(spaceRoutes), events: events(spaceEvents) },
  {
    name: 'roles',
    endpoints: endpoints(roleRoutes),
    events: events(roleEvents),
    consequences: consequences(roleConsequences),
  },
  {
    name: 'channels',
    endpoints: endpoints(channelRoutes),
    events: events(channelEvents),
    consequences: consequences(channelConsequences),
  },
  {
    name: 'members',
    endpoints: endpoints(memberRoutes),
    events: events(memberEvents),
    commands: commands(memberCommands),
    consequences: consequences(memberConsequences),
  },
  {
    name: 'messages',
    endpoints: [...endpoints(messageRoutes), ...endpoints(threadRoutes)],
    events: events(messageEvents),
    consequences: consequences(messageConsequences),
    hooks: { retells: retell },
    start: startClearing,
  },
  { name: 'reactions', endpoints: endpoints(reactionRoutes), events: events(reactionEvents) },
  { name: 'pins', endpoints: endpoints(pinRoutes), events: events(pinEvents) },
  { name: 'bans', endpoints: endpoints(banRoutes), events: events(banEvents) },
  {
    name: 'invites',
    endpoints: [...endpoints(inviteRoutes), ...endpoints(invitePage)],
    events: events(inviteEvents),
    consequences: consequences(inviteConsequences),
    start: startExpiry,
  },
  {
    name: 'emojis',
    endpoints: endpoints(emojiRoutes),
    events: events(emojiEvents),
    consequences: consequences(emojiConsequences),
  },
  { name: 'cdn', endpoints: endpoints(cdnRoutes) },
  { name: 'search', endpoints: endpoints(searchRoutes), start: startIndexing },
  { name: 'previews', consequences: consequences(previewConsequences), start: startPreviews },
  {
    name: 'presence',
    events: events(presenceEvents),
    commands: commands(presenceCommands),
    consequences: [leaveWithSession, leaveAfterHold, showNewcomer],
    hooks: presenceHooks,
    start: startPresence,
  },
  { name: 'auth', endpoints: endpoints(authRoutes) },
  {
    name: 'guests',
    endpoints: endpoints(guestRoutes),
    events: events(guestEvents),
    consequences: consequences(guestConsequences),
    hooks: guestHooks,
    start: startGuests,
  },
  { name: 'applications', endpoints: endpoints(applicationRoutes) },
  { name: 'plugins', endpoints: endpoints(pluginRoutes) },
  { name: 'browsing', endpoints: endpoints(browsingRoutes) },
  { name: 'seed', endpoints: endpoints(seedRoutes) },
  {
    name: 'instance',
    endpoints: endpoints(instanceRoutes),
    async start(app) {
      await bootstrap(app);
      return startRetention(app);
    },
  },
  {
    name: 'voice',
    endpoints: [...endpoints(voiceRoutes), ...endpoints(voiceWebhook)],
    events: events(voiceEvents),
    commands: commands(voiceCommands),
    consequences: consequences(voiceConsequences),
    start: startVoice,
  },
  { name: 'pages', endpoints: endpoints(pageRoutes) },
  { name: 'documents', endpoints: documentEndpoints(() => features) },
  { name: 'ready', events: [...events(readyEvents), ...events(gatewayEvents)] },
];
