// Puts answers into their envelope, with only the fields that the schema names.
import { z } from 'zod';
import { pickOf, type Pick } from '../lib/pick.ts';
import { PiecedText } from '../lib/late-text.ts';
import { WrittenData, WrittenList, type Endpoint, type Page } from './endpoint.ts';

/** Longer texts are written piece by piece, as they are sent. */
export const long_length = 256 * 1024;

const picks = new WeakMap<Endpoint, Pick>();

/** Returns the answer as JSON, wrapped as the endpoint's form says. `strict` validates it first. */
export function envelope(
  endpoint: Endpoint,
  answer: unknown,
  strict: boolean,
): string | PiecedText {
  let pick = picks.get(endpoint);
  if (pick === undefined) {
    pick = pickOf(endpoint.returns);
    picks.set(endpoint, pick);
  }
  if (endpoint.form === 'page') {
    const { items, cursor } = answer as Page<unknown>;
    if (items instanceof WrittenList) {
      if (strict) endpoint.returns.parse(JSON.parse(`[${items.texts.join(',')}]`));
      return writtenPageOf(items, cursor);
    }
    if (strict) endpoint.returns.parse(items);
    const data = pick(items);
    return JSON.stringify(cursor === null ? { data } : { data, cursor });
  }
  if (answer instanceof WrittenData) {
    if (strict) endpoint.returns.parse(JSON.parse(answer.pieces.join('')));
    return new PiecedText(['{"data":', ...answer.pieces, '}']);
  }
  // An endpoint that returns `z.null()` sends null, whatever its handler returned.
  const given = endpoint.returns instanceof z.ZodNull ? null : answer;
  if (strict) endpoint.returns.parse(given);
  const picked = given === null ? null : pick(given);
  return JSON.stringify(endpoint.form === 'plain' ? picked : { data: picked });
}

/** Returns a page whose entries are written already, in its envelope. */
export function writtenPageOf({ texts }: WrittenList, cursor: Page<unknown>['cursor']): PiecedText {
  const list = texts.flatMap((text, at) => (at === 0 ? [text] : [',', text]));
  const rest = cursor === null ? '' : `,"cursor":${JSON.stringify(cursor)}`;
  return new PiecedText(['{"data":[', ...list, `]${rest}}`]);
}
