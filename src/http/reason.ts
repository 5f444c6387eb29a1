// The header by which who changes something says why: audit entries about it show that.
import { ApiError } from '../errors.ts';
import { headerText } from '../lib/header-text.ts';
import type { JsonSchema } from '../lib/json-schema.ts';
import { cleanText, longerThan, unitsOfName } from '../lib/text.ts';
import type { Endpoint, RequestFacts } from './endpoint.ts';

const header = 'X-Audit-Log-Reason';

/** Unicode code points. */
const max = 512;

/** Tells whether the endpoint reads the header: whatever changes something does. */
export function takesReason({ at, method }: Pick<Endpoint, 'at' | 'method'>): boolean {
  return at === 'api' && method !== 'GET';
}

/** The header as a parameter of the OpenAPI document. */
export const reasonParameter: JsonSchema = {
  name: header,
  in: 'header',
  required: false,
  description: `Why this is done: entries in audit logs about it show that, unless the body gives a reason. Percent-encoded UTF-8; at most ${max} characters once decoded, else nothing is done and the answer is 400. Blank counts as none.`,
  schema: { type: 'string' },
};

/** Returns the reason that a request gives, cleaned; null if there is none. Throws 400 for a bad one. */
export function reasonGiven(request: Pick<RequestFacts, 'header'>): string | null {
  const value = request.header(header);
  if (value === null) return null;
  // Longer than the longest reason with each of its bytes encoded.
  if (value.length > unitsOfName(max) * 9) throw refused(longerThan(max));
  const text = headerText(value);
  if (text === null) throw refused('must be percent-encoded UTF-8');
  if (text.length > unitsOfName(max)) throw refused(longerThan(max));
  const checked = cleanText(text.normalize('NFC').trim(), { minimum: 0, maximum: max });
  if (!checked.ok) throw refused(checked.reason);
  return checked.text || null;
}

function refused(reason: string): ApiError {
  return new ApiError('invalid_request', `${header}: ${reason}.`, {
    details: { [header]: reason },
  });
}
