// What SQLite's planner believes about the tables: a large server, whatever is in them at the moment.
import type { Database } from 'bun:sqlite';

/**
 * By table, then by index: the number of rows in the index, then how many of them share the value
 * of its first column, of its first two, and so on. These are the numbers of `sqlite_stat1`. A table
 * that no index covers whole has its number of `rows`. The key of a table WITHOUT ROWID has the name
 * of its table.
 *
 * Why they are fixed: gathered numbers follow what a table happens to hold. Those of a new server
 * say that a table has ten rows, and then SQLite reads it from end to end when it has a million.
 */
export const statistics: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>> = {
  // Accounts.
  users: {
    sqlite_autoindex_users_1: [200_000, 1],
    users_username: [200_000, 1],
    users_folded_name: [200_000, 2, 1],
    users_admins: [10, 1],
    users_deleted: [5_000, 1, 1],
  },
  former_names: {
    former_names_name: [20_000, 2, 1],
    former_names_user: [20_000, 2, 1],
    former_names_until: [20_000, 1],
  },
  relationships: {
    relationships: [1_000_000, 20, 1],
    relationships_newest: [1_000_000, 20, 1, 1],
    relationships_target: [1_000_000, 20, 10],
  },
  encryption_keys: { sqlite_autoindex_encryption_keys_1: [100_000, 1] },
  tokens: { sqlite_autoindex_tokens_1: [500_000, 1], tokens_user: [500_000, 3, 1] },
  login_addresses: {
    login_addresses: [500_000, 1],
    login_addresses_user: [500_000, 3, 1],
    login_addresses_seen: [500_000, 2],
  },
  logins: {
    sqlite_autoindex_logins_1: [500_000, 1],
    logins_user: [500_000, 5, 1],
    logins_used: [500_000, 2, 1],
  },
  failed_logins: { failed_logins_user: [1_000, 5], failed_logins_at: [1_000, 1] },
  second_factors: { sqlite_autoindex_second_factors_1: [20_000, 1] },
  backup_codes: { backup_codes: [200_000, 10, 1] },
  recovery_codes: { recovery_codes: [50_000, 1, 1] },
  registrations: {
    sqlite_autoindex_registrations_1: [200, 1],
    registrations_username: [200, 1],
  },
  registration_invites: {
    sqlite_autoindex_registration_invites_1: [1_000, 1],
    registration_invites_oldest: [1_000, 1, 1],
    registration_invites_expiry: [1_000, 1],
  },
  guest_tokens: {
    sqlite_autoindex_guest_tokens_1: [20_000, 1],
    guest_tokens_expiry: [20_000, 1],
  },
  applications: {
    sqlite_autoindex_applications_1: [10_000, 1],
    applications_owner: [10_000, 3, 1],
    applications_bot: [10_000, 1],
  },

  // Spaces and who is in them.
  spaces: {
    sqlite_autoindex_spaces_1: [20_000, 1],
    spaces_slug: [10_000, 1],
    spaces_public: [2_000, 2, 1],
    spaces_oldest: [10_000, 1, 1],
    spaces_owner: [20_000, 2],
  },
  channels: {
    sqlite_autoindex_channels_1: [100_000, 1],
    channels_space: [100_000, 20, 15, 1],
    channels_class: [100_000, 5, 4],
  },
  visibility_classes: { visibility_classes_signature: [20_000, 4, 3, 1] },
  overwrites: { overwrites: [200_000, 4, 1], overwrites_id: [200_000, 10] },
  roles: { sqlite_autoindex_roles_1: [50_000, 1], roles_space: [50_000, 10, 1] },
  members: { sqlite_autoindex_members_1: [1_000_000, 200, 1], members_user: [1_000_000, 5] },
  member_names: { member_names_member: [1_000_000, 200, 1] },
  member_roles: {
    // Ten roles of a member: with two, a slice of a role or space would walk through whole roles.
    member_roles: [1_000_000, 200, 10, 1],
    member_roles_role: [1_000_000, 500],
  },
  introductions: { introductions: [1_000_000, 200, 1] },
  kept_sanctions: { sqlite_autoindex_kept_sanctions_1: [10_000, 10, 1] },
  bans: {
    sqlite_autoindex_bans_1: [50_000, 50, 1],
    bans_newest: [50_000, 50, 1, 1],
    bans_user: [50_000, 2],
  },
  invites: {
    sqlite_autoindex_invites_1: [50_000, 1],
    invites_space: [50_000, 10, 1, 1],
    invites_channel: [50_000, 2],
    invites_expiry: [40_000, 1],
  },
  emojis: { sqlite_autoindex_emojis_1: [50_000, 1], emojis_name: [50_000, 20, 1] },
  emoji_roles: { emoji_roles: [5_000, 2, 1], emoji_roles_role: [5_000, 5] },
  plugins: { sqlite_autoindex_plugins_1: [5_000, 1], plugins_space: [5_000, 3, 2, 1] },

  // Conversations.
  conversation_people: {
    conversation_people: [500_000, 3, 1],
    conversation_people_user: [500_000, 20],
    conversation_people_open: [300_000, 15],
  },
  dm_pairs: {
    dm_pairs: [150_000, 10, 1],
    dm_pairs_channel: [150_000, 1],
    dm_pairs_high: [150_000, 10],
  },

  // What each account has read and muted.
  read_states: { read_states: [2_000_000, 50, 2, 1], read_states_channel: [2_000_000, 100] },
  message_mentions: {
    message_mentions: [1_000_000, 50, 10, 1],
    message_mentions_message: [1_000_000, 2],
    message_mentions_channel: [1_000_000, 100],
  },
  channel_mutes: {
    channel_mutes: [100_000, 5, 1],
    channel_mutes_oldest: [100_000, 5, 1, 1],
    channel_mutes_channel: [100_000, 5],
  },

  // Messages.
  messages: {
    messages_author: [10_000_000, 200, 50],
    messages_feed: [9_000_000, 200],
    messages_thread: [1_000_000, 10],
    messages_in_threads: [1_000_000, 100],
    messages_replies: [2_000_000, 2],
    messages_activity: [200_000, 50, 1],
    messages_pins: [100_000, 10, 1],
    messages_threads: [200_000, 20],
    messages_sent: [10_000, 1],
    messages_broad: [100_000, 10],
  },
  reactions: { reactions_one: [5_000_000, 5, 2, 1], reactions_user: [5_000_000, 50] },
  slow_mode: { slow_mode: [20_000, 50, 1] },
  message_nonces: {
    message_nonces: [20_000, 200, 10, 1],
    message_nonces_sent: [20_000, 1],
  },
  attachments: {
    sqlite_autoindex_attachments_1: [1_000_000, 1],
    attachments_message: [1_000_000, 2],
  },
  storage_sums: {
    storage_sums: [200_000, 100_000, 1],
    storage_sums_largest: [200_000, 100_000, 2, 1],
  },
  file_removals: { rows: [1_000] },
  uploads: { uploads: [50_000, 10, 1], uploads_slot: [50_000, 300] },

  // The event log, sessions, the audit log.
  events: {
    rows: [1_000_000],
    events_subject: [200_000, 2],
    events_account: [900_000, 100],
    events_newest: [100_000, 1],
  },
  event_scopes: { event_scopes: [2_000_000, 100, 1], event_scopes_seq: [2_000_000, 2] },
  event_shares: { event_shares: [20_000, 1], event_shares_size: [20_000, 2] },
  event_gaps: { event_gaps: [1_000, 2, 1], event_gaps_seq: [1_000, 1] },
  event_starts: { rows: [1_000] },
  event_log: { rows: [1] },
  gateway_sessions: {
    sqlite_autoindex_gateway_sessions_1: [50_000, 1],
    gateway_sessions_user: [50_000, 2],
    gateway_sessions_token: [50_000, 2],
    gateway_sessions_dropped: [30_000, 1],
  },
  audit_entries: {
    audit_entries_space: [1_000_000, 1_000],
    audit_entries_action: [1_000_000, 1_000, 50],
    audit_entries_user: [1_000_000, 100, 50],
    audit_entries_channel: [500_000, 10],
  },
  admin_entries: { admin_entries_user: [50_000, 5_000], admin_entries_action: [50_000, 2_000] },
  voice_states: {
    sqlite_autoindex_voice_states_1: [5_000, 1],
    voice_states_channel: [5_000, 5],
    voice_states_space: [5_000, 10],
    voice_states_session: [5_000, 1],
  },

  // Work lists: short, but nothing says for how long.
  clearings: { rows: [1_000] },
  hidden_accounts: { hidden_accounts_user: [1_000, 1] },
  hidden_authors: { hidden_authors_space: [1_000, 100, 2, 1, 1] },
  hidden_threads: { rows: [1_000] },
  hidden_answers: { hidden_answers_thread: [1_000, 2, 1, 1] },
  hidden_reactions: { hidden_reactions_message: [1_000, 2] },
  hidden_reactors: { hidden_reactors_user: [1_000, 2] },

  // One row.
  instance: { rows: [1] },
  this_database: { rows: [1] },
};

