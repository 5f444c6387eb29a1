// Forms with files as clients send them, byte by byte, so that tests can send wrong ones as well.
import type { Person } from './person.ts';

export interface TestFile {
  name?: string;
  /** As it stands in the line, between the quotes. */
  filename?: string;
  type?: string;
  bytes: Uint8Array | string;
}

const boundary = '----AccordForm1234567890';

/** `payload` as JSON unless it is a string; undefined for no such part. */
export function form(payload: unknown, files: readonly TestFile[]): Buffer {
  const parts: (Uint8Array | string)[] = [];
  const part = (head: readonly string[], body: Uint8Array | string) =>
    parts.push(`--${boundary}\r\n${head.join('\r\n')}\r\n\r\n`, body, '\r\n');
  if (payload !== undefined) {
    const head = [
      'Content-Disposition: form-data; name="payload_json"',
      'Content-Type: application/json',
    ];
    part(head, typeof payload === 'string' ? payload : JSON.stringify(payload));
  }
  for (const [index, { name = `files[${index}]`, filename, type, bytes }] of files.entries()) {
    const stated = filename === undefined ? '' : `; filename="${filename}"`;
    const head = [`Content-Disposition: form-data; name="${name}"${stated}`];
    if (type !== undefined) head.push(`Content-Type: ${type}`);
    part(head, bytes);
  }
  parts.push(`--${boundary}--\r\n`);
  return Buffer.concat(parts.map((one) => (typeof one === 'string' ? Buffer.from(one) : one)));
}

export const formType = `multipart/form-data; boundary=${boundary}`;

/** Sends a form to a channel; answers the status and the parsed body. */
export async function uploads(
  person: Person,
  channel: { id: string },
  payload: unknown,
  files: readonly TestFile[],
): Promise<{ status: number; body: any; data: any; message: string | undefined }> {
  const response = await fetch(
    `${person.server.origin}/api/v1/channels/${channel.id}/messages/upload`,
    {
      method: 'POST',
      headers: { authorization: person.authorization, 'content-type': formType },
      body: form(payload, files),
    },
  );
  const body: any = await response.json();
  return {
    status: response.status,
    body,
    data: body.data,
    message: body.error?.message,
  };
}
