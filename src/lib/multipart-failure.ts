// What can be wrong with a multipart form.

export type MultipartFailureReason =
  | 'not_multipart'
  | 'no_boundary'
  | 'malformed'
  | 'too_many_files'
  | 'too_many_fields'
  /** A file in a part whose name the reader does not know; thrown by `kindOf`. */
  | 'unknown_part'
  | 'file_too_large'
  | 'field_too_large'
  | 'total_too_large'
  | 'aborted';

export class MultipartFailure extends Error {
  constructor(
    readonly reason: MultipartFailureReason,
    message: string,
  ) {
    super(message);
  }
}

/** Passes chunks on; throws once they are larger together than `maximum`. */
export async function* bounded(
  chunks: AsyncIterable<Buffer>,
  what: 'file' | 'field' | 'total',
  maximum: number,
): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > maximum) throw tooLarge(what, maximum);
    yield chunk;
  }
}

export function malformed(what: string): MultipartFailure {
  return new MultipartFailure('malformed', `The form ${what}.`);
}

export function tooMany(what: 'files' | 'fields', maximum: number): MultipartFailure {
  return new MultipartFailure(`too_many_${what}`, `The form has more than ${maximum} ${what}.`);
}

export function tooLarge(what: 'file' | 'field' | 'total', maximum: number): MultipartFailure {
  const subject = what === 'total' ? 'The form' : `A ${what}`;
  return new MultipartFailure(`${what}_too_large`, `${subject} is larger than ${maximum} bytes.`);
}
