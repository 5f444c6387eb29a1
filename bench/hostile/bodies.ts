// Attacks by what a request holds: texts, JSON, forms, and bytes that come slowly.
import { connect } from 'node:net';
import { type Attack, type Came, type Scene, times } from './attack';

const MARKS = '\u0301\u0323';
const BOUNDARY = 'b';
const PAYLOAD = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="payload_json"\r\n\r\n{"content":"x"}`;

/** Sends a form as it is, however broken. */
async function sendForm(scene: Scene, body: Buffer): Promise<number> {
  const answer = await fetch(
    `http://127.0.0.1:${scene.running.port}/api/v1/channels/${scene.channel}/messages/upload`,
    {
      method: 'POST',
      headers: {
        'Content-Type': `multipart/form-data; boundary=${BOUNDARY}`,
        Authorization: `Bearer ${scene.member.token}`,
      },
      body,
    },
  );
  await answer.bytes();
  return answer.status;
}

function form(name: string, part: string, megabytes: number): Attack {
  return {
    name,
    by: 'a member',
    prepare(scene) {
      const times_ = Math.ceil((megabytes * 1e6) / part.length);
      const body = Buffer.from(`${PAYLOAD}${part.repeat(times_)}\r\n--${BOUNDARY}--\r\n`, 'latin1');
      return () => times(2, 2, () => sendForm(scene, body));
    },
  };
}

function registration(name: string, body: object): Attack {
  return {
    name,
    by: 'a stranger',
    prepare(scene) {
      const text = JSON.stringify(body);
      return () =>
        times(12, 4, async () => (await scene.call('POST', '/auth/register', '', text)).status);
    },
  };
}

function json(name: string, text: string): Attack {
  return {
    name,
    by: 'a member',
    prepare: (scene) => () =>
      times(
        8,
        4,
        async () => (await scene.call('PATCH', '/users/@me', scene.member.token, text)).status,
      ),
  };
}

/** Opens connections, sends a head, and then a byte a second. */
function trickle(scene: Scene, sockets: number, head: string, seconds: number): Promise<Came> {
  let closed = 0;
  const open = Array.from({ length: sockets }, () => {
    const socket = connect(scene.running.port, '127.0.0.1');
    socket.on('error', () => {}).on('close', () => (closed += 1));
    socket.write(head);
    return socket;
  });
  const { promise, resolve } = Promise.withResolvers<Came>();
  let left = seconds;
  const timer = setInterval(() => {
    for (const socket of open) if (socket.writable) socket.write('a');
    if ((left -= 1) > 0) return;
    clearInterval(timer);
    const came = { held: sockets - closed, closed };
    for (const socket of open) socket.destroy();
    resolve(came);
  }, 1000);
  return promise;
}

const password = 'correct horse battery staple';

export const bodies: Attack[] = [
  registration('a display name of 64 KB of combining marks', {
    username: 'anna',
    password,
    display_name: `a${MARKS.repeat(16_000)}`,
  }),
  registration('a user name of 1 MB', { username: 'ä'.repeat(500_000), password }),
  registration('a password of 1 MB', { username: 'anna', password: MARKS.repeat(250_000) }),
  {
    name: 'forty logins at once',
    by: 'a stranger',
    prepare: (scene) => () =>
      times(
        40,
        40,
        async (n) =>
          (await scene.call('POST', '/auth/login', '', { username: `nobody${n}`, password }))
            .status,
      ),
  },
  json(
    'JSON of 2.7 million brackets',
    `{"avatar":${'['.repeat(2_750_000)}${']'.repeat(2_750_000)}}`,
  ),
  json(
    'JSON of 300,000 keys',
    `{${Array.from({ length: 300_000 }, (_, n) => `"k${n}":${n}`).join(',')}}`,
  ),
  json('JSON of one key 500,000 times', `{${'"bio":"a",'.repeat(500_000)}"bio":"b"}`),
  json('a text of 5 MB of marks', JSON.stringify({ bio: MARKS.repeat(1_250_000) })),
  form('a form of 20 MB of parts without a head', `\r\n--${BOUNDARY}\r\n`, 20),
  form('a form of 20 MB of parts with empty heads', `\r\n--${BOUNDARY}\r\n\r\n\r\n`, 20),
  form(
    'a form of 20 MB of small fields',
    `\r\n--${BOUNDARY}\r\nContent-Disposition: form-data; name="a"\r\n\r\nx`,
    20,
  ),
  form('a form of 20 MB of bytes that nearly end it', '\r\n-', 20),
  form('a form whose head never ends', 'Content-Type: a; b="', 20),
  {
    name: '300 uploads at a byte a second',
    by: 'a member',
    prepare: (scene) => () =>
      trickle(
        scene,
        300,
        `POST /api/v1/channels/${scene.channel}/messages/upload HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${scene.member.token}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 9000000\r\n\r\n--b\r\nContent-Disposition: form-data; name="files[0]"; filename="a"\r\n\r\n`,
        6,
      ),
  },
  {
    name: '1,000 heads at a byte a second',
    by: 'a stranger',
    prepare: (scene) => () => trickle(scene, 1000, 'GET /health HTTP/1.1\r\nHost: a\r\nX-A: ', 4),
  },
];
