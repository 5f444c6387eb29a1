// All steps at the doors but the first one, loaded for who takes them.
import type { Step } from '../../store/doors.ts';
import { Recover } from './recover.tsx';
import { Register } from './register.tsx';
import { EnterCode, KeepCode, Renew, Waiting } from './steps.tsx';

export function Further({ now }: { now: Step }) {
  switch (now.at) {
    case 'register':
      return <Register />;
    case 'recover':
      return <Recover />;
    case 'code':
      return <EnterCode ticket={now.ticket} password={now.password} />;
    case 'renew':
      return <Renew token={now.token} password={now.password} />;
    case 'keep':
      return <KeepCode code={now.code} next={now.next} />;
    case 'waiting':
      return <Waiting said={now.said} />;
    case 'start':
    case 'login':
    case 'in':
      return null;
  }
}
