// ETags in the conditions of requests, as RFC 9110 compares them.

/** Tells whether a list of tags, or `*`, names this one; `weakly`: for If-None-Match. */
export function namesTag(list: string, tag: string, how?: 'weakly'): boolean {
  const bare = (one: string) => (how === 'weakly' ? one.trim().replace(/^W\//, '') : one.trim());
  return list.split(',').some((entry) => entry.trim() === '*' || bare(entry) === bare(tag));
}
