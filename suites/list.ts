import type { Requirement } from '../fixtures/requirement.ts';
import applicationRecovery from './database/application-recovery.suite.ts';
import connectionLimit from './database/connection-limit.suite.ts';
import endpointMoves from './database/endpoint-moves.suite.ts';
import fencedPrimary from './database/fenced-primary.suite.ts';
import forcedFailover from './database/forced-failover.suite.ts';
import noLostWrite from './database/no-lost-write.suite.ts';
import pointInTime from './database/point-in-time.suite.ts';
import primaryDies from './database/primary-dies.suite.ts';
import privateAndProtected from './database/private-and-protected.suite.ts';
import apexAlias from './dns/apex-alias.suite.ts';
import caching from './flow/caching.suite.ts';
import clientAddress from './flow/client-address.suite.ts';
import everyHop from './flow/every-hop.suite.ts';
import maintenancePage from './origin/maintenance-page.suite.ts';
import originSwitch from './origin/switch.suite.ts';
import steadyState from './platform/steady-state.suite.ts';
import podLoss from './scaling/pod-loss.suite.ts';
import scaleUp from './scaling/scale-up.suite.ts';
import logDelivery from './telemetry/log-delivery.suite.ts';
import oneTrace from './telemetry/one-trace.suite.ts';
import databaseTls from './tls/database.suite.ts';
import protocols from './tls/protocols.suite.ts';
import redirect from './tls/redirect.suite.ts';
import rateBlock from './waf/rate-block.suite.ts';
import rateRelease from './waf/rate-release.suite.ts';

/** Every requirement, in the order in which they queue for their locks: what shares first, then what disrupts. */
export const requirements: readonly Requirement[] = [
  steadyState,
  apexAlias,
  everyHop,
  clientAddress,
  caching,
  protocols,
  redirect,
  databaseTls,
  privateAndProtected,
  logDelivery,
  oneTrace,
  rateBlock,
  rateRelease,
  pointInTime,
  forcedFailover,
  noLostWrite,
  fencedPrimary,
  endpointMoves,
  primaryDies,
  applicationRecovery,
  connectionLimit,
  podLoss,
  maintenancePage,
  originSwitch,
  scaleUp,
];
