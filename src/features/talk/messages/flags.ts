// The flags of a message that its author chooses, as bits of one number.

export const flag = { noPreviews: 4, silent: 4096 } as const;

/** Returns what a new message has of the bits that were given: others are passed over. */
export function flagsOf(given = 0): number {
  return given & (flag.noPreviews | flag.silent);
}

/** Returns a message's flags after a change: only previews can be switched later. */
export function changedFlags(before: number, given = before): number {
  return (before & ~flag.noPreviews) | (given & flag.noPreviews);
}

/** Tells whether no previews are made of the links in a message. */
export function hasNoPreviews({ flags }: { flags: number }): boolean {
  return (flags & flag.noPreviews) !== 0;
}
