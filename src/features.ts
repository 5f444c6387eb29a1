// All features in order: each may import only those before it.
import type { Feature } from './features/feature.ts';
import { settingsFeature } from './features/base/settings/feature.ts';
import { filesFeature } from './features/base/files/feature.ts';
import { adminLogFeature } from './features/base/admin-log/feature.ts';
import { clearingFeature } from './features/base/clearing/feature.ts';
import { usersFeature } from './features/people/users/feature.ts';
import { relationshipsFeature } from './features/people/relationships/feature.ts';
import { auditLogFeature } from './features/spaces/audit-log/feature.ts';
import { spacesFeature } from './features/spaces/spaces/feature.ts';
import { rolesFeature } from './features/spaces/roles/feature.ts';
import { channelsFeature } from './features/spaces/channels/feature.ts';
import { conversationsFeature } from './features/spaces/conversations/feature.ts';
import { membersFeature } from './features/spaces/members/feature.ts';
import { emojisFeature } from './features/spaces/emojis/feature.ts';
import { messagesFeature } from './features/talk/messages/feature.ts';
import { reactionsFeature } from './features/talk/reactions/feature.ts';
import { pinsFeature } from './features/talk/pins/feature.ts';
import { searchFeature } from './features/talk/search/feature.ts';
import { previewsFeature } from './features/talk/previews/feature.ts';
import { readStatesFeature } from './features/talk/read-states/feature.ts';
import { mutesFeature } from './features/talk/mutes/feature.ts';
import { authFeature } from './features/doors/auth/feature.ts';
import { secondFactorFeature } from './features/doors/second-factor/feature.ts';
import { recoveryFeature } from './features/doors/recovery/feature.ts';
import { signingInFeature } from './features/doors/signing-in/feature.ts';
import { encryptionFeature } from './features/doors/encryption/feature.ts';
import { guestsFeature } from './features/doors/guests/feature.ts';
import { claimFeature } from './features/doors/claim/feature.ts';
import { invitesFeature } from './features/doors/invites/feature.ts';
import { registrationFeature } from './features/doors/registration/feature.ts';
import { bansFeature } from './features/doors/bans/feature.ts';
import { presenceFeature } from './features/live/presence/feature.ts';
import { voiceFeature } from './features/live/voice/feature.ts';
import { callsFeature } from './features/live/calls/feature.ts';
import { soundboardFeature } from './features/live/soundboard/feature.ts';
import { applicationsFeature } from './features/bots/applications/feature.ts';
import { pluginsFeature } from './features/bots/plugins/feature.ts';
import { instanceFeature } from './features/server/instance/feature.ts';
import { accountsFeature } from './features/server/accounts/feature.ts';
import { webFeature } from './web/feature.ts';
import { adminFeature } from './features/server/admin/feature.ts';
import { cdnFeature } from './features/server/cdn/feature.ts';
import { pagesFeature } from './features/server/pages/feature.ts';
import { documentsFeature } from './features/server/documents/feature.ts';
import { operatorFeature } from './features/server/operator/feature.ts';
import { seedFeature } from './features/server/seed/feature.ts';
import { readyFeature } from './features/ready/ready/feature.ts';

export const features: readonly Feature[] = [
  settingsFeature,
  filesFeature,
  adminLogFeature,
  clearingFeature,
  usersFeature,
  relationshipsFeature,
  auditLogFeature,
  spacesFeature,
  rolesFeature,
  channelsFeature,
  conversationsFeature,
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
  secondFactorFeature,
  recoveryFeature,
  signingInFeature,
  encryptionFeature,
  guestsFeature,
  claimFeature,
  invitesFeature,
  registrationFeature,
  bansFeature,
  presenceFeature,
  voiceFeature,
  callsFeature,
  soundboardFeature,
  applicationsFeature,
  pluginsFeature,
  instanceFeature,
  accountsFeature,
  cdnFeature,
  pagesFeature,
  webFeature,
  adminFeature,
  documentsFeature,
  operatorFeature,
  seedFeature,
  readyFeature,
];
