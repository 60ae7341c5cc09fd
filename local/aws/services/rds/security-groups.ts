import type { DBSubnetGroup, VpcSecurityGroupMembership } from '@aws-sdk/client-rds';
import { invalidCombination, invalidValue } from './errors.ts';
import type { RdsPorts } from './ports.ts';

/** Of an instance in this subnet group: those asked for, or the default one of its VPC (RDS API, CreateDBInstance). */
export function securityGroupsOf(
  ports: RdsPorts,
  subnetGroup: DBSubnetGroup,
  asked: readonly string[] = [],
): VpcSecurityGroupMembership[] {
  checkSecurityGroups(ports, subnetGroup, asked);
  const groups = asked.length > 0 ? asked : [ports.defaultSecurityGroup(subnetGroup.VpcId ?? '')];
  return groups.map((VpcSecurityGroupId) => ({ VpcSecurityGroupId, Status: 'active' }));
}

function checkSecurityGroups(ports: RdsPorts, { VpcId }: DBSubnetGroup, groupIds: readonly string[]): void {
  for (const groupId of groupIds) {
    const vpc = ports.vpcOfSecurityGroup(groupId);
    if (vpc === undefined) throw invalidValue(`Invalid security group , groupId= ${groupId}, groupName=.`);
    if (vpc !== VpcId)
      throw invalidCombination(
        `The DB instance and EC2 security group are in different VPCs. The DB instance is in ${VpcId} and the EC2 security group is in ${vpc}`,
      );
  }
}
