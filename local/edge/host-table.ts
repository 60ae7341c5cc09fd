/** The entry of a host: its own, else that of `*.` and all but its first label (alternate domain names). */
export function lookUpHost<T>(table: ReadonlyMap<string, T>, host: string): T | undefined {
  const own = table.get(host);
  if (own !== undefined) return own;
  const dot = host.indexOf('.');
  return dot < 0 ? undefined : table.get(`*${host.slice(dot)}`);
}
