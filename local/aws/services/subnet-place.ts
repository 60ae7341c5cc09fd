/** Where a subnet lies, as EC2 knows it. */
export interface SubnetPlace {
  readonly subnetId: string;
  readonly vpcId: string;
  readonly zone: string;
}
