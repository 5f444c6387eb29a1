// What a client calls itself, for the list of logins.
import type { RequestFacts } from '../../../http/endpoint.ts';
import { headerText } from '../../../lib/header-text.ts';
import { cleanName, cutToCodePoints } from '../../../lib/text.ts';

/** Unicode code points. */
const max = 64;

/** For the API documents. */
export const deviceHint = `\`X-Device-Name\` (percent-encoded UTF-8, at most ${max} characters) names the device in the list of logins; without it, or where it is no name, \`User-Agent\` does.`;

/** Returns the name of the device that a request comes from; "" if it does not say. */
export function deviceOf(request: Pick<RequestFacts, 'header'>): string {
  const given = headerText(request.header('x-device-name') ?? '');
  const name = given === null ? '' : cleaned(given);
  return name || cleaned(cutToCodePoints(request.header('user-agent') ?? '', max));
}

/** A client's name is no reason to refuse a login: what is no name becomes "". */
function cleaned(text: string): string {
  const checked = cleanName(text, { minimum: 0, maximum: max });
  return checked.ok ? checked.text : '';
}
