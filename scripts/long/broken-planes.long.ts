import { DescribeVpcsCommand } from '@aws-sdk/client-ec2';
import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { ListBucketsCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLooks, type Looks } from '../../fixtures/faults/looks.ts';
import { createDialer } from '../../fixtures/probes/dialer.ts';
import { attach, type Stack } from '../../provisioning/attach.ts';
import type { PlaneFault } from '../../provisioning/control.ts';
import { loadDeployment } from '../../provisioning/deployment/load.ts';
import { until } from './testing/until.ts';
import type { Workplace } from './testing/workplace.ts';
import { openWorkplace } from './testing/workplace.ts';

let place: Workplace;
let stack: Stack;
let look: Looks;
