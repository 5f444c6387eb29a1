// The migrations, embedded in the binary; a test compares the list with drizzle/.
import firstRelease from '../../drizzle/0000_first_release.sql' with { type: 'text' };
import restoresClocksDisks from '../../drizzle/0001_restores_clocks_disks.sql' with { type: 'text' };
import searchMerges from '../../drizzle/0002_search_merges.sql' with { type: 'text' };
import memberNames from '../../drizzle/0003_member_names.sql' with { type: 'text' };
import oneSpelling from '../../drizzle/0004_one_spelling.sql' with { type: 'text' };
import loginAddresses from '../../drizzle/0005_login_addresses.sql' with { type: 'text' };
import botsByAccount from '../../drizzle/0006_bots_by_account.sql' with { type: 'text' };
import noncesLetters from '../../drizzle/0007_nonces_letters.sql' with { type: 'text' };
import hiddenAnswers from '../../drizzle/0008_hidden_answers.sql' with { type: 'text' };
import uploadsPreviews from '../../drizzle/0009_uploads_previews.sql' with { type: 'text' };
import conversations from '../../drizzle/0010_conversations.sql' with { type: 'text' };
import accounts from '../../drizzle/0011_accounts.sql' with { type: 'text' };
import shortEvents from '../../drizzle/0012_short_events.sql' with { type: 'text' };

/** SQL texts in order; drizzle-kit's breakpoint comment separates statements. */
export const migrations: readonly string[] = [
  firstRelease,
  restoresClocksDisks,
  searchMerges,
  memberNames,
  oneSpelling,
  loginAddresses,
  botsByAccount,
  noncesLetters,
  hiddenAnswers,
  uploadsPreviews,
  conversations,
  accounts,
  shortEvents,
];
