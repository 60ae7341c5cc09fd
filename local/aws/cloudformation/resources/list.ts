import { certificate } from './acm.ts';
import { distribution } from './cloudfront.ts';
import { cachePolicy, originAccessControl } from './cloudfront-policies.ts';
import { launchTemplate } from './ec2-launch-template.ts';
import { elasticIp, natGateway, route, routeTable, routeTableAssociation } from './ec2-routing.ts';
import { securityGroup } from './ec2-security-group.ts';
import { gatewayAttachment, internetGateway, subnet, vpc } from './ec2-vpc.ts';
import { repository } from './ecr.ts';
import { cluster, nodegroup } from './eks.ts';
import { role } from './iam.ts';
import { logGroup } from './logs.ts';
import { dbInstance, parameterGroup, subnetGroup } from './rds.ts';
import type { ResourceType } from './resource-type.ts';
import { hostedZone, recordSet } from './route53.ts';
import { bucket, bucketPolicy } from './s3.ts';
import { parameter } from './ssm.ts';
import { webAcl } from './wafv2.ts';

/** Every type that a template may have. Another one is one file and one line here. */
export const resourceTypes: ReadonlyMap<string, ResourceType> = new Map(
  [
    bucket,
    bucketPolicy,
    cachePolicy,
    certificate,
    cluster,
    dbInstance,
    distribution,
    elasticIp,
    gatewayAttachment,
    hostedZone,
    internetGateway,
    launchTemplate,
    logGroup,
    natGateway,
    nodegroup,
    originAccessControl,
    parameter,
    parameterGroup,
    recordSet,
    repository,
    role,
    route,
    routeTable,
    routeTableAssociation,
    securityGroup,
    subnet,
    subnetGroup,
    vpc,
    webAcl,
  ].map((type) => [type.type, type]),
);
