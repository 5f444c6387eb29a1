// The feature of the operator at the machine: `accord admin` and `accord status`.
import { feature } from '../../feature.ts';
import { listenForOperator } from './listener.ts';

export const operatorFeature = feature({ name: 'operator', start: listenForOperator });
