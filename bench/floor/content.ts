// What a floor reads of the body of a message.

export function readContent(body: unknown): string {
  const known = typeof body === 'object' && body !== null && 'content' in body;
  return known && typeof body.content === 'string' ? body.content : '';
}
