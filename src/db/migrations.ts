// The migrations, embedded so that the binary carries them; a test compares the list with drizzle/.
import foundation from '../../drizzle/0000_foundation.sql' with { type: 'text' };
import auditLog from '../../drizzle/0001_audit_log.sql' with { type: 'text' };
import guests from '../../drizzle/0002_guests.sql' with { type: 'text' };
import foldedNames from '../../drizzle/0003_folded_names.sql' with { type: 'text' };
import auditChannels from '../../drizzle/0004_audit_channels.sql' with { type: 'text' };
import hiddenRows from '../../drizzle/0005_hidden_rows.sql' with { type: 'text' };
import deletedChannels from '../../drizzle/0006_deleted_channels.sql' with { type: 'text' };

/** SQL texts in order; statements are separated by drizzle-kit's breakpoint comment. */
export const migrations: readonly string[] = [
  foundation,
  auditLog,
  guests,
  foldedNames,
  auditChannels,
  hiddenRows,
  deletedChannels,
];
