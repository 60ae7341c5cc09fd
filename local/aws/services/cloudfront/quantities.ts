import { AwsError } from '../../service.ts';

/** Every list of CloudFront's says how long it is, and must be right. */
export function checkQuantities(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  const { Quantity, Items } = value as { Quantity?: unknown; Items?: unknown };
  const length = Array.isArray(Items) ? Items.length : 0;
  if (typeof Quantity === 'number' && Quantity !== length)
    throw new AwsError('InconsistentQuantities', "The value of Quantity and the size of Items don't match.");
  for (const member of Object.values(value)) checkQuantities(member);
}
