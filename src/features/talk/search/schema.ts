// The query of a search.
import { z } from 'zod';
import { maxSearchWords } from '../../../lib/search-text.ts';
import { bounded, GivenId, limit, QueryFlag } from '../../shapes.ts';

/** RFC 3339 with a `T` or a space, or its beginning; an unescaped `+` arrives as a space. */
const written = /(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)([Zz]|[+\- ]\d\d:\d\d)?)?/;
const writtenTime = new RegExp(`^${written.source}$`);

function parseTime(given: string): number {
  const [, day, clock = '00:00', zone = 'Z'] = writtenTime.exec(given) ?? [];
  return day === undefined ? NaN : Date.parse(`${day}T${clock}${zone.replace(' ', '+')}`);
}

/** What a search begins after or ends before: an id, or a time in Unix milliseconds. */
export type Bound = { id: string } | { at_ms: number };

/** Reads a time or a message id. */
function bound(side: 'before' | 'after') {
  return bounded(40)
    .transform((given, context): Bound => {
      if (/^\d{15,19}$/.test(given)) return { id: given };
      const at_ms = parseTime(given);
      if (Number.isFinite(at_ms)) return { at_ms };
      context.addIssue('is neither an RFC 3339 time nor an id');
      return z.NEVER;
    })
    .meta({
      description: `messages ${side} this time, or ${side} the message of this id`,
      pattern: `^(?:[0-9]{15,19}|${written.source})$`,
    });
}

/** The maximum of `offset`; `cursor` reaches further. */
const maxSkipped = 10_000;

const filters = {
  query: bounded(1000).describe(
    `words that a message must hold, the last one by its beginning; where there is no word in it, nothing is found; what is beyond ${maxSearchWords} words is passed over`,
  ),
  author_id: GivenId,
  channel_id: GivenId,
  pinned: QueryFlag,
  has_attachment: QueryFlag,
  before: bound('before'),
  after: bound('after'),
};

export const SearchQuery = z
  .object({
    ...z.object(filters).partial().shape,
    cursor: GivenId.optional().describe('`cursor.after` of the page before'),
    limit: limit(25, 100),
    offset: bounded(9, 'is not a whole number')
      .regex(/^\d{1,9}$/, 'is not a whole number')
      .transform(Number)
      .refine((n) => n <= maxSkipped, `is above ${maxSkipped}; use cursor`)
      .default(0)
      .meta({ type: 'integer', minimum: 0, maximum: maxSkipped }),
  })
  .refine(
    (given) => Object.entries(given).some(([key, value]) => key in filters && value !== undefined),
    `needs one of ${Object.keys(filters).join(', ')}`,
  );
export type SearchQuery = z.output<typeof SearchQuery>;
