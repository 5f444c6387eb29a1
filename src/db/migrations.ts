// The migrations, embedded so that the binary carries them; a test compares the list with drizzle/.
import firstRelease from '../../drizzle/0000_first_release.sql' with { type: 'text' };

/** SQL texts in order; statements are separated by drizzle-kit's breakpoint comment. */
export const migrations: readonly string[] = [firstRelease];
