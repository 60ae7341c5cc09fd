export interface CloudFrontPorts {
  /** An ACM certificate of us-east-1 that can be presented: what it names. */
  certificate(arn: string): { readonly names: readonly string[] } | undefined;
  /** A web ACL of scope CLOUDFRONT. */
  webAclExists(arn: string): boolean;
  /** Drops what the edge has cached for these paths, `*` allowed at their end. */
  invalidate(distributionId: string, paths: readonly string[]): Promise<void> | void;
}
