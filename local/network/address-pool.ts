export interface AddressPool {
  take(): string;
  give(address: string): void;
}

/** The address that was given back first is taken first, so that nobody meets another's closing connections. */
export function createAddressPool(allocate: () => string): AddressPool {
  const free: string[] = [];
  return {
    take: () => free.shift() ?? allocate(),
    give: (address) => void free.push(address),
  };
}