interface Row {
  tbl: string;
  idx: string | null;
  stat: string;
}

const rows: readonly Row[] = Object.entries(statistics).flatMap(([tbl, indexes]) =>
  Object.entries(indexes).map(([name, numbers]) => ({
    tbl,
    idx: name === 'rows' ? null : name,
    stat: numbers.join(' '),
  })),
);

/**
 * Puts the fixed numbers in the place of whatever was gathered before, for this connection as well.
 * Writes nothing if they are there. Nothing else may analyse, not even `PRAGMA optimize`.
 */
export function setStatistics(sqlite: Database): void {
  if (areSet(sqlite)) return;
  sqlite.run('BEGIN IMMEDIATE');
  try {
    // Gathers nothing, but makes the table, which cannot be made by hand.
    sqlite.run('ANALYZE sqlite_schema');
    sqlite.run('DELETE FROM sqlite_stat1');
    const insert = sqlite.query('INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)');
    for (const { tbl, idx, stat } of rows) insert.run(tbl, idx, stat);
    // Loads them: the planner does not look into the table again until the next connection.
    sqlite.run('ANALYZE sqlite_schema');
    sqlite.run('COMMIT');
  } finally {
    if (sqlite.inTransaction) sqlite.run('ROLLBACK');
  }
}

function areSet(sqlite: Database): boolean {
  const isMade = sqlite.query("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat1'").get();
  if (isMade === null) return false;
  const there = sqlite.query<Row, []>('SELECT tbl, idx, stat FROM sqlite_stat1').all();
  const known = new Set(there.map(keyOf));
  return there.length === rows.length && rows.every((row) => known.has(keyOf(row)));
}

const keyOf = ({ tbl, idx, stat }: Row) => `${tbl} ${idx} ${stat}`;
