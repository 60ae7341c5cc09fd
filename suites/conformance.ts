import { declareRequirements } from '../fixtures/runner/declare.ts';
import { requirements } from './list.ts';

declareRequirements(requirements);
