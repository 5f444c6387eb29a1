// Puts answers into their envelope, and lets only what the schema names out.
import { z } from 'zod';
import { pickOf, type Pick } from '../lib/pick.ts';
import { WrittenList, type Endpoint, type Page } from './endpoint.ts';

const picks = new WeakMap<Endpoint, Pick>();

/** The JSON text of an answer, in the envelope that the endpoint's form calls for. */
export function envelope(endpoint: Endpoint, answer: unknown, strict: boolean): string {
  let pick = picks.get(endpoint);
  if (pick === undefined) {
    pick = pickOf(endpoint.returns);
    picks.set(endpoint, pick);
  }
  if (endpoint.form === 'page') {
    const { items, cursor } = answer as Page<unknown>;
    if (items instanceof WrittenList) {
      const list = `[${items.texts.join(',')}]`;
      if (strict) endpoint.returns.parse(JSON.parse(list));
      return `{"data":${list}${cursor === null ? '' : `,"cursor":${JSON.stringify(cursor)}`}}`;
    }
    if (strict) endpoint.returns.parse(items);
    const data = pick(items);
    return JSON.stringify(cursor === null ? { data } : { data, cursor });
  }
  // What a verb gives back is nobody's business where nothing is to be answered.
  const given = endpoint.returns instanceof z.ZodNull ? null : answer;
  if (strict) endpoint.returns.parse(given);
  const picked = given === null ? null : pick(given);
  return JSON.stringify(endpoint.form === 'plain' ? picked : { data: picked });
}
