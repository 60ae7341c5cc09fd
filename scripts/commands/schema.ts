import { deploymentJsonSchema } from '../../provisioning/deployment/schema.ts';

export async function schema(): Promise<number> {
  process.stdout.write(`${JSON.stringify(deploymentJsonSchema(), undefined, 2)}\n`);
  return 0;
}
