import { randomBytes } from 'node:crypto';
import type { SSMClient } from '@aws-sdk/client-ssm';
import { GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';

/**
 * Sees to it that there is a password before the database's template refers to it: CloudFormation can read a
 * SecureString and cannot make one. One that is there stays.
 */
export async function ensurePassword(client: SSMClient, name: string, signal: AbortSignal): Promise<string> {
  try {
    const found = await client.send(new GetParameterCommand({ Name: name, WithDecryption: true }), {
      abortSignal: signal,
    });
    return found.Parameter?.Value ?? '';
  } catch (error) {
    if (!(error instanceof Error && error.name === 'ParameterNotFound')) throw error;
    // Hexadecimal: RDS refuses '/', '@', '"' and spaces in a master password.
    const password = randomBytes(24).toString('hex');
    await client.send(new PutParameterCommand({ Name: name, Type: 'SecureString', Value: password }), {
      abortSignal: signal,
    });
    return password;
  }
}
