// The intents: the kinds of events that a session can ask for, and sets of them as bits.

export const intentNames = [
  'spaces',
  'moderation',
  'emojis',
  'soundboard',
  'voice_states',
  'messages',
  'message_reactions',
  'message_typing',
  'direct_messages',
  'dm_reactions',
  'dm_typing',
  'scheduled_events',
  'plugins',
  'relationships',
  'members',
  'presences',
  'message_content',
] as const;

export type Intent = (typeof intentNames)[number];

const bits = new Map<string, number>(intentNames.map((name, index) => [name, index]));

/** Returns the number of the intent's bit. */
export function intentBit(name: Intent): number {
  return bits.get(name) ?? 0;
}

/** Returns the set of the named intents as bits; ignores unknown names. */
export function intentMask(names: readonly string[]): number {
  let mask = 0;
  for (const name of names) {
    const position = bits.get(name);
    if (position !== undefined) mask |= 1 << position;
  }
  return mask;
}

/** Tells whether a session with that mask asked for the intent; always true for null. */
export function wants(mask: number, intent: number | null): boolean {
  return intent === null || (mask & (1 << intent)) !== 0;
}
