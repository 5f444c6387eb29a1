// What an operator does: a server with people and files, and commands beside it, as processes.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServerProcess, serverCommand } from './process.ts';
import { filesBelow } from './stored.ts';

/** The binary that is to be tried, or null. */
export const givenBinary = process.env['ACCORD_BINARY'] ?? null;

export interface Outcome {
  status: number;
  /** The lines of standard output, and of standard error. */
  says: string[];
  complains: string[];
}

interface Surroundings {
  folder: string;
  settings?: Record<string, string>;
  binary?: string | null;
  /** What stands before the command, such as `unshare -m`. */
  before?: readonly string[];
}

const linesOf = (text: string) => text.split('\n').filter((line) => line !== '');

/** Begins `accord WORDS` in a folder. */
export function begins(words: readonly string[], around: Surroundings) {
  const { folder, settings = {}, binary = givenBinary, before = [] } = around;
  return Bun.spawn([...before, ...serverCommand(binary).slice(0, -1), ...words], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, ...settings },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
}

/** Runs `accord WORDS` in a folder to its end. */
export async function runs(words: readonly string[], around: Surroundings): Promise<Outcome> {
  const command = begins(words, around);
  const [says, complains, status] = await Promise.all([
    new Response(command.stdout).text(),
    new Response(command.stderr).text(),
    command.exited,
  ]);
  return { status, says: linesOf(says), complains: linesOf(complains) };
}

/** A server in a folder of its own, one person and her channel, and the commands of its operator. */
export class Household implements AsyncDisposable {
  readonly server: ServerProcess;
  readonly binary: string | null;
  token = '';
  channel = '';

  private constructor(server: ServerProcess, binary: string | null) {
    this.server = server;
    this.binary = binary;
  }

  static async begin(binary = givenBinary): Promise<Household> {
    const settings = { PUBLIC_URL: 'http://chat.example.org' };
    const house = new Household(await ServerProcess.start(serverCommand(binary), settings), binary);
    house.token = (await house.calls('POST', '/auth/register', house.anna)).token;
    const space = await house.calls('POST', '/spaces', { name: 'Garden' });
    const [general] = await house.calls('GET', `/spaces/${space.id}/channels`);
    house.channel = general.id;
    return house;
  }

  readonly anna = { username: 'anna', password: 'correct horse' };

  get folder(): string {
    return this.server.folder;
  }

  at(...names: string[]): string {
    return join(this.folder, ...names);
  }

  runs(...words: string[]): Promise<Outcome> {
    return runs(words, { folder: this.folder, binary: this.binary });
  }

  /** Runs a command that has to succeed. */
  async does(...words: string[]): Promise<string[]> {
    const { status, says, complains } = await this.runs(...words);
    if (status !== 0) throw new Error(`accord ${words.join(' ')}: ${complains.join(' | ')}`);
    return says;
  }

  /** Runs a command that has to fail; returns the one line that says why. */
  async isRefused(...words: string[]): Promise<string> {
    return refusal(await this.runs(...words));
  }

  async calls(method: string, path: string, body?: object | FormData): Promise<any> {
    const isForm = body instanceof FormData;
    const response = await fetch(`${this.server.origin}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(isForm || !body ? {} : { 'content-type': 'application/json' }),
      },
      ...(body ? { body: isForm ? body : JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    const answer = text === '' ? null : JSON.parse(text);
    return answer?.data ?? answer;
  }

  says(content: string): Promise<any> {
    return this.calls('POST', `/channels/${this.channel}/messages`, { content });
  }

  /** Sends a file; returns the message. */
  sends(content: string): Promise<any> {
    const form = new FormData();
    form.append('payload_json', JSON.stringify({ content: 'with a file' }));
    form.append('files[0]', new Blob([content], { type: 'text/plain' }), 'note.txt');
    return this.calls('POST', `/channels/${this.channel}/messages/upload`, form);
  }

  /** What stands in the channel, the oldest first. */
  async messages(): Promise<string[]> {
    const found = await this.calls('GET', `/channels/${this.channel}/messages?limit=100`);
    return found.map(({ content }: any) => content).toReversed();
  }

  /** The text of the file of a message; null if it is not served. */
  async file(message: any): Promise<string | null> {
    const { pathname } = new URL(message.attachments[0].url);
    const response = await fetch(`${this.server.origin}${pathname}`);
    return response.ok ? response.text() : null;
  }

  /** The paths of all uploaded files. */
  async files(): Promise<string[]> {
    return (await filesBelow(this.at('cdn'))).filter((path) => path.startsWith('attachments/'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }
}

/** The one line with which a command has failed; throws if it has not, or in more lines. */
export function refusal({ status, says, complains }: Outcome): string {
  const [line = '', ...more] = complains;
  if (status !== 1 || more.length > 0 || says.length > 0 || !line.startsWith('accord: ')) {
    throw new Error(`no refusal in one line: ${JSON.stringify({ status, says, complains })}`);
  }
  return line;
}

/** A folder on the disk of the tests, which goes with the test. */
export function scratch() {
  const path = mkdtempSync(join(tmpdir(), 'accord-operator-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
