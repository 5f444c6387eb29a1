// The features, in the order in which they may know each other: each knows only those before it.
import type { Feature } from './features/feature.ts';
import { settingsFeature } from './features/settings/feature.ts';
import { filesFeature } from './features/files/feature.ts';
import { clearingFeature } from './features/clearing/feature.ts';
import { usersFeature } from './features/users/feature.ts';
import { relationshipsFeature } from './features/relationships/feature.ts';
import { auditLogFeature } from './features/audit-log/feature.ts';
import { spacesFeature } from './features/spaces/feature.ts';
import { rolesFeature } from './features/roles/feature.ts';
import { channelsFeature } from './features/channels/feature.ts';
import { membersFeature } from './features/members/feature.ts';
import { emojisFeature } from './features/emojis/feature.ts';
import { messagesFeature } from './features/messages/feature.ts';
import { reactionsFeature } from './features/reactions/feature.ts';
import { pinsFeature } from './features/pins/feature.ts';
import { searchFeature } from './features/search/feature.ts';
import { previewsFeature } from './features/previews/feature.ts';
import { readStatesFeature } from './features/read-states/feature.ts';
import { mutesFeature } from './features/mutes/feature.ts';
import { authFeature } from './features/auth/feature.ts';
import { guestsFeature } from './features/guests/feature.ts';
import { invitesFeature } from './features/invites/feature.ts';
import { bansFeature } from './features/bans/feature.ts';
import { presenceFeature } from './features/presence/feature.ts';
import { voiceFeature } from './features/voice/feature.ts';
import { soundboardFeature } from './features/soundboard/feature.ts';
import { applicationsFeature } from './features/applications/feature.ts';
import { pluginsFeature } from './features/plugins/feature.ts';
import { instanceFeature } from './features/instance/feature.ts';
import { cdnFeature } from './features/cdn/feature.ts';
import { pagesFeature } from './features/pages/feature.ts';
import { documentsFeature } from './features/documents/feature.ts';
import { seedFeature } from './features/seed/feature.ts';
import { readyFeature } from './features/ready/feature.ts';

export const features: readonly Feature[] = [
  settingsFeature,
  filesFeature,
  clearingFeature,
  usersFeature,
  relationshipsFeature,
  auditLogFeature,
  spacesFeature,
  rolesFeature,
  channelsFeature,
  membersFeature,
  emojisFeature,
  messagesFeature,
  reactionsFeature,
  pinsFeature,
  searchFeature,
  previewsFeature,
  readStatesFeature,
  mutesFeature,
  authFeature,
  guestsFeature,
  invitesFeature,
  bansFeature,
  presenceFeature,
  voiceFeature,
  soundboardFeature,
  applicationsFeature,
  pluginsFeature,
  instanceFeature,
  cdnFeature,
  pagesFeature,
  documentsFeature,
  seedFeature,
  readyFeature,
];
